import { clamp, type Projection, project, type Size } from "../shared/camera.js";
import { withAlpha } from "../shared/colour.js";
import { h, setAttributes, setText } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import { scaleBar } from "../shared/scale-bar.js";
import type { Controller } from "./controller.js";
import { drawPrompt } from "./markers.js";
import { maskPath, placed } from "./mask-paths.js";
import { SliceLayer } from "./slice-layer.js";
import { StageNotices } from "./stage-notices.js";

/** The longest a scale bar may be, in CSS pixels. */
const longestBar = 90;

/** The picture: slice and masks on one canvas, prompts and cursors on another above it, letters and scale bar as text. */
export class Stage {
  readonly element: HTMLElement;
  /** Takes pointer and keyboard. */
  readonly surface: HTMLCanvasElement;
  readonly layer: SliceLayer;
  readonly #controller: Controller;
  readonly #base = h("canvas.sl-canvas", { "aria-hidden": "true" });
  readonly #letters = (["left", "right", "top", "bottom"] as const).map((edge) => ({
    edge,
    element: h(`span.sl-letter.sl-letter-${edge}`, { "aria-hidden": "true" }),
  }));
  readonly #bar = h("span.sl-bar");
  readonly #barLabel = h("span");
  readonly #scale = h("div.sl-scale", { "aria-hidden": "true" }, this.#barLabel, this.#bar);
  readonly #levels = h("div.sl-levels", { "aria-hidden": "true" });
  readonly #notices: StageNotices;
  #size: Size = { width: 0, height: 0 };

  constructor(controller: Controller, lifecycle: Lifecycle, invalidate: () => void) {
    this.#controller = controller;
    this.layer = new SliceLayer(controller.state.subject);
    this.#notices = new StageNotices(controller);
    this.surface = h("canvas.sl-canvas.sl-surface", {
      tabindex: 0,
      role: "application",
      "aria-roledescription": "slice viewer",
      "data-jp-suppress-context-menu": "true",
    });
    this.element = h(
      "div.sl-stage",
      {},
      this.#base,
      this.surface,
      ...this.#letters.map(({ element }) => element),
      this.#scale,
      this.#levels,
      this.#notices.element,
    );
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      this.#size = { width, height };
      invalidate();
    });
    observer.observe(this.element);
    lifecycle.onEnd(() => observer.disconnect());
  }

  get size(): Size {
    return this.#size;
  }

  get projection(): Projection {
    return project(this.#controller.frame, this.#size, this.#controller.local.camera);
  }

  paint(): void {
    this.#notices.update();
    this.#describe();
    if (this.#size.width === 0 || this.#size.height === 0) return;
    this.layer.update(this.#controller.state.slice, this.#controller.window);
    this.#paintBase(this.#context(this.#base));
    this.#paintSurface(this.#context(this.surface));
    this.#paintLabels();
  }

  /** A cleared canvas in CSS pixels, with as many device pixels as the screen has. */
  #context(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.#size.width * ratio);
    const height = Math.round(this.#size.height * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d")!;
    context.setTransform(width / this.#size.width, 0, 0, height / this.#size.height, 0, 0);
    context.clearRect(0, 0, this.#size.width, this.#size.height);
    return context;
  }

  #paintBase(context: CanvasRenderingContext2D): void {
    const { state, frame, local } = this.#controller;
    const projection = this.projection;
    const { left, top, scaleX, scaleY } = projection;
    // Magnified, every voxel is to be seen as it is; reduced, leaving lines out would be worse than mixing them.
    context.imageSmoothingEnabled = Math.min(scaleX, scaleY) < 1;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.layer.canvas, left, top, frame.width * scaleX, frame.height * scaleY);
    if (local.masksHidden) return;
    context.lineJoin = "round";
    for (const mask of state.masks) {
      const object = state.objects.find(({ id }) => id === mask.object);
      if (!object) continue;
      const path = placed(maskPath(mask.bits, frame.width, frame.height).path, projection);
      const active = object.id === state.active;
      context.fillStyle = withAlpha(object.color, local.opacity * (active ? 1 : 0.7));
      context.fill(path, "evenodd");
      context.strokeStyle = withAlpha(object.color, active ? 1 : 0.8);
      context.lineWidth = 1.5;
      context.stroke(path);
    }
  }

  #paintSurface(context: CanvasRenderingContext2D): void {
    const { state, local, pending } = this.#controller;
    const projection = this.projection;
    if (local.crosshair && local.pointer && !local.cursor) this.#paintCrosshair(context, local.pointer, false);
    for (const prompt of state.prompts) {
      if (prompt.kind === "box" && local.resizing) continue;
      const moved = local.moving?.prompt === prompt.id && prompt.kind === "point" ? local.moving : null;
      drawPrompt(
        context,
        projection,
        moved ? ({ ...prompt, kind: "point", x: moved.x, y: moved.y } as typeof prompt) : prompt,
        {
          selected: prompt.id === local.selected,
        },
      );
    }
    for (const prompt of pending.promptsAt(state.place)) drawPrompt(context, projection, prompt, { pending: true });
    if (local.rubber) drawPrompt(context, projection, { kind: "box", box: local.rubber });
    if (local.cursor) this.#paintCrosshair(context, local.cursor, true);
  }

  /** Dotted through the pixel under the pointer; solid, with the pixel's frame, for the keyboard's. */
  #paintCrosshair(context: CanvasRenderingContext2D, at: { x: number; y: number }, keyboard: boolean): void {
    const { left, top, scaleX, scaleY } = this.projection;
    const x = Math.round(left + (at.x + 0.5) * scaleX) + 0.5;
    const y = Math.round(top + (at.y + 0.5) * scaleY) + 0.5;
    const gap = keyboard ? 8 : 14;
    context.save();
    context.setLineDash(keyboard ? [] : [1, 4]);
    context.strokeStyle = keyboard ? "#ffffff" : "rgba(255, 255, 255, 0.5)";
    context.lineWidth = 1;
    context.beginPath();
    for (const [from, to] of [
      [0, x - gap],
      [x + gap, this.#size.width],
    ]) {
      context.moveTo(from, y);
      context.lineTo(to, y);
    }
    for (const [from, to] of [
      [0, y - gap],
      [y + gap, this.#size.height],
    ]) {
      context.moveTo(x, from);
      context.lineTo(x, to);
    }
    context.stroke();
    if (keyboard) {
      const [w, height] = [Math.max(6, scaleX), Math.max(6, scaleY)];
      context.strokeStyle = "#000000";
      context.lineWidth = 3;
      context.strokeRect(x - w / 2, y - height / 2, w, height);
      context.strokeStyle = "#ffffff";
      context.lineWidth = 1.5;
      context.strokeRect(x - w / 2, y - height / 2, w, height);
    }
    context.restore();
  }

  #paintLabels(): void {
    const { frame, state, window } = this.#controller;
    for (const { edge, element } of this.#letters) setText(element, frame.letters?.[edge] ?? "");
    this.#scale.hidden = state.subject.unit !== "mm";
    const perMm = this.projection.scaleX / frame.spacing[0];
    const bar = scaleBar(perMm, clamp(this.#size.width / 4, 30, longestBar));
    setText(this.#barLabel, bar.label);
    this.#bar.style.width = `${bar.pixels.toFixed(1)}px`;
    const [width, level] = window ? [window.high - window.low, (window.high + window.low) / 2] : [0, 0];
    setText(this.#levels, window ? `W ${round(width)}  L ${round(level)}` : "");
  }

  #describe(): void {
    const { state, wanted, frame } = this.#controller;
    const where = wanted.plane ? `${wanted.plane} slice ${wanted.index + 1} of ${frame.count}` : "picture";
    const prompts = `${state.prompts.length} prompt${state.prompts.length === 1 ? "" : "s"}`;
    setAttributes(this.surface, {
      "aria-label": `${state.subject.source}, ${where}, ${prompts}. Press question mark for the keys.`,
    });
  }
}

function round(value: number): string {
  return Math.abs(value) >= 10 ? String(Math.round(value)) : value.toPrecision(2);
}
