import { DOMWidgetModel, type ISerializers } from "@jupyter-widgets/base";
import { diceChartModel, diceChartView } from "../../../src/protocol/dice-chart.js";
import { widgetModule, widgetVersionRange } from "../../../src/protocol/version.js";

/** Bytes inside a value stay as they are: the base class would turn a nested `DataView` into an empty object when the state is saved. */
const asItIs = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };

/** The kernel's state in the browser, one for all views. */
export class DiceChartModel extends DOMWidgetModel {
  override defaults() {
    return {
      ...super.defaults(),
      _model_module: widgetModule,
      _model_module_version: widgetVersionRange,
      _model_name: diceChartModel,
      _view_module: widgetModule,
      _view_module_version: widgetVersionRange,
      _view_name: diceChartView,
    };
  }

  static override serializers: ISerializers = { ...DOMWidgetModel.serializers, points: asItIs };
}
