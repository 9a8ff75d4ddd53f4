import { enable, group, toolButton } from "../shared/controls.js";
import { h, setText } from "../shared/dom.js";
import type { TrainingController } from "./controller.js";
import { phaseWord, stopText } from "./text.js";

/** What is trained, its phase, and the stop button. */
export class Head {
  readonly element: HTMLElement;
  /** Receives the focus if the previous view had it. */
  readonly stop: HTMLButtonElement;
  readonly #controller: TrainingController;
  readonly #phase = h("span.tr-phase");

  constructor(controller: TrainingController) {
    this.#controller = controller;
    this.stop = toolButton(null, stopText(controller.state), () => controller.stop());
    this.element = h(
      "div.sl-toolbar",
      { role: "toolbar", "aria-label": "training" },
      h("span.tr-subject", {}, controller.state.subject),
      this.#phase,
      h("span.sl-space"),
      group("stop", [this.stop]),
    );
  }

  update(): void {
    const controller = this.#controller;
    const { state, hasEnded, isStopping, port } = controller;
    setText(this.#phase, phaseWord(controller));
    this.stop.hidden = hasEnded || controller.isLost;
    const [label] = this.stop.children;
    setText(label, isStopping ? "stopping after this step…" : stopText(state));
    const kept = state.isValidated
      ? "the weights with the best validation Dice so far"
      : "the weights of the last step";
    enable(this.stop, port.live && !isStopping, `ends the training after this step and keeps ${kept}`);
  }
}
