import type { Pixel } from "../../../src/core/pixels.js";
import { pixelUnder } from "../../../src/protocol/slices.js";
import { withAlpha } from "../shared/color.js";
import { h, setAttributes, setText } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import { placeText } from "../shared/live-region.js";
import { type Projection, type Size, toStage } from "../shared/slice-view/camera.js";
import { drawSlice, levelsText, paintCrosshair, sizedContext } from "../shared/slice-view/canvas.js";
import type { GestureStage } from "../shared/slice-view/gestures.js";
import { placed, runsPath } from "../shared/slice-view/mask-paths.js";
import { PictureNotices } from "../shared/slice-view/picture-notices.js";
import { SliceLayer } from "../shared/slice-view/slice-layer.js";
import { SlicePicture } from "../shared/slice-view/slice-picture.js";
import type { Controller } from "./controller.js";
import { paintFreehand } from "./freehand.js";
import { paintLinkedLines } from "./linked-lines.js";
import { drawPrompt } from "./markers.js";
import { paintCrossing } from "./paint-crossing.js";
import { stageNotices } from "./stage-notices.js";

/** Maximum length of the scale bar in CSS pixels. */
const longestBar = 90;

/**
 * The picture: slice and masks on one canvas, prompts and cursors on another above it, orientation letters and scale
 * bar as text.
 */
export class Stage implements GestureStage {
  readonly layer: SliceLayer;
  readonly #picture: SlicePicture;
  readonly #controller: Controller;
  readonly #levels = h("div.sl-on-picture.sl-levels", { "aria-hidden": "true" });
  readonly #notices: PictureNotices<"cancel" | "stop">;
  /** Inputs the slice and masks were painted from. */
  #painted: readonly unknown[] = [];

  constructor(controller: Controller, lifecycle: Lifecycle, invalidate: () => void) {
    this.#controller = controller;
    this.layer = new SliceLayer(controller.state.subject);
    this.#notices = new PictureNotices((intent) => controller.send(intent));
    this.#picture = new SlicePicture(controller, h("div.sl-stage.sl-ringed"), lifecycle, invalidate);
    this.element.append(this.#picture.scale, this.#levels, this.#notices.element);
    const onRestored = () => {
      this.#painted = [];
      invalidate();
    };
    this.#picture.base.addEventListener("contextrestored", onRestored, { signal: lifecycle.signal });
  }

  get element(): HTMLElement {
    return this.#picture.element;
  }

  get surface(): HTMLCanvasElement {
    return this.#picture.surface;
  }

  get size(): Size {
    return this.#picture.size;
  }

  get projection(): Projection {
    return this.#picture.projection;
  }

  paint(): void {
    this.#notices.show(stageNotices(this.#controller), this.#controller.port.live);
    this.#describe();
    if (!this.#picture.isLaidOut) return;
    const isLayerNew = this.layer.update(this.#controller.state.slice, this.#controller.window);
    if (this.#isBaseOld() || isLayerNew) this.#paintBase(sizedContext(this.#picture.base, this.size));
    this.#paintSurface(sizedContext(this.surface, this.size));
    this.#paintLabels();
  }

  /**
   * Painting competes with the decoder for a core: not repeated for prompts and cursors, which are on the other canvas.
   */
  #isBaseOld(): boolean {
    const { state, local } = this.#controller;
    const { camera, opacity, masksHidden } = local;
    const { masks, crossing, objects, active, place } = state;
    const colors = objects.map(({ id, color }) => `${id} ${color}`).join();
    const now = [
      ...[
        this.#controller.speculative?.runs,
        masks,
        crossing,
        active,
        colors,
        camera,
        opacity,
        masksHidden,
        place.plane,
      ],
      ...[this.size.width, this.size.height, window.devicePixelRatio],
    ];
    const isOld = now.some((part, n) => part !== this.#painted[n]);
    this.#painted = now;
    return isOld;
  }

  #paintBase(context: CanvasRenderingContext2D): void {
    const { state, frame, local } = this.#controller;
    const projection = this.projection;
    drawSlice(context, this.layer.canvas, frame, projection);
    if (local.masksHidden) return;
    context.lineJoin = "round";
    for (const { object: id, runs } of state.crossing) {
      const color = state.objects.find((object) => object.id === id)?.color;
      const { path } = runsPath(runs, frame.width, frame.height);
      if (color) paintCrossing(context, placed(path, projection), color, local.opacity);
    }
    const { speculative } = this.#controller;
    const others = state.masks.filter(({ object }) => object !== speculative?.object);
    for (const mask of speculative ? [...others, speculative] : others) {
      const object = state.objects.find(({ id }) => id === mask.object);
      if (!object) continue;
      const path = placed(runsPath(mask.runs, frame.width, frame.height).path, projection);
      const active = object.id === state.active;
      context.fillStyle = withAlpha(object.color, local.opacity * (active ? 1 : 0.7));
      context.fill(path, "evenodd");
      context.strokeStyle = withAlpha(object.color, active ? 1 : 0.8);
      context.lineWidth = 1.5;
      context.stroke(path);
    }
  }

  #paintSurface(context: CanvasRenderingContext2D): void {
    const { state, local } = this.#controller;
    const projection = this.projection;
    if (local.crosshair && local.pointer && !local.cursor && !this.#controller.isBrushing)
      paintCrosshair(context, this.size, projection, local.pointer, false);
    if (state.overview && local.crosshair) {
      const [x, y] = pixelUnder(this.#controller.frame, state.overview.crosshair);
      paintLinkedLines(context, this.size, projection, { x, y });
    }
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
    for (const prompt of this.#controller.promptsOnTheWay(state.place))
      drawPrompt(context, projection, prompt, { pending: true });
    for (const { path, radius, erase } of this.#controller.strokesOnTheWay(state.place)) {
      this.#paintStroke(context, path, radius, erase);
    }
    if (local.stroke) this.#paintStroke(context, local.stroke.path, local.brush, local.stroke.erase);
    for (const line of [...this.#controller.freehandOnTheWay(state.place), local.freehand]) {
      if (line) paintFreehand(context, projection, line, this.#controller.active.color);
    }
    const at = local.cursor ?? (local.pointer && (local.brushAt ?? local.pointer));
    if (this.#controller.isBrushing && at) this.#paintBrush(context, at);
    if (local.rubber) drawPrompt(context, projection, { kind: "box", box: local.rubber });
    if (local.cursor) paintCrosshair(context, this.size, projection, local.cursor, true);
  }

  /** A length in the subject's unit, in CSS pixels. */
  #length(value: number): number {
    return (value * this.projection.scaleX) / this.#controller.frame.spacing[0];
  }

  #paintStroke(context: CanvasRenderingContext2D, path: readonly number[], radius: number, erase: boolean): void {
    const { projection } = this;
    context.save();
    context.globalAlpha = 0.5;
    context.strokeStyle = erase ? "#000000" : this.#controller.active.color;
    context.lineWidth = 2 * this.#length(radius);
    context.lineCap = "round";
    context.lineJoin = "round";
    context.beginPath();
    for (let n = 0; n < path.length; n += 2) context.lineTo(...toStage(projection, path[n], path[n + 1]));
    // A single dot.
    if (path.length === 2) context.lineTo(...toStage(projection, path[0], path[1]));
    context.stroke();
    context.restore();
  }

  /** The brush at the pointer or the keyboard cursor. */
  #paintBrush(context: CanvasRenderingContext2D, at: Pixel): void {
    const { local } = this.#controller;
    const [x, y] = toStage(this.projection, at.x, at.y);
    for (const [style, width] of [
      ["#000000", 3],
      ["#ffffff", 1.2],
    ] as const) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, Math.max(1.5, this.#length(local.brush)), 0, 2 * Math.PI);
      context.stroke();
    }
  }

  #paintLabels(): void {
    const { state, window } = this.#controller;
    this.#picture.showLetters();
    this.#picture.scale.hidden = state.subject.unit !== "mm";
    this.#picture.showScale(this.size.width / 4, 30, longestBar);
    setText(this.#levels, levelsText(window));
  }

  #describe(): void {
    const { state, active, crossedFrom } = this.#controller;
    const where = placeText(state);
    const prompts = `${state.prompts.length} prompt${state.prompts.length === 1 ? "" : "s"}`;
    const from = crossedFrom && `, mask of ${active.name} from ${crossedFrom}`;
    setAttributes(this.surface, {
      "aria-label": `${state.subject.source}, ${where}, ${prompts}${from}. Press question mark for the keys.`,
    });
  }
}
