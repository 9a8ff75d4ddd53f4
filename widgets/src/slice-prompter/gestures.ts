import type { BoxPrompt } from "../../../src/core/prompt.js";
import { nearestPixel, panBy, pixelAt, zoomAt } from "../shared/camera.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import type { Controller } from "./controller.js";
import { boxBetween, cursorFor, hasArea, hitPrompt, resizedBox } from "./hit.js";
import type { Stage } from "./stage.js";

/** Pointer travel in CSS pixels up to which a press counts as a click. */
const clickSlop = 4;
/** How near to a prompt's mark counts as on it, in CSS pixels. */
const reach = { mouse: 10, touch: 20 };
/** Wheel travel for one slice, in CSS pixels: less than one notch of a mouse, so that each notch is a slice. */
const wheelStep = 40;

/** What a press has turned out to be. */
interface Gesture {
  move(x: number, y: number): void;
  /** `clicked`: the pointer has not travelled. */
  end(x: number, y: number, clicked: boolean): void;
  cancel(): void;
}

/** Keys that change what a drag means while they are held. */
export interface HeldKeys {
  space: boolean;
  window: boolean;
}

/** Turns pointer and wheel events on the stage into intents. */
export class Gestures {
  readonly #controller: Controller;
  readonly #stage: Stage;
  readonly #held: HeldKeys;
  readonly #touches = new Map<number, { x: number; y: number }>();
  #gesture: { id: number; startX: number; startY: number; travelled: boolean; deed: Gesture } | null = null;
  #wheel = 0;

  constructor(controller: Controller, stage: Stage, held: HeldKeys, lifecycle: Lifecycle) {
    this.#controller = controller;
    this.#stage = stage;
    this.#held = held;
    const { surface } = stage;
    const { signal } = lifecycle;
    surface.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    surface.addEventListener("pointermove", (event) => this.#move(event), { signal });
    surface.addEventListener("pointerup", (event) => this.#up(event), { signal });
    surface.addEventListener("pointercancel", (event) => this.#cancel(event), { signal });
    surface.addEventListener("pointerleave", () => controller.set({ pointer: null }), { signal });
    surface.addEventListener("wheel", (event) => this.#scroll(event), { signal, passive: false });
    surface.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  }

  #down(event: PointerEvent): void {
    const { surface } = this.#stage;
    const [x, y] = [event.offsetX, event.offsetY];
    surface.focus({ preventScroll: true });
    surface.setPointerCapture(event.pointerId);
    // Middle button: no autoscroll. Left: no text selection.
    event.preventDefault();
    if (event.pointerType === "touch") {
      this.#touches.set(event.pointerId, { x, y });
      if (this.#touches.size > 1) this.#drop();
    }
    if (this.#gesture || this.#touches.size > 1) return;
    this.#controller.set({ cursor: null, cursorBox: null });
    const deed = this.#begin(event, x, y);
    this.#gesture = { id: event.pointerId, startX: x, startY: y, travelled: false, deed };
  }

  #begin(event: PointerEvent, x: number, y: number): Gesture {
    const secondary = event.button === 2 || (event.button === 0 && event.ctrlKey);
    if (event.button === 1 || this.#held.space) return this.#panning(x, y);
    if (secondary || this.#held.window) return this.#windowing(x, y, secondary);
    const { state } = this.#controller;
    const hit = hitPrompt(state.prompts, this.#stage.projection, x, y, reachOf(event));
    if (hit?.kind === "point") return this.#moving(hit.prompt);
    if (hit?.kind === "box") return this.#resizing(hit);
    return this.#placing(x, y, event.shiftKey);
  }

  #move(event: PointerEvent): void {
    const [x, y] = [event.offsetX, event.offsetY];
    if (this.#touches.size === 2 && this.#touches.has(event.pointerId)) {
      this.#pinch(event.pointerId, x, y);
      return;
    }
    const { frame, state } = this.#controller;
    const pixel = pixelAt(frame, this.#stage.projection, x, y);
    this.#controller.set({ pointer: pixel && { x: pixel[0], y: pixel[1] } });
    const gesture = this.#gesture;
    if (gesture?.id === event.pointerId) {
      gesture.travelled ||= Math.hypot(x - gesture.startX, y - gesture.startY) > clickSlop;
      if (gesture.travelled) gesture.deed.move(x, y);
    } else if (!gesture) {
      const hit = hitPrompt(state.prompts, this.#stage.projection, x, y, reachOf(event));
      this.#stage.surface.style.cursor = this.#held.space ? "grab" : cursorFor(hit);
    }
  }

  #up(event: PointerEvent): void {
    this.#touches.delete(event.pointerId);
    const gesture = this.#gesture;
    if (gesture?.id !== event.pointerId) return;
    this.#gesture = null;
    gesture.deed.end(event.offsetX, event.offsetY, !gesture.travelled);
  }

  #cancel(event: PointerEvent): void {
    this.#touches.delete(event.pointerId);
    if (this.#gesture?.id === event.pointerId) this.#drop();
  }

  /** Gives up the gesture at work: Esc, a second finger, or the browser took the pointer. True if there was one. */
  abandon(): boolean {
    return this.#drop();
  }

  #drop(): boolean {
    const gesture = this.#gesture;
    this.#gesture = null;
    gesture?.deed.cancel();
    return gesture !== null;
  }

  #pixel(x: number, y: number): [number, number] {
    return nearestPixel(this.#controller.frame, this.#stage.projection, x, y);
  }

  /** A click places a point, a drag a box. */
  #placing(startX: number, startY: number, opposite: boolean): Gesture {
    const controller = this.#controller;
    const start = this.#pixel(startX, startY);
    const boxTo = (x: number, y: number): BoxPrompt => boxBetween(...start, ...this.#pixel(x, y));
    return {
      move: (x, y) => controller.set({ rubber: boxTo(x, y), selected: null }),
      end: (x, y, clicked) => {
        controller.set({ rubber: null });
        if (!clicked) {
          const box = boxTo(x, y);
          if (hasArea(box)) controller.addBox(box);
        } else if (controller.local.tool !== "box") this.#click(startX, startY, opposite);
        else controller.note("Drag to draw a box.");
      },
      cancel: () => controller.set({ rubber: null }),
    };
  }

  #click(x: number, y: number, opposite: boolean): void {
    const pixel = pixelAt(this.#controller.frame, this.#stage.projection, x, y);
    if (!pixel) return;
    const include = (this.#controller.local.tool !== "exclude") !== opposite;
    this.#controller.addPoint({ x: pixel[0], y: pixel[1] }, include ? 1 : 0);
  }

  #moving(prompt: number): Gesture {
    const controller = this.#controller;
    return {
      move: (x, y) => {
        const [px, py] = this.#pixel(x, y);
        controller.set({ moving: { prompt, x: px, y: py }, selected: prompt });
      },
      end: (_x, _y, clicked) => {
        const { moving } = controller.local;
        controller.set({ moving: null, selected: prompt });
        if (!clicked && moving) controller.send({ kind: "move-point", prompt, x: moving.x, y: moving.y });
      },
      cancel: () => controller.set({ moving: null }),
    };
  }

  #resizing(hit: { prompt: number; box: BoxPrompt; h: -1 | 0 | 1; v: -1 | 0 | 1 }): Gesture {
    const controller = this.#controller;
    const to = (x: number, y: number) => resizedBox(hit.box, hit.h, hit.v, ...this.#pixel(x, y));
    return {
      move: (x, y) => {
        const box = to(x, y);
        controller.set({ rubber: boxBetween(...box), resizing: true, selected: hit.prompt });
      },
      end: (x, y, clicked) => {
        controller.set({ rubber: null, resizing: false, selected: hit.prompt });
        const box = boxBetween(...to(x, y));
        if (!clicked && hasArea(box)) controller.addBox(box);
      },
      cancel: () => controller.set({ rubber: null, resizing: false }),
    };
  }

  #panning(startX: number, startY: number): Gesture {
    const controller = this.#controller;
    const { camera } = controller.local;
    return {
      move: (x, y) =>
        controller.set({ camera: panBy(controller.frame, this.#stage.size, camera, x - startX, y - startY) }),
      end: () => {},
      cancel: () => controller.set({ camera }),
    };
  }

  /** Right drag: sideways the width, up and down the level, as at a radiologist's workstation. A right click places the opposite point. */
  #windowing(startX: number, startY: number, secondary: boolean): Gesture {
    const controller = this.#controller;
    const { window, state } = controller;
    const span = state.window ? state.window.presets[0].high - state.window.presets[0].low : 1;
    const perPixel = span / 256;
    const at = (x: number, y: number) => {
      const width = Math.max(span / 1000, window!.high - window!.low + (x - startX) * perPixel);
      const level = (window!.high + window!.low) / 2 + (y - startY) * perPixel;
      return [level - width / 2, level + width / 2] as const;
    };
    return {
      move: (x, y) => window && controller.dragWindow(...at(x, y)),
      end: (x, y, clicked) => {
        if (clicked && secondary) this.#click(startX, startY, true);
        if (!clicked && window) controller.dragWindow(...at(x, y), true);
      },
      cancel: () => window && controller.dragWindow(window.low, window.high, true),
    };
  }

  /** Two fingers zoom and pan. */
  #pinch(id: number, x: number, y: number): void {
    const controller = this.#controller;
    const { size } = this.#stage;
    const moved = this.#touches.get(id)!;
    const [still] = [...this.#touches].filter(([other]) => other !== id).map(([, at]) => at);
    const before = Math.hypot(moved.x - still.x, moved.y - still.y);
    const after = Math.hypot(x - still.x, y - still.y);
    const [middleX, middleY] = [(moved.x + still.x) / 2, (moved.y + still.y) / 2];
    const zoomed = zoomAt(
      controller.frame,
      size,
      controller.local.camera,
      after / Math.max(before, 1),
      middleX,
      middleY,
    );
    const camera = panBy(controller.frame, size, zoomed, (x - moved.x) / 2, (y - moved.y) / 2);
    this.#touches.set(id, { x, y });
    controller.set({ camera });
  }

  /**
   * Ctrl or ⌘ with the wheel (which is also what a touchpad pinch sends) zooms. The plain wheel changes the slice, but only while the picture
   * has the focus; otherwise, and on pictures without slices, the page scrolls.
   */
  #scroll(event: WheelEvent): void {
    const controller = this.#controller;
    const delta = event.deltaY * (event.deltaMode === 1 ? wheelStep : event.deltaMode === 2 ? 400 : 1);
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const factor = Math.exp(-Math.max(-100, Math.min(100, delta)) / 250);
      const { offsetX, offsetY } = event;
      controller.set({
        camera: zoomAt(controller.frame, this.#stage.size, controller.local.camera, factor, offsetX, offsetY),
      });
      return;
    }
    if (document.activeElement !== this.#stage.surface || controller.frame.count === 1 || event.shiftKey) return;
    event.preventDefault();
    this.#wheel = Math.sign(delta) === Math.sign(this.#wheel) ? this.#wheel + delta : delta;
    if (Math.abs(this.#wheel) < wheelStep) return;
    // One event is one slice at most: a fast flick would tear through the volume.
    controller.step(this.#wheel > 0 ? -1 : 1);
    this.#wheel = 0;
  }
}

function reachOf(event: PointerEvent): number {
  return event.pointerType === "touch" ? reach.touch : reach.mouse;
}
