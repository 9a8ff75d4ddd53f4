import { DOMWidgetModel, type ISerializers } from "@jupyter-widgets/base";
import { maskCompareModel, maskCompareView } from "../../../src/protocol/mask-compare.js";
import { widgetModule, widgetVersionRange } from "../../../src/protocol/version.js";
import { asItIs } from "../shared/as-it-is.js";

/** The kernel's state in the browser, one for all views. */
export class MaskCompareModel extends DOMWidgetModel {
  override defaults() {
    return {
      ...super.defaults(),
      _model_module: widgetModule,
      _model_module_version: widgetVersionRange,
      _model_name: maskCompareModel,
      _view_module: widgetModule,
      _view_module_version: widgetVersionRange,
      _view_name: maskCompareView,
    };
  }

  static override serializers: ISerializers = {
    ...DOMWidgetModel.serializers,
    slice: asItIs,
    onSlice: asItIs,
    strip: asItIs,
  };
}
