import type { Controller } from "./controller.js";

/** Points or means for Page up and down. */
const bigStep = 10;

/** What a key does, by the name of {@link keyName}; undefined if nothing. Buttons need their own keys: all but Escape only `onPlot`. */
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

/** One thing after the other; at last the keyboard goes back to the notebook. */
function stepBack(controller: Controller, leave: () => void): void {
  if (controller.cursor) controller.dismissCursor();
  else if (controller.state.selection && controller.port.live) controller.deselect();
  else leave();
}
