import { widgetModule, widgetVersionRange } from "../../../src/protocol/version.js";

/** Names by which the front end finds the classes of a model and its view. */
export function modelNames(model: string, view: string) {
  return {
    _model_module: widgetModule,
    _model_module_version: widgetVersionRange,
    _model_name: model,
    _view_module: widgetModule,
    _view_module_version: widgetVersionRange,
    _view_name: view,
  };
}

/**
 * Passes bytes inside a value through unchanged: the base class would serialize a nested `DataView` to an empty object.
 */
export const asItIs = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };
