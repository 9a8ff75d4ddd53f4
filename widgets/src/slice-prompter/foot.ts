import type { Pixel } from "../../../src/core/pixels.js";
import { frameOf } from "../../../src/protocol/slices.js";
import { runsHold } from "../shared/bytes.js";
import { enable, group, press, toolButton } from "../shared/controls.js";
import { h, setAttributes, setText, svg } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import { ReadOutLine, SliceSlider } from "../shared/slice-view/slice-foot.js";
import type { SliceLayer } from "../shared/slice-view/slice-layer.js";
import type { Controller } from "./controller.js";
import { Grip } from "./grip.js";
import { runText } from "./run-text.js";

/** The longest text without the model's name. */
const longestRun = "confirmed · propagated · in doubt";

/** The line below the picture: the current position, what is under the pointer, and the model's run time. */
export class Foot {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #slider: SliceSlider;
  readonly #readOut: ReadOutLine;
  readonly #grips: readonly Grip[];
  readonly #span = h("div.sl-span", { "aria-hidden": "true" });
  readonly #through: HTMLElement;
  readonly #propagate: HTMLButtonElement;
  readonly #confirm: HTMLButtonElement;
  readonly #doubtful: HTMLButtonElement;
  readonly #marks = svg("svg", { class: "sl-marks", preserveAspectRatio: "none", "aria-hidden": "true" });
  readonly #inside = h("span.sl-inside", { title: "the objects whose masks hold this voxel" });
  readonly #run = h("span.sl-run");
  /** Inputs the marks were drawn from. */
  #drawn = "";

  constructor(controller: Controller, layer: SliceLayer, lifecycle: Lifecycle) {
    this.#controller = controller;
    this.#slider = new SliceSlider(controller);
    this.#readOut = new ReadOutLine(controller, layer);
    this.#readOut.element.append(this.#inside);
    this.#propagate = toolButton(null, "propagate", () => controller.propagate());
    this.#confirm = toolButton("check", "confirm", () => controller.toggleConfirmed());
    this.#doubtful = toolButton(null, "0 in doubt", () => controller.nextDoubtful(), "next slice in doubt (J)");
    const range = h("div.sl-range", {}, this.#span);
    this.#grips = (["first", "last"] as const).map((end) => new Grip(end, controller, range, lifecycle));
    range.append(...this.#grips.map(({ element }) => element));
    this.#slider.track.prepend(this.#marks);
    this.#slider.track.append(range);
    this.#through = group("through the slices", [this.#propagate, this.#confirm, this.#doubtful]);
    const { name, provider } = controller.state.model;
    // Reserve space for the longest text, so that the slider keeps its length.
    this.#run.style.flexBasis = `${Math.max(name.length + provider.length + 9, longestRun.length)}ch`;
    this.element = h("div.sl-foot", {}, this.#slider.element, this.#through, this.#readOut.element, this.#run);
  }

  update(): void {
    const { state, wanted } = this.#controller;
    const { count } = frameOf(state.subject, wanted.plane);
    this.#through.hidden = count === 1;
    this.#slider.update();
    this.#drawMarks(count);
    this.#updateThrough(count);
    const at = this.#readOut.update();
    setText(this.#inside, at ? this.#objectsAt(at) : "");
    const awaited = !state.answer && state.prompts.length > 0 && state.work.phase !== "idle";
    // Keep the last time until the next answer, to avoid flicker.
    if (!awaited) this.#updateRun();
  }

  #updateThrough(count: number): void {
    const { state, range, port } = this.#controller;
    const [first, last] = range;
    for (const grip of this.#grips) grip.update(count);
    this.#span.style.left = `${(100 * first) / count}%`;
    this.#span.style.right = `${(100 * (count - 1 - last)) / count}%`;
    const isAtWork = state.work.phase === "propagating";
    setText(this.#propagate.lastElementChild!, isAtWork ? "stop" : "propagate");
    const where = this.#controller.local.range ? `the slices ${first} to ${last}` : "all slices";
    enable(
      this.#propagate,
      port.live,
      isAtWork ? "stop; what is there stays (P)" : `follow ${this.#controller.active.name} through ${where} (P)`,
    );
    press(this.#confirm, state.mask?.confirmed ?? false);
    enable(this.#confirm, port.live, confirmTitle(this.#controller));
    const doubtful = state.marks.filter((mark) => mark.object === state.active && mark.doubtful).length;
    setText(this.#doubtful.lastElementChild!, `${doubtful} in doubt`);
    enable(this.#doubtful, doubtful > 0);
  }

  #updateRun(): void {
    const { text, title } = runText(this.#controller.state);
    setText(this.#run, text);
    this.#run.title = title;
  }

  /**
   * In the object's color: a bar for a mask, low if propagated, faint if from other planes, with a cap if confirmed; a
   * tick for prompts or nothing found; red on top if in doubt.
   */
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
      ...state.marks.flatMap(({ index, object, origin, masked, confirmed, doubtful }) => {
        const x = Math.min(Math.max(0, index + 0.5 - width / 2), count - width);
        const isLow = masked && (origin === "propagated" || origin === "crossing");
        const color = colors.get(object) ?? "currentColor";
        const opacity = !masked ? 0.6 : origin === "crossing" ? 0.45 : isLow && !confirmed ? 0.75 : 1;
        const bar = { x, width, fill: color, opacity };
        const [y, height] = !masked ? [5, 2] : isLow ? [4, 4] : [2, 8];
        return [
          svg("rect", { ...bar, y, height }),
          ...(confirmed ? [svg("rect", { x, width, y: 10, height: 2, fill: "var(--sl-confirmed)" })] : []),
          ...(doubtful ? [svg("rect", { x, width, y: 0, height: 2.5, fill: "var(--sl-doubtful)" })] : []),
        ];
      }),
    );
  }

  /** Names of the objects whose masks contain a pixel. */
  #objectsAt({ x, y }: Pixel): string {
    const { state, frame } = this.#controller;
    const objects = [...state.crossing, ...state.masks]
      .filter(({ runs }) => runsHold(runs, y * frame.width + x))
      .map(({ object }) => object);
    const names = [...new Set(objects)].map((object) => state.objects.find(({ id }) => id === object)?.name ?? "");
    return names.join(", ");
  }
}

function confirmTitle({ state, crossedFrom }: Controller): string {
  if (state.mask) return "this slice's mask is right: nothing changes it (Y)";
  return crossedFrom ? `this mask comes from ${crossedFrom}: confirm it there` : "the object is not on this slice (Y)";
}
