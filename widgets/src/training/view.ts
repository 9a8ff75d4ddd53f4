import { DOMWidgetModel, DOMWidgetView, type ISerializers } from "@jupyter-widgets/base";
import { type TrainingState, trainingModel, trainingView } from "../../../src/protocol/training.js";
import type { TrainingMessage } from "../../../src/protocol/training-intents.js";
import { commPort } from "../shared/comm-port.js";
import { Lifecycle } from "../shared/lifecycle.js";
import { asItIs, modelNames } from "../shared/model.js";
import { loadStyle } from "../shared/style.js";

/** A training run in an output cell. Its code is loaded when the first one is shown. */
export class TrainingView extends DOMWidgetView {
  readonly #lifecycle = new Lifecycle();

  override async render(): Promise<void> {
    super.render();
    const port = commPort<TrainingState, TrainingMessage>(this, this.#lifecycle);
    // Relative to the compiled file, lib/widgets/src/training/view.js.
    const style = new URL("../../../../style/training.raw.css", import.meta.url);
    const [{ mountTraining }] = await Promise.all([
      import(/* webpackChunkName: "training" */ "./mount.js"),
      loadStyle(document, style.href),
    ]);
    if (!this.#lifecycle.ended) this.#lifecycle.onEnd(mountTraining(this.el, port, this.displayed));
  }

  override remove(): unknown {
    this.#lifecycle.end();
    return super.remove();
  }
}

/** The kernel's state in the browser, shared by all views. */
export class TrainingModel extends DOMWidgetModel {
  override defaults() {
    return { ...super.defaults(), ...modelNames(trainingModel, trainingView) };
  }

  static override serializers: ISerializers = { ...DOMWidgetModel.serializers, loss: asItIs };
}
