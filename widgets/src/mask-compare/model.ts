import { DOMWidgetModel, type ISerializers } from "@jupyter-widgets/base";
import { maskCompareModel, maskCompareView } from "../../../src/protocol/mask-compare.js";
import { asItIs } from "../shared/as-it-is.js";
import { modelNames } from "../shared/model-names.js";

/** The kernel's state in the browser, shared by all views. */
export class MaskCompareModel extends DOMWidgetModel {
  override defaults() {
    return { ...super.defaults(), ...modelNames(maskCompareModel, maskCompareView) };
  }

  static override serializers: ISerializers = {
    ...DOMWidgetModel.serializers,
    slice: asItIs,
    onSlice: asItIs,
    strip: asItIs,
  };
}
