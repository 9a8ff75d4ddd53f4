import type { Plane } from "../../../../src/core/plane.js";
import type { ObjectRuns } from "../../../../src/protocol/overview.js";
import { frameOf, pixelUnder, type SliceFrame } from "../../../../src/protocol/slices.js";
import { withAlpha } from "../../shared/color.js";
import { h, setAttributes, setText } from "../../shared/dom.js";
import {
  clamp,
  nearestPixel,
  type Projection,
  project,
  type Size,
  wholeSheet,
} from "../../shared/slice-view/camera.js";
import { drawSlice, sizedContext } from "../../shared/slice-view/canvas.js";
import { placed, runsPath } from "../../shared/slice-view/mask-paths.js";
import { SliceLayer } from "../../shared/slice-view/slice-layer.js";
import type { Controller } from "../controller.js";
import { paintLinkedLines } from "../linked-lines.js";
import { paintCrossing } from "../paint-crossing.js";

/** A pixel of a slice that the crosshair is to move to. */
export interface Target {
  readonly place: { readonly plane: Plane | null; readonly index: number };
  readonly x: number;
  readonly y: number;
}

const none: readonly ObjectRuns[] = [];

/** Step for Shift with an arrow key, pixels. */
const bigStep = 10;

/** One of the three planes through the crosshair: a click or drag moves it, and with it the other planes. */
export class SectionTile {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #frame: SliceFrame;
  readonly #layer: SliceLayer;
  readonly #canvas: HTMLCanvasElement;
  readonly #label = h("span.sl-tile-label", { "aria-hidden": "true" });
  #size: Size = { width: 0, height: 0 };
  #painted: readonly unknown[] = [];
  /** Where a drag is, shown before the kernel follows. */
  #dragged: { readonly x: number; readonly y: number } | null = null;

  constructor(controller: Controller, plane: Plane, moveTo: (target: Target) => void) {
    this.#controller = controller;
    this.#frame = frameOf(controller.state.subject, plane);
    this.#layer = new SliceLayer(controller.state.subject);
    this.#canvas = h("canvas.sl-tile-canvas", {
      tabindex: 0,
      role: "application",
      "aria-roledescription": "slice viewer",
      "data-jp-suppress-context-menu": "true",
    });
    const letters = (["left", "right", "top", "bottom"] as const).map((edge) =>
      h(`span.sl-on-picture.sl-letter.sl-letter-${edge}`, { "aria-hidden": "true" }, this.#frame.letters?.[edge] ?? ""),
    );
    this.element = h("div.sl-view.sl-ringed", {}, this.#canvas, ...letters, this.#label);
    this.#listen(moveTo);
  }

  resized(size: Size): void {
    this.#size = size;
  }

  update(): void {
    const { state, window, local } = this.#controller;
    const { plane } = this.#frame;
    const isMain = state.place.plane === plane;
    const section = state.overview?.sections.find((other) => other.plane === plane);
    const slice = isMain ? state.slice : state.crossSlices.find((other) => other.plane === plane);
    if (!slice || this.#size.width === 0) return;
    const masks: readonly ObjectRuns[] = isMain ? state.masks : (section?.masks ?? []);
    const crossing = isMain ? state.crossing : none;
    const isLayerNew = this.#layer.update(slice, window);
    const at = this.#dragged ?? this.#here;
    const colors = state.objects.map(({ id, color }) => `${id} ${color}`).join();
    const ratio = globalThis.devicePixelRatio;
    const view = [at.x, at.y, local.opacity, local.masksHidden, this.#size.width, this.#size.height, ratio];
    const now = [masks, crossing, colors, state.active, ...view];
    if (!isLayerNew && now.every((part, n) => part === this.#painted[n])) return;
    this.#painted = now;
    setText(this.#label, `${plane} ${slice.index}`);
    setAttributes(this.#canvas, {
      "aria-label": `${plane} slice ${slice.index} of 0 to ${this.#frame.count - 1}; arrows move the crosshair`,
    });
    this.#paint(masks, crossing, at);
  }

  get #here(): { readonly x: number; readonly y: number; readonly index: number } {
    const [x, y, index] = pixelUnder(this.#frame, this.#controller.state.overview?.crosshair ?? [0, 0, 0]);
    return { x, y, index };
  }

  get #projection(): Projection {
    return project(this.#frame, this.#size, wholeSheet(this.#frame));
  }

  #paint(
    masks: readonly ObjectRuns[],
    crossing: readonly ObjectRuns[],
    at: { readonly x: number; readonly y: number },
  ): void {
    const { state, local } = this.#controller;
    const projection = this.#projection;
    const context = sizedContext(this.#canvas, this.#size);
    drawSlice(context, this.#layer.canvas, this.#frame, projection);
    context.lineJoin = "round";
    for (const mask of local.masksHidden ? [] : [...crossing, ...masks]) {
      const object = state.objects.find(({ id }) => id === mask.object);
      if (!object) continue;
      const path = placed(runsPath(mask.runs, this.#frame.width, this.#frame.height).path, projection);
      if (crossing.includes(mask)) {
        paintCrossing(context, path, object.color, local.opacity);
        continue;
      }
      context.fillStyle = withAlpha(object.color, local.opacity);
      context.fill(path, "evenodd");
      context.strokeStyle = object.color;
      context.lineWidth = 1.2;
      context.stroke(path);
    }
    paintLinkedLines(context, this.#size, projection, at);
  }

  #listen(moveTo: (target: Target) => void): void {
    const canvas = this.#canvas;
    const to = (x: number, y: number, index = this.#here.index) => {
      const { width, height, count, plane } = this.#frame;
      const place = { plane, index: clamp(index, 0, count - 1) };
      moveTo({ place, x: clamp(x, 0, width - 1), y: clamp(y, 0, height - 1) });
    };
    const drag = (event: PointerEvent) => {
      const [x, y] = nearestPixel(this.#frame, this.#projection, event.offsetX, event.offsetY);
      this.#dragged = { x, y };
      to(x, y);
    };
    const end = () => {
      this.#dragged = null;
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.focus({ preventScroll: true });
      event.preventDefault();
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      drag(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.#dragged) drag(event);
    });
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener(
      "wheel",
      (event) => {
        if (!canvas.matches(":focus") || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        const { x, y, index } = this.#here;
        to(x, y, index + (event.deltaY > 0 ? -1 : 1));
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { x, y, index } = this.#here;
      const step = event.shiftKey ? bigStep : 1;
      const target = {
        ArrowLeft: [x - step, y, index],
        ArrowRight: [x + step, y, index],
        ArrowUp: [x, y - step, index],
        ArrowDown: [x, y + step, index],
        PageUp: [x, y, index + step],
        PageDown: [x, y, index - step],
      }[event.key];
      if (!target) return;
      event.preventDefault();
      event.stopPropagation();
      to(target[0]!, target[1]!, target[2]!);
    });
  }
}
