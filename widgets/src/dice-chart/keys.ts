import type { Controller } from "./controller.js";

/** Number of points or means to move with Page Up and Page Down. */
const bigStep = 10;

/**
 * The action of a key, by {@link keyName}; undefined if there is none. Except for Escape, only `onPlot`: buttons need
 * their own keys.
 */
export function keyAction(
  name: string,
  onPlot: boolean,
  controller: Controller,
  leave: () => void,
): (() => void) | undefined {
  if (name === "Escape") return () => stepBack(controller, leave);
  if (!onPlot) return undefined;
  switch (name) {
    case "ArrowDown":
    case "ArrowRight":
      return () => controller.step(1);
    case "ArrowUp":
    case "ArrowLeft":
      return () => controller.step(-1);
    case "PageDown":
      return () => controller.step(bigStep);
    case "PageUp":
      return () => controller.step(-bigStep);
    case "Home":
      return () => controller.step(Number.NEGATIVE_INFINITY);
    case "End":
      return () => controller.step(Number.POSITIVE_INFINITY);
    case "Enter":
      return () => {
        if (controller.cursor) controller.select(controller.cursor);
      };
    default:
      return undefined;
  }
}

/** Escape undoes one thing at a time; the last one returns the keyboard to the notebook. */
function stepBack(controller: Controller, leave: () => void): void {
  if (controller.cursor) controller.dismissCursor();
  else if (controller.state.selection && controller.port.live) controller.deselect();
  else leave();
}
