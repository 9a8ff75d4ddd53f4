import type { HeldKeys } from "../keyboard.js";
import type { Lifecycle } from "../lifecycle.js";
import { type Projection, panBy, pixelAt, type Size, zoomAt } from "./camera.js";
import type { SliceController, SliceLocal, SliceState } from "./slice-controller.js";

/** Pointer travel in CSS pixels up to which a press counts as a click. */
const clickSlop = 4;
/** Wheel travel per slice, in CSS pixels: less than one mouse notch, so that each notch is one slice. */
const wheelStep = 40;

/** A press in progress. */
export interface Gesture {
  move(x: number, y: number): void;
  /** `clicked`: the pointer has not moved. */
  end(x: number, y: number, clicked: boolean): void;
  cancel(): void;
}

/** A picture of a slice that receives pointer and wheel events. */
export interface GestureStage {
  readonly surface: HTMLCanvasElement;
  readonly size: Size;
  readonly projection: Projection;
}

type AnyController = SliceController<SliceState, { readonly kind: string }, SliceLocal>;

/** Widget-specific presses; positions are CSS pixels on the stage. */
export interface GestureHandlers {
  /** A press of the main button. */
  begin(event: PointerEvent, x: number, y: number): Gesture;
  /** The cursor while nothing is pressed. */
  cursor(event: PointerEvent, x: number, y: number): string;
  /** A click with the secondary button. */
  secondaryClick(x: number, y: number): void;
}

/**
 * Turns pointer and wheel events on a stage into slice, zoom, pan and window changes, and forwards presses of the main
 * button.
 */
export class Gestures {
  readonly #controller: Pick<AnyController, "set" | "local" | "frame" | "state" | "window" | "dragWindow" | "step">;
  readonly #stage: GestureStage;
  readonly #held: HeldKeys;
  readonly #handlers: GestureHandlers;
  readonly #touches = new Map<number, { x: number; y: number }>();
  #gesture: { id: number; startX: number; startY: number; traveled: boolean; action: Gesture } | null = null;
  #wheel = 0;

  constructor(
    controller: Pick<AnyController, "set" | "local" | "frame" | "state" | "window" | "dragWindow" | "step">,
    stage: GestureStage,
    held: HeldKeys,
    handlers: GestureHandlers,
    lifecycle: Lifecycle,
  ) {
    this.#controller = controller;
    this.#stage = stage;
    this.#held = held;
    this.#handlers = handlers;
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
      if (this.#touches.size > 1) this.abandon();
    }
    if (this.#gesture || this.#touches.size > 1) return;
    this.#controller.set({ cursor: null });
    const action = this.#begin(event, x, y);
    this.#gesture = { id: event.pointerId, startX: x, startY: y, traveled: false, action };
  }

  #begin(event: PointerEvent, x: number, y: number): Gesture {
    const secondary = event.button === 2 || (event.button === 0 && event.ctrlKey);
    if (event.button === 1 || this.#held.space) return this.panning(x, y);
    if (secondary || this.#held.window) return this.#windowing(x, y, secondary);
    return this.#handlers.begin(event, x, y);
  }

  #move(event: PointerEvent): void {
    const [x, y] = [event.offsetX, event.offsetY];
    if (this.#touches.size === 2 && this.#touches.has(event.pointerId)) {
      this.#pinch(event.pointerId, x, y);
      return;
    }
    const { frame } = this.#controller;
    const pixel = pixelAt(frame, this.#stage.projection, x, y);
    this.#controller.set({ pointer: pixel && { x: pixel[0], y: pixel[1] } });
    const gesture = this.#gesture;
    if (gesture?.id === event.pointerId) {
      gesture.traveled ||= Math.hypot(x - gesture.startX, y - gesture.startY) > clickSlop;
      if (gesture.traveled) gesture.action.move(x, y);
    } else if (!gesture) {
      this.#stage.surface.style.cursor = this.#held.space ? "grab" : this.#handlers.cursor(event, x, y);
    }
  }

  #up(event: PointerEvent): void {
    this.#touches.delete(event.pointerId);
    const gesture = this.#gesture;
    if (gesture?.id !== event.pointerId) return;
    this.#gesture = null;
    gesture.action.end(event.offsetX, event.offsetY, !gesture.traveled);
  }

  #cancel(event: PointerEvent): void {
    this.#touches.delete(event.pointerId);
    if (this.#gesture?.id === event.pointerId) this.abandon();
  }

  /** Cancels the current gesture, on Esc, a second finger, or lost pointer capture. True if there was one. */
  abandon(): boolean {
    const gesture = this.#gesture;
    this.#gesture = null;
    gesture?.action.cancel();
    return gesture !== null;
  }

  /** A drag that pans the picture. */
  panning(startX: number, startY: number): Gesture {
    const controller = this.#controller;
    const { camera } = controller.local;
    return {
      move: (x, y) =>
        controller.set({ camera: panBy(controller.frame, this.#stage.size, camera, x - startX, y - startY) }),
      end: () => {},
      cancel: () => controller.set({ camera }),
    };
  }

  /** Right-button drag: horizontal changes the width, vertical the level, as on radiology workstations. */
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
        if (clicked && secondary) this.#handlers.secondaryClick(startX, startY);
        if (!clicked && window) controller.dragWindow(...at(x, y), true);
      },
      cancel: () => window && controller.dragWindow(window.low, window.high, true),
    };
  }

  /** Two-finger zoom and pan. */
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
   * Ctrl or ⌘ with the wheel (also sent by a touchpad pinch) zooms. The plain wheel changes the slice, but only if the
   * picture has the focus; otherwise, and on pictures without slices, the page scrolls.
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
    // At most one slice per event: a fast flick would skip through the volume.
    controller.step(this.#wheel > 0 ? -1 : 1);
    this.#wheel = 0;
  }
}
