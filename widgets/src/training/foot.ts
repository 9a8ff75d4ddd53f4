import { h, setAttributes, setText } from "../shared/dom.js";
import type { TrainingController } from "./controller.js";
import { bestText, lossText, statusText } from "./text.js";

/** Training progress: a bar, and a line with steps, time left, loss and best Dice. */
export class Foot {
  readonly element: HTMLElement;
  readonly #controller: TrainingController;
  readonly #value = h("div.sl-progress-value");
  readonly #bar = h(
    "div.tr-bar",
    { role: "progressbar", "aria-label": "training steps", "aria-valuemin": 0 },
    this.#value,
  );
  readonly #status = h("span.tr-status");
  readonly #loss = h("span.tr-number", { title: "of the last step" });
  readonly #best = h("span.tr-number", { title: "mean Dice on the validation cases" });

  constructor(controller: TrainingController) {
    this.#controller = controller;
    const { steps, isValidated } = controller.state;
    this.#best.hidden = !isValidated;
    // Reserve the maximum width, so nothing shifts.
    this.#loss.style.minWidth = "10ch";
    this.#best.style.minWidth = `${`best Dice 0.000 at step ${steps}`.length - 2}ch`;
    const line = h("div.sl-foot", {}, this.#status, h("span.tr-numbers", {}, this.#loss, this.#best));
    this.element = h("div", {}, this.#bar, line);
  }

  update(): void {
    const controller = this.#controller;
    const { state, hasEnded, isLost } = controller;
    const isMeasured = hasEnded || isLost || state.phase === "training" || state.phase === "validating";
    this.#bar.classList.toggle("sl-indeterminate", !isMeasured);
    this.#bar.classList.toggle("tr-ended", hasEnded || isLost);
    this.#value.style.width = isMeasured ? `${(100 * state.step) / state.steps}%` : "";
    setAttributes(this.#bar, {
      "aria-valuemax": state.steps,
      "aria-valuenow": isMeasured ? state.step : null,
      "aria-valuetext": statusText(controller),
    });
    setText(this.#status, statusText(controller));
    this.#status.classList.toggle("tr-failed", state.phase === "failed");
    setText(this.#loss, lossText(state));
    setText(this.#best, bestText(state));
  }
}
