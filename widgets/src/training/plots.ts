import { smoothOver } from "../../../src/protocol/training.js";
import { h } from "../shared/dom.js";
import type { TrainingController } from "./controller.js";
import { CurvePanel } from "./curve-panel.js";
import { diceCurves, lossCurves } from "./curves.js";

/** Loss and validation Dice over the steps. Without validation cases, only the loss. */
export class Plots {
  readonly element: HTMLElement;
  readonly #controller: TrainingController;
  readonly #loss = new CurvePanel("loss by step", ["each step", `mean of ${smoothOver}`]);
  readonly #dice = new CurvePanel("validation Dice by step");
  /** Inputs the curves were drawn from. */
  #drawn: readonly unknown[] = [];

  constructor(controller: TrainingController) {
    this.#controller = controller;
    const panels = controller.state.isValidated ? [this.#loss, this.#dice] : [this.#loss];
    this.element = h("div.tr-plots", { "data-panels": panels.length }, ...panels.map(({ element }) => element));
  }

  update(): void {
    const { state } = this.#controller;
    const now = [state.steps, state.loss, state.validation];
    if (now.every((part, n) => part === this.#drawn[n])) return;
    this.#drawn = now;
    this.#loss.draw(lossCurves(state));
    this.#dice.draw(diceCurves(state));
  }
}
