import { rhoNote } from "../../../src/protocol/dice-chart-figure.js";
import type { SelectTarget } from "../../../src/protocol/dice-chart-intents.js";
import { h, setText } from "../shared/dom.js";
import type { Controller } from "./controller.js";
import { targetLines } from "./text.js";

/** Below the chart: the selected or focused item, notices, and how the numbers were computed. */
export class Foot {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #line = h("span.dc-line", { "aria-live": "polite" });
  readonly #code = h("code.dc-code", {}, "chart.selection");
  readonly #clear = h("button.sl-link", { type: "button", title: "clear the selection (Esc)" }, "clear");
  readonly #measure = h("p");

  constructor(controller: Controller) {
    this.#controller = controller;
    this.#clear.addEventListener("click", () => controller.deselect());
    const { notices, footnote } = controller.state;
    this.element = h(
      "div.dc-foot",
      {},
      h("div.dc-read-out", {}, this.#line, this.#code, this.#clear),
      h(
        "div.dc-notes",
        {},
        ...notices.map((text) => h("p.dc-notice", {}, text)),
        ...footnote.map((text) => h("p", {}, text)),
        this.#measure,
      ),
    );
  }

  update(): void {
    const { state, shown, cursor, hovered, note, columns, port } = this.#controller;
    const { selection } = state;
    const isSelection = !cursor && !hovered && note === "" && selection !== null;
    const linesOf = (target: SelectTarget) => targetLines(state, columns, target).join(" · ");
    const where = cursor ? `${linesOf(cursor)} – Enter picks it` : hovered ? linesOf(hovered) : "";
    const hint = port.live
      ? state.opens
        ? "Click on a point to open its case below; its row, or those of a mean, are in the next cell."
        : "Click on a mean or a point to have its rows in the next cell."
      : "disconnected: the last state is shown; run the cell to go on";
    setText(this.#line, where || note || (selection ? `picked: ${selection.text}` : hint));
    this.#line.classList.toggle("dc-hint", !where && !note && !selection);
    this.#code.hidden = !isSelection;
    this.#clear.hidden = !isSelection || !port.live;
    const rho = rhoNote(shown);
    this.#measure.hidden = rho === "";
    setText(this.#measure, `${rho} Drag to zoom, double click for all of it.`);
  }
}
