import type { Pixel } from "../../../src/core/pixels.js";
import type { BoxPrompt } from "../../../src/core/prompt.js";
import { nearestPixel, pixelAt, toPixel } from "../shared/slice-view/camera.js";
import type { Gesture, GestureHandlers } from "../shared/slice-view/gestures.js";
import type { Controller } from "./controller.js";
import { freehandGesture } from "./freehand.js";
import { boxBetween, cursorFor, hasArea, hitPrompt, isInside, movedBox, resizedBox } from "./hit.js";
import type { Stage } from "./stage.js";

/** Distance from a prompt's mark that counts as on it, in CSS pixels. */
const reach = { mouse: 10, touch: 20 };

/** Clicks and drags on the picture as points and boxes. */
export class PromptGestures implements GestureHandlers {
  readonly #controller: Controller;
  readonly #stage: Stage;

  constructor(controller: Controller, stage: Stage) {
    this.#controller = controller;
    this.#stage = stage;
    // Using the mouse discards the corner set with the keyboard.
    stage.surface.addEventListener("pointerdown", () => controller.set({ cursorBox: null }));
  }

  begin(event: PointerEvent, x: number, y: number): Gesture {
    if (this.#controller.isBrushing) return this.#painting(x, y, event.shiftKey);
    if (this.#controller.isFreehand) {
      const opposite = this.#controller.local.opposite !== event.shiftKey;
      return freehandGesture(this.#controller, () => this.#stage.projection, x, y, opposite);
    }
    const hit = hitPrompt(this.#controller.state.prompts, this.#stage.projection, x, y, reachOf(event));
    if (hit?.kind === "point") return this.#moving(hit.prompt);
    if (hit?.kind === "box") return this.#resizing(hit);
    return this.#placing(x, y, event.shiftKey);
  }

  cursor(event: PointerEvent, x: number, y: number): string {
    const { box, local, frame } = this.#controller;
    if (this.#controller.isFreehand) return "crosshair";
    this.#controller.set({ brushAt: this.#fraction(x, y) });
    // In the picture the brush itself is drawn.
    if (this.#controller.isBrushing) return pixelAt(frame, this.#stage.projection, x, y) ? "none" : "crosshair";
    const hit = hitPrompt(this.#controller.state.prompts, this.#stage.projection, x, y, reachOf(event));
    if (!hit && box && local.tool === "box" && isInside(box.box, ...this.#pixel(x, y))) return "move";
    return cursorFor(hit);
  }

  /** Places a point with the opposite label. */
  secondaryClick(x: number, y: number): void {
    if (this.#controller.isBrushing || this.#controller.local.tool === "lasso") return;
    this.#click(x, y, true);
  }

  #pixel(x: number, y: number): [number, number] {
    return nearestPixel(this.#controller.frame, this.#stage.projection, x, y);
  }

  #fraction(x: number, y: number): { x: number; y: number } {
    const [px, py] = toPixel(this.#stage.projection, x, y);
    return { x: px, y: py };
  }

  /** A click places a point, a drag a box; a drag from inside the box moves it. */
  #placing(startX: number, startY: number, opposite: boolean): Gesture {
    const controller = this.#controller;
    const start = this.#pixel(startX, startY);
    const { box: old, frame, seen: target } = controller;
    const held = old && isInside(old.box, ...start) ? old : null;
    const boxTo = (x: number, y: number): BoxPrompt => {
      const [px, py] = this.#pixel(x, y);
      return held ? movedBox(held.box, px - start[0], py - start[1], frame) : boxBetween(...start, px, py);
    };
    const click = this.#clickAt(startX, startY, opposite);
    if (click && controller.local.tool !== "box") controller.press(...click);
    return {
      move: (x, y) => controller.set({ rubber: boxTo(x, y), resizing: held !== null, selected: held?.id ?? null }),
      end: (x, y, clicked) => {
        controller.set({ rubber: null, resizing: false });
        if (!clicked) {
          const box = boxTo(x, y);
          if (held) controller.addBox(box, target);
          else if (hasArea(box)) controller.placeBox(box, target);
        } else if (controller.local.tool !== "box") {
          if (click) controller.addPoint(...click, target);
        } else controller.note("Drag to draw a box.");
      },
      cancel: () => controller.set({ rubber: null, resizing: false }),
    };
  }

  /** A brush stroke; `opposite` swaps adding and erasing. */
  #painting(x: number, y: number, opposite: boolean): Gesture {
    const controller = this.#controller;
    const erase = (controller.local.tool === "eraser") !== opposite;
    // The wheel may turn meanwhile, or code make another object active.
    const { seen: target } = controller;
    let path: readonly number[] = [];
    const goOn = (toX: number, toY: number) => {
      path = [...path, ...toPixel(this.#stage.projection, toX, toY)];
      controller.set({ stroke: { path, erase }, brushAt: this.#fraction(toX, toY) });
    };
    goOn(x, y);
    return {
      move: goOn,
      end: (toX, toY, clicked) => {
        if (!clicked) goOn(toX, toY);
        controller.set({ stroke: null });
        controller.paint(path, erase, target);
      },
      cancel: () => controller.set({ stroke: null }),
    };
  }

  #click(x: number, y: number, opposite: boolean): void {
    const click = this.#clickAt(x, y, opposite);
    if (click) this.#controller.addPoint(...click, this.#controller.seen);
  }

  /** The point that a click sets there; null outside the picture. */
  #clickAt(x: number, y: number, opposite: boolean): [pixel: Pixel, label: 0 | 1] | null {
    const pixel = pixelAt(this.#controller.frame, this.#stage.projection, x, y);
    if (!pixel) return null;
    const { tool, opposite: isOpposite } = this.#controller.local;
    const include = (tool !== "exclude" && !isOpposite) !== opposite;
    return [{ x: pixel[0], y: pixel[1] }, include ? 1 : 0];
  }

  #moving(prompt: number): Gesture {
    const controller = this.#controller;
    const { seen: target } = controller;
    return {
      move: (x, y) => {
        const [px, py] = this.#pixel(x, y);
        controller.set({ moving: { prompt, x: px, y: py }, selected: prompt });
      },
      end: (_x, _y, clicked) => {
        const { moving } = controller.local;
        controller.set({ moving: null, selected: prompt });
        if (!clicked && moving) controller.mark({ kind: "move-point", ...target, prompt, x: moving.x, y: moving.y });
      },
      cancel: () => controller.set({ moving: null }),
    };
  }

  #resizing(hit: { prompt: number; box: BoxPrompt; h: -1 | 0 | 1; v: -1 | 0 | 1 }): Gesture {
    const controller = this.#controller;
    const { seen: target } = controller;
    const to = (x: number, y: number) => resizedBox(hit.box, hit.h, hit.v, ...this.#pixel(x, y));
    return {
      move: (x, y) => {
        const box = to(x, y);
        controller.set({ rubber: boxBetween(...box), resizing: true, selected: hit.prompt });
      },
      end: (x, y, clicked) => {
        controller.set({ rubber: null, resizing: false, selected: hit.prompt });
        const box = boxBetween(...to(x, y));
        if (!clicked && hasArea(box)) controller.addBox(box, target);
      },
      cancel: () => controller.set({ rubber: null, resizing: false }),
    };
  }
}

function reachOf(event: PointerEvent): number {
  return event.pointerType === "touch" ? reach.touch : reach.mouse;
}
