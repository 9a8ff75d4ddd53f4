import { frameOf } from "../../../src/protocol/slices.js";
import { runsHold } from "../shared/bytes.js";
import { h, setAttributes, setText, svg } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import { readOut, widestReadOut } from "../shared/read-out.js";
import type { Pixel } from "../shared/slice-controller.js";
import type { SliceLayer } from "../shared/slice-layer.js";
import type { Controller } from "./controller.js";
import { runText } from "./run-text.js";

/** The line under the picture: where we are, what is under the pointer, and what the model took. */
export class Foot {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #layer: SliceLayer;
  readonly #label = h("span.sl-slice-label");
  readonly #slider = h("input.sl-slider", { type: "range", min: 0, step: 1 });
  readonly #marks = svg("svg", { class: "sl-marks", preserveAspectRatio: "none", "aria-hidden": "true" });
  readonly #slices: HTMLElement;
  readonly #voxel = h("span.sl-voxel");
  readonly #world = h("span.sl-world", { title: "RAS: towards the patient's right, front and head" });
  readonly #value = h("span.sl-value");
  readonly #inside = h("span.sl-inside", { title: "the objects whose masks hold this voxel" });
  readonly #run = h("span.sl-run");
  /** What the marks were drawn from. */
  #drawn = "";

  constructor(controller: Controller, layer: SliceLayer, lifecycle: Lifecycle) {
    this.#controller = controller;
    this.#layer = layer;
    this.#slices = h("div.sl-slices", {}, this.#label, h("div.sl-track", {}, this.#marks, this.#slider));
    this.#slider.addEventListener("input", () => controller.goTo(Number(this.#slider.value)), {
      signal: lifecycle.signal,
    });
    this.#world.hidden = controller.state.subject.unit === "px";
    const { name, provider } = controller.state.model;
    // Room for the longest time, so that the slider keeps its length.
    this.#run.style.flexBasis = `${name.length + provider.length + 9}ch`;
    const readOut = h("div.sl-read-out", {}, this.#voxel, this.#world, this.#value, this.#inside);
    this.element = h("div.sl-foot", {}, this.#slices, readOut, this.#run);
  }

  update(): void {
    const { state, wanted, local } = this.#controller;
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
    this.#drawMarks(count);
    this.#updateReadOut(local.cursor ?? local.pointer);
    const awaited = !state.answer && state.prompts.length > 0 && state.work.phase !== "idle";
    // Until the next answer is there the last one's time stays: it would only flicker.
    if (!awaited) this.#updateRun();
  }

  #updateRun(): void {
    const { text, title } = runText(this.#controller.state);
    setText(this.#run, text);
    this.#run.title = title;
  }

  /** A bar where there is a mask, a tick where there are only prompts, in the object's color. */
  #drawMarks(count: number): void {
    const { state } = this.#controller;
    const colors = new Map(state.objects.map(({ id, color }) => [id, color]));
    const drawing = JSON.stringify([count, state.marks, [...colors]]);
    if (drawing === this.#drawn) return;
    this.#drawn = drawing;
    setAttributes(this.#marks, { viewBox: `0 0 ${count} 12` });
    // At least two pixels wide on a slider of 150.
    const width = Math.max(1, count / 75);
    this.#marks.replaceChildren(
      ...state.marks.map(({ index, object, masked }) =>
        svg("rect", {
          x: Math.min(Math.max(0, index + 0.5 - width / 2), count - width),
          width,
          y: masked ? 2 : 4,
          height: masked ? 8 : 4,
          fill: colors.get(object) ?? "currentColor",
          opacity: masked ? 1 : 0.6,
        }),
      ),
    );
  }

  /** The names of the objects whose masks hold a pixel. */
  #objectsAt({ x, y }: Pixel): string {
    const { state, frame } = this.#controller;
    const names = state.masks
      .filter(({ runs }) => runsHold(runs, y * frame.width + x))
      .map(({ object }) => state.objects.find(({ id }) => id === object)?.name ?? "");
    return names.join(", ");
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
      // Room for the widest, so that nothing moves when the pointer does.
      span.style.minWidth = `${widths[part]}ch`;
    }
    setText(this.#inside, at ? this.#objectsAt(at) : "");
  }
}
