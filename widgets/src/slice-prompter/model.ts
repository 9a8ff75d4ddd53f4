import { DOMWidgetModel, type ISerializers } from "@jupyter-widgets/base";
import { slicePrompterModel, slicePrompterView } from "../../../src/protocol/slice-prompter.js";
import { widgetModule, widgetVersionRange } from "../../../src/protocol/version.js";
import { asItIs } from "../shared/as-it-is.js";

/** The kernel's state in the browser, one for all views. */
export class SlicePrompterModel extends DOMWidgetModel {
  override defaults() {
    return {
      ...super.defaults(),
      _model_module: widgetModule,
      _model_module_version: widgetVersionRange,
      _model_name: slicePrompterModel,
      _view_module: widgetModule,
      _view_module_version: widgetVersionRange,
      _view_name: slicePrompterView,
    };
  }

  static override serializers: ISerializers = {
    ...DOMWidgetModel.serializers,
    slice: asItIs,
    masks: asItIs,
    answer: asItIs,
  };
}
