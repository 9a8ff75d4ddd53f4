import type { Gesture, GestureHandlers, Gestures } from "../shared/slice-view/gestures.js";
import type { CompareController } from "./controller.js";
import type { Panel } from "./panel.js";

/** Distance from the divider that counts as on it, in CSS pixels. */
const reach = 12;

/** Dragging moves the picture, or the divider between two masks. */
export class CompareGestures implements GestureHandlers {
  readonly #controller: CompareController;
  readonly #panel: Panel;
  readonly #gestures: () => Gestures;

  constructor(controller: CompareController, panel: Panel, gestures: () => Gestures) {
    this.#controller = controller;
    this.#panel = panel;
    this.#gestures = gestures;
  }

  begin(_event: PointerEvent, x: number, y: number): Gesture {
    if (!this.#isOnLine(x)) return this.#gestures().panning(x, y);
    const controller = this.#controller;
    const { swipe } = controller.local;
    const to = (at: number) => controller.moveSwipe(at / this.#panel.size.width);
    return { move: to, end: to, cancel: () => controller.moveSwipe(swipe) };
  }

  cursor(_event: PointerEvent, x: number): string {
    return this.#isOnLine(x) ? "ew-resize" : "";
  }

  /** No-op: this widget has no prompts to place. */
  secondaryClick(): void {}

  #isOnLine(x: number): boolean {
    return this.#panel.isSwipe && Math.abs(x - this.#controller.local.swipe * this.#panel.size.width) <= reach;
  }
}
