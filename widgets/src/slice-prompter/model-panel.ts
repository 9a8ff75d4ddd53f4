import { sameWindow } from "../../../src/protocol/samples.js";
import { enable } from "../shared/controls.js";
import { h, setText } from "../shared/dom.js";
import type { Controller } from "./controller.js";

/** The model's window, which is independent of the display window, and actions after it changes. */
export class ModelPanel {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #name = h("span.sl-name");
  readonly #give = h("button.sl-link", { type: "button" }, "use what is shown");
  readonly #outdated = h("span.sl-name");
  readonly #again = h("button.sl-link", { type: "button" }, "predict again");
  readonly #outdatedRow: HTMLElement;

  constructor(controller: Controller) {
    this.#controller = controller;
    this.#give.addEventListener("click", () => {
      if (this.#give.getAttribute("aria-disabled") !== "true") controller.giveShownWindow();
    });
    this.#again.addEventListener("click", () => controller.send({ kind: "repredict" }));
    this.#outdatedRow = h("div.sl-line.sl-outdated", { role: "status" }, this.#outdated, this.#again);
    this.element = h(
      "section.sl-section",
      {},
      h("h4", { title: "the intensity window that the model is given, on all slices" }, "The model sees"),
      h("div.sl-line", {}, this.#name, this.#give),
      this.#outdatedRow,
    );
  }

  update(): void {
    const { state, window: shown, port } = this.#controller;
    const model = state.window?.model ?? null;
    this.element.hidden = !model;
    if (!model || !shown) return;
    setText(this.#name, model.name);
    this.#name.title = model.name;
    const same = sameWindow(shown, model);
    const title = same
      ? "it is shown already"
      : "gives the model the window that is shown; masks stay until predicted anew";
    enable(this.#give, !same && port.live, title);
    const { outdated } = state.window!;
    this.#outdatedRow.hidden = outdated === 0;
    const masks = outdated === 1 ? "1 mask is" : `${outdated} masks are`;
    setText(this.#outdated, `${masks} from another window`);
    enable(
      this.#again,
      port.live,
      "predicts and propagates these masks again, on all slices; undo brings the old ones back",
    );
  }
}
