import { crossedText } from "../../../src/protocol/crossed-text.js";
import type { ObjectState, OverlapRule, SlicePrompterState } from "../../../src/protocol/slice-prompter.js";
import { h, setAttributes, setText } from "../shared/dom.js";
import { formatArea } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { type Row, RowList } from "../shared/list.js";
import type { Controller } from "./controller.js";
import { draggable } from "./row-drag.js";
import { scoresText } from "./run-text.js";

/** The list of objects: select, rename, add and remove. */
export class ObjectsPanel {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #rows: RowList<ObjectState>;
  readonly #overlapText = h("span.sl-facts");
  readonly #overlap = h(
    "select.sl-select",
    {
      "aria-label": "what two objects claim belongs to",
      title:
        "Whose a voxel is in the mask volume when two objects claim it. A locked object keeps its own in any case.",
    },
    h("option", { value: "upper" }, "stays with the upper object"),
    h("option", { value: "lower" }, "goes to the lower object"),
  );
  readonly #rule: HTMLElement;
  readonly #scores = h("div.sl-line.sl-scores", {
    title: "against the truth; in 3D, slices without a mask count as empty",
  });

  constructor(controller: Controller) {
    this.#controller = controller;
    const list = h("ul.sl-list");
    this.#rows = new RowList(
      list,
      (object) => object.id,
      (object) => this.#row(object),
    );
    const add = h("button.sl-link.sl-add", { type: "button" }, icon("plus"), "new object");
    add.addEventListener("click", () => controller.send({ kind: "object-add" }));
    this.#overlap.addEventListener("change", () => {
      controller.send({ kind: "overlap", rule: this.#overlap.value as OverlapRule });
    });
    const rule = h("label.sl-line.sl-rule", {}, this.#overlapText, this.#overlap);
    this.#rule = rule;
    this.element = h("section.sl-section", {}, h("h4", {}, "Objects"), list, add, rule, this.#scores);
  }

  update(): void {
    const { state, port } = this.#controller;
    this.#rows.update(state.objects);
    this.#rule.hidden = state.objects.length < 2;
    const lost = Math.max(...state.objects.map((object) => object.lost));
    setText(this.#overlapText, lost > 0 ? `overlap of ${formatArea(lost, state.subject.unit)}` : "overlap");
    this.#scores.hidden = state.scores === null;
    setText(this.#scores, state.scores ? scoresText(state.scores, state.subject.unit) : "");
    if (this.#overlap.value !== state.overlap) this.#overlap.value = state.overlap;
    this.#overlap.disabled = !port.live;
  }

  #row({ id }: ObjectState): Row<ObjectState> {
    const controller = this.#controller;
    const swatch = h("span.sl-swatch");
    const name = h("span.sl-name");
    const facts = h("span.sl-facts");
    const select = h(
      "button.sl-pick",
      { type: "button", title: "Prompts belong to this object. Double click to rename it; drag its color to move it." },
      swatch,
      name,
      facts,
    );
    const remove = h("button.sl-remove", { type: "button" }, icon("remove"));
    const lock = h("button.sl-remove.sl-lock", { type: "button" });
    let locked: boolean | null = null;
    lock.addEventListener("click", () => {
      controller.send({ kind: "object-lock", object: id, locked: true, toggle: true });
    });
    select.addEventListener("click", () => {
      if (controller.target.object !== id) controller.send({ kind: "object-select", object: id });
    });
    const element = h("li.sl-row", {}, select, lock, remove);
    select.addEventListener("dblclick", () => this.#rename(id, element));
    select.addEventListener("keydown", (event) => {
      if (event.key === "F2") this.#rename(id, element);
      if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        controller.send({ kind: "object-step", object: id, by: event.key === "ArrowUp" ? -1 : 1 });
      }
    });
    draggable(swatch, element, (to) => controller.send({ kind: "object-move", object: id, to }));
    remove.addEventListener("click", () => controller.send({ kind: "object-remove", object: id }));
    return {
      element,
      update: (object) => {
        const { state } = controller;
        swatch.style.background = object.color;
        setText(name, object.name);
        setText(facts, factsOf(object, state.subject.unit));
        facts.title = factsTitle(object, state);
        if (locked !== object.locked) {
          locked = object.locked;
          lock.replaceChildren(icon(locked ? "lock" : "unlock"));
        }
        setAttributes(lock, {
          "aria-pressed": String(object.locked),
          "aria-label": `lock ${object.name}`,
          title: object.locked ? `unlock ${object.name}` : `lock ${object.name}: it is finished and stays as it is`,
        });
        setAttributes(select, { "aria-pressed": String(object.id === state.active) });
        element.classList.toggle("sl-active", object.id === state.active);
        remove.hidden = state.objects.length === 1 || object.locked;
        setAttributes(remove, { "aria-label": `remove ${object.name}`, title: `remove ${object.name}` });
      },
    };
  }

  /** Turns the name into a field: Enter applies the new name, Esc restores the old one. */
  #rename(id: number, row: HTMLElement): void {
    const controller = this.#controller;
    if (row.querySelector("input")) return;
    const old = controller.state.objects.find((object) => object.id === id)?.name ?? "";
    const field = h("input.sl-rename", { type: "text", value: old, "aria-label": `name of ${old}` });
    let done = false;
    const finish = (keep: boolean) => {
      if (done) return;
      done = true;
      const name = field.value.trim();
      field.remove();
      row.classList.remove("sl-renaming");
      if (keep && name !== "" && name !== old) controller.send({ kind: "object-rename", object: id, name });
      row.querySelector("button")?.focus();
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
    });
    field.addEventListener("blur", () => finish(true));
    row.classList.add("sl-renaming");
    row.prepend(field);
    field.select();
  }
}

function factsTitle({ id, slices, lost }: ObjectState, { crossing, subject }: SlicePrompterState): string {
  const from = crossing.find(({ object }) => object === id)?.from;
  return [
    slices === 1 ? "masks on 1 slice" : `masks on ${slices} slices`,
    ...(from ? [`here from ${crossedText(from)}`] : []),
    ...(lost > 0 ? [`${formatArea(lost, subject.unit)} here belongs to another object`] : []),
  ].join("; ");
}

function factsOf(object: ObjectState, unit: "mm" | "px"): string {
  if (object.area !== null) return formatArea(object.area, unit);
  if (object.slices === 0) return "";
  return object.slices === 1 ? "1 slice" : `${object.slices} slices`;
}
