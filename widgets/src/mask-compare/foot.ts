import { frameOf } from "../../../src/protocol/slices.js";
import { levelsText } from "../shared/canvas.js";
import { h, setAttributes, setText } from "../shared/dom.js";
import { readOut, widestReadOut } from "../shared/read-out.js";
import type { Pixel } from "../shared/slice-controller.js";
import type { SliceLayer } from "../shared/slice-layer.js";
import type { CompareController } from "./controller.js";
import { namesAt } from "./names-at.js";

/** The line below the pictures: the current position, and what is under the pointer. */
export class CompareFoot {
  readonly element: HTMLElement;
  readonly #controller: CompareController;
  readonly #layer: SliceLayer;
  readonly #label = h("span.sl-slice-label");
  readonly #slider = h("input.sl-slider", { type: "range", min: 0, step: 1 });
  readonly #slices = h("div.sl-slices", {}, this.#label, h("div.sl-track", {}, this.#slider));
  readonly #voxel = h("span.sl-voxel");
  readonly #world = h("span.sl-world", { title: "RAS: towards the patient's right, front and head" });
  readonly #value = h("span.sl-value");
  readonly #levels = h("span.mc-levels", { title: "width and level of the window" });
  readonly #inside = h("span.mc-inside", { title: "the masks that hold this voxel" });

  constructor(controller: CompareController, layer: SliceLayer) {
    this.#controller = controller;
    this.#layer = layer;
    this.#slider.addEventListener("input", () => controller.goTo(Number(this.#slider.value)));
    this.#world.hidden = controller.state.subject.unit === "px";
    const readOutLine = h("div.sl-read-out", {}, this.#voxel, this.#world, this.#value);
    this.element = h("div.sl-foot", {}, this.#slices, readOutLine, this.#inside, this.#levels);
  }

  update(): void {
    const { state, wanted, local, window } = this.#controller;
    const { count } = frameOf(state.subject, wanted.plane);
    this.#slices.hidden = count === 1;
    setText(this.#label, `slice ${wanted.index + 1} / ${count}`);
    this.#label.style.minWidth = `${`slice ${count} / ${count}`.length - 1}ch`;
    this.#label.title = `w.slice is ${wanted.index}: code counts from 0`;
    setAttributes(this.#slider, {
      max: count - 1,
      "aria-label": wanted.plane ? `${wanted.plane} slice` : "slice",
      "aria-valuetext": `slice ${wanted.index + 1} of ${count}`,
    });
    if (Number(this.#slider.value) !== wanted.index) this.#slider.value = String(wanted.index);
    setText(this.#levels, levelsText(window));
    this.#updateReadOut(local.cursor ?? local.pointer);
  }

  #updateReadOut(at: Pixel | null): void {
    const { state } = this.#controller;
    const text = at && readOut(state.subject, state.place, at, this.#layer.storedAt(at.x, at.y));
    const widths = widestReadOut(state.subject);
    for (const [span, part] of [
      [this.#voxel, "voxel"],
      [this.#world, "world"],
      [this.#value, "value"],
    ] as const) {
      setText(span, text?.[part] ?? "");
      // Reserve the maximum width, so nothing shifts as the pointer moves.
      span.style.minWidth = `${widths[part]}ch`;
    }
    setText(this.#inside, at ? namesAt(this.#controller, at) : "");
  }
}
