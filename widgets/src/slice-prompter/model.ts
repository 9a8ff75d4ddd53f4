import { DOMWidgetModel, type ISerializers } from "@jupyter-widgets/base";
import { slicePrompterModel, slicePrompterView } from "../../../src/protocol/slice-prompter.js";
import { asItIs } from "../shared/as-it-is.js";
import { modelNames } from "../shared/model-names.js";

/** The kernel's state in the browser, shared by all views. */
export class SlicePrompterModel extends DOMWidgetModel {
  override defaults() {
    return { ...super.defaults(), ...modelNames(slicePrompterModel, slicePrompterView) };
  }

  static override serializers: ISerializers = {
    ...DOMWidgetModel.serializers,
    slice: asItIs,
    masks: asItIs,
    answer: asItIs,
    overview: asItIs,
    crossSlices: asItIs,
    surface: asItIs,
  };
}
