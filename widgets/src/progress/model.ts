import { DOMWidgetModel } from "@jupyter-widgets/base";
import { progressModel, progressView } from "../../../src/protocol/progress.js";
import { modelNames } from "../shared/model-names.js";

/** The kernel's state in the browser, shared by all views. */
export class ProgressModel extends DOMWidgetModel {
  override defaults() {
    return { ...super.defaults(), ...modelNames(progressModel, progressView) };
  }
}
