import type { ListedPrompt } from "../../../src/protocol/slice-prompter.js";
import { h, setAttributes, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { type Row, RowList } from "../shared/list.js";
import { positionText } from "../shared/slice-view/read-out.js";
import type { Controller } from "./controller.js";

/** The prompts on the current slice, each with a remove button. */
export class PromptsPanel {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #rows: RowList<ListedPrompt>;
  readonly #empty = h("p.sl-empty");
  readonly #count = h("span.sl-unit");

  constructor(controller: Controller) {
    this.#controller = controller;
    const list = h("ul.sl-list.sl-prompts");
    this.#rows = new RowList(
      list,
      (prompt) => prompt.id,
      (prompt) => this.#row(prompt),
    );
    this.element = h(
      "section.sl-section.sl-prompts-section",
      {},
      h("h4", {}, "Prompts on this slice", this.#count),
      list,
      this.#empty,
    );
  }

  update(): void {
    const { state } = this.#controller;
    this.#rows.update(state.prompts);
    setText(this.#count, state.prompts.length > 1 ? String(state.prompts.length) : "");
    this.#empty.hidden = state.prompts.length > 0;
    const { points, box } = state.model.prompts;
    setText(
      this.#empty,
      points && box ? "Click on it, or drag a box around it." : box ? "Drag a box around it." : "Click on it.",
    );
  }

  #row(prompt: ListedPrompt): Row<ListedPrompt> {
    const controller = this.#controller;
    const { id } = prompt;
    const where = h("span.sl-facts");
    const kind = prompt.kind === "box" ? "box" : prompt.label === 1 ? "include" : "exclude";
    const select = h(
      "button.sl-pick",
      { type: "button" },
      h(`span.sl-kind.sl-${kind}`, {}, icon(prompt.kind === "scribble" ? "scribble" : kind)),
      h("span.sl-name", {}, kind),
      where,
    );
    const remove = h("button.sl-remove", { type: "button" }, icon("remove"));
    select.addEventListener("click", () => controller.set({ selected: controller.local.selected === id ? null : id }));
    remove.addEventListener("click", () => controller.send({ kind: "remove", ...controller.seen, prompt: id }));
    return {
      element: h("li.sl-row", {}, select, remove),
      update: (item) => {
        const text = positionText(cornersOf(item));
        where.title = titleOf(item);
        setText(where, text);
        setAttributes(select, { "aria-pressed": String(controller.local.selected === id) });
        select.parentElement?.classList.toggle("sl-active", controller.local.selected === id);
        setAttributes(remove, { "aria-label": `remove ${kind} ${text}`, title: `remove this ${kind}` });
      },
    };
  }
}

function cornersOf(prompt: ListedPrompt): readonly (readonly [number, number])[] {
  if (prompt.kind === "point") return [[prompt.x, prompt.y]];
  // Both ends.
  if (prompt.kind === "scribble") {
    const [x0 = 0, y0 = 0] = prompt.path;
    const [x1 = x0, y1 = y0] = prompt.path.slice(-2);
    return [
      [Math.round(x0), Math.round(y0)],
      [Math.round(x1), Math.round(y1)],
    ];
  }
  const [x0, y0, x1, y1] = prompt.box;
  return [
    [x0, y0],
    [x1, y1],
  ];
}

function titleOf({ kind }: ListedPrompt): string {
  const what = kind === "scribble" ? "from one end of the line to the other, in pixels" : "pixels";
  return `${what} of the slice as it is shown, as in w.prompts`;
}
