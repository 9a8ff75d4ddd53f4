import type { Pixel } from "../../../../src/core/pixels.js";
import { frameOf } from "../../../../src/protocol/slices.js";
import { h, setAttributes, setText } from "../dom.js";
import { readOut, widestReadOut } from "./read-out.js";
import type { SliceController, SliceLocal, SliceState } from "./slice-controller.js";
import type { SliceLayer } from "./slice-layer.js";

type AnyController = SliceController<SliceState, { readonly kind: string }, SliceLocal>;

/** The slider through the slices, and its label. Hidden if there is one slice only. */
export class SliceSlider {
  readonly element: HTMLElement;
  /** Around the slider: more can be put into it. */
  readonly track: HTMLElement;
  readonly #controller: Pick<AnyController, "state" | "wanted">;
  readonly #label = h("span.sl-slice-label");
  readonly #slider = h("input.sl-slider", { type: "range", min: 0, step: 1 });

  constructor(controller: Pick<AnyController, "state" | "wanted" | "goTo">) {
    this.#controller = controller;
    this.#slider.addEventListener("input", () => controller.goTo(Number(this.#slider.value)));
    this.track = h("div.sl-track", {}, this.#slider);
    this.element = h("div.sl-slices", {}, this.#label, this.track);
  }

  update(): void {
    const { state, wanted } = this.#controller;
    const { count } = frameOf(state.subject, wanted.plane);
    this.element.hidden = count === 1;
    setText(this.#label, `slice ${wanted.index} / ${count - 1}`);
    this.#label.style.minWidth = `${`slice ${count - 1} / ${count - 1}`.length - 1}ch`;
    this.#label.title = `slices 0 to ${count - 1}, numbered as in code`;
    setAttributes(this.#slider, {
      max: count - 1,
      "aria-label": wanted.plane ? `${wanted.plane} slice` : "slice",
      "aria-valuetext": `slice ${wanted.index} of 0 to ${count - 1}`,
    });
    if (Number(this.#slider.value) !== wanted.index) this.#slider.value = String(wanted.index);
  }
}

/** Position and value of a pixel, with room for the widest, so that nothing shifts as the pointer moves. */
export class ReadOutLine {
  readonly element: HTMLElement;
  readonly #controller: Pick<AnyController, "state" | "local">;
  readonly #layer: SliceLayer;
  readonly #position = h("span.sl-position", { title: "pixels of the slice as it is shown, as in prompts" });
  readonly #voxel = h("span.sl-voxel", { title: "indices i, j, k in the file" });
  readonly #world = h("span.sl-world", { title: "RAS: towards the patient's right, front and head" });
  readonly #value = h("span.sl-value");

  constructor(controller: Pick<AnyController, "state" | "local">, layer: SliceLayer) {
    this.#controller = controller;
    this.#layer = layer;
    const { kind, unit } = controller.state.subject;
    this.#voxel.hidden = kind === "picture";
    this.#world.hidden = unit === "px";
    this.element = h("div.sl-read-out", {}, this.#position, this.#voxel, this.#world, this.#value);
  }

  /** Shows the pixel under the keyboard cursor, or else the pointer, and returns it. */
  update(): Pixel | null {
    const { state, local } = this.#controller;
    const at = local.cursor ?? local.pointer;
    const text = at && readOut(state.subject, state.place, at, this.#layer.storedAt(at.x, at.y));
    const widths = widestReadOut(state.subject);
    for (const [span, part] of [
      [this.#position, "position"],
      [this.#voxel, "voxel"],
      [this.#world, "world"],
      [this.#value, "value"],
    ] as const) {
      setText(span, text?.[part] ?? "");
      span.style.minWidth = `${widths[part]}ch`;
    }
    return at;
  }
}
