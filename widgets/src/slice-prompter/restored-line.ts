import { enable } from "../shared/controls.js";
import { h, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import type { Controller } from "./controller.js";
import { restoredText } from "./restored-text.js";

/** Says that prompts of an earlier run were restored, or why not. */
export class RestoredLine {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #text = h("span.sl-name");
  readonly #reset = h("button.sl-link", { type: "button" }, "start over");
  readonly #dismiss = h(
    "button.sl-remove",
    { type: "button", "aria-label": "dismiss", title: "dismiss" },
    icon("remove"),
  );

  constructor(controller: Controller) {
    this.#controller = controller;
    this.#reset.addEventListener("click", () => controller.send({ kind: "reset" }));
    this.#dismiss.addEventListener("click", () => controller.send({ kind: "dismiss-restored" }));
    this.element = h("div.sl-restored", { role: "status" }, this.#text, this.#reset, this.#dismiss);
  }

  update(): void {
    const { state, port } = this.#controller;
    const { restored } = state;
    this.element.hidden = !restored;
    if (!restored) return;
    const text = restoredText(restored);
    setText(this.#text, text);
    this.#text.title = text;
    this.#reset.hidden = restored.problem !== "";
    enable(this.#reset, port.live, "removes all prompts and masks; undo brings them back");
  }
}
