import { DOMWidgetModel, type ISerializers } from "@jupyter-widgets/base";
import { trainingModel, trainingView } from "../../../src/protocol/training.js";
import { asItIs } from "../shared/as-it-is.js";
import { modelNames } from "../shared/model-names.js";

/** The kernel's state in the browser, shared by all views. */
export class TrainingModel extends DOMWidgetModel {
  override defaults() {
    return { ...super.defaults(), ...modelNames(trainingModel, trainingView) };
  }

  static override serializers: ISerializers = { ...DOMWidgetModel.serializers, loss: asItIs };
}
