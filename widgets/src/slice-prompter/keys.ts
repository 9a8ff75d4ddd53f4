import type { Pixel } from "../../../src/core/pixels.js";
import {
  bindingsByKey,
  type KeyBinding,
  type SliceKeyContext,
  sliceBindings,
  toggleCursor,
} from "../shared/slice-view/slice-keys.js";
import type { Controller, Tool } from "./controller.js";
import { boxBetween, hasArea } from "./hit.js";

export type KeyContext = SliceKeyContext<Controller>;

const candidate = (n: number) => (context: KeyContext) => context.controller.choose(n);

export const bindings: readonly KeyBinding<KeyContext>[] = [
  ...sliceBindings,
  { keys: ["i"], run: ({ controller }) => setTool(controller, "include") },
  { keys: ["e"], run: ({ controller }) => setTool(controller, "exclude") },
  { keys: ["b"], run: ({ controller }) => setTool(controller, "box") },
  { keys: ["d"], run: ({ controller }) => setTool(controller, "brush") },
  { keys: ["u"], run: ({ controller }) => setTool(controller, "eraser") },
  { keys: ["s"], run: ({ controller }) => setTool(controller, "scribble") },
  { keys: ["a"], run: ({ controller }) => controller.setTool("lasso") },
  { keys: ["<"], run: ({ controller }) => controller.scaleBrush(0.8) },
  { keys: [">"], run: ({ controller }) => controller.scaleBrush(1.25) },
  { keys: ["f"], run: ({ controller }) => controller.send({ kind: "fill-holes", ...controller.target }) },
  { keys: ["l"], run: ({ controller }) => controller.send({ kind: "largest-part", ...controller.target }) },
  { keys: ["p"], run: ({ controller }) => controller.propagate() },
  { keys: ["y"], run: ({ controller }) => controller.toggleConfirmed() },
  { keys: ["j"], run: ({ controller }) => controller.nextDoubtful() },
  { keys: [","], run: ({ controller }) => controller.setRange("first", controller.wanted.index) },
  { keys: ["."], run: ({ controller }) => controller.setRange("last", controller.wanted.index) },
  {
    keys: ["t"],
    run: ({ controller }) => {
      const { tool } = controller.local;
      setTool(controller, controller.isFreehand ? tool : tool === "exclude" ? "include" : "exclude");
    },
  },
  { keys: ["Enter"], pictureOnly: true, run: (context) => place(context, false) },
  { keys: ["Shift+Enter"], pictureOnly: true, run: (context) => place(context, true) },
  { keys: ["Ctrl+z"], run: ({ controller }) => controller.send({ kind: "undo" }) },
  { keys: ["Ctrl+Shift+z", "Ctrl+y"], run: ({ controller }) => controller.send({ kind: "redo" }) },
  { keys: ["Delete", "Backspace"], run: ({ controller }) => controller.removeOne() },
  { keys: ["c"], run: ({ controller }) => controller.send({ kind: "clear", ...controller.target }) },
  { keys: ["1"], run: candidate(0) },
  { keys: ["2"], run: candidate(1) },
  { keys: ["3"], run: candidate(2) },
  { keys: ["o"], run: ({ controller }) => controller.send({ kind: "object-next" }) },
  { keys: ["n"], run: ({ controller }) => controller.send({ kind: "object-add" }) },
  { keys: ["v"], run: ({ controller }) => controller.toggleOverview() },
  { keys: ["Escape"], run: (context) => stepBack(context) },
];

/** The binding of a key, or undefined. */
export const bindingOf = bindingsByKey(bindings);

function setTool(controller: Controller, tool: Tool): void {
  const { prompts } = controller.state.model;
  if (tool === "box" ? !prompts.box : ["include", "exclude", "scribble"].includes(tool) && !prompts.points) {
    controller.note(prompts.note);
    return;
  }
  controller.setTool(tool);
  if (tool === "box" && controller.local.cursor) controller.note("Enter sets a corner of the box.");
}

/** Places a point, or the second corner of a box; without a cursor, creates one. */
function place(context: KeyContext, opposite: boolean): void {
  const { controller } = context;
  const { cursor, cursorBox, tool } = controller.local;
  if (!cursor) {
    toggleCursor(context);
    return;
  }
  if (tool === "box") {
    boxCorner(context, cursor, cursorBox);
    return;
  }
  if (controller.isBrushing) {
    controller.paint([cursor.x, cursor.y], (tool === "eraser") !== opposite);
    return;
  }
  if (tool === "lasso") {
    controller.note("The lasso needs a mouse or a finger; the brush (D) paints at the cursor.");
    return;
  }
  const isInclude = tool === "scribble" ? !controller.local.opposite : tool === "include";
  controller.addPoint(cursor, isInclude !== opposite ? 1 : 0);
}

function boxCorner({ controller }: KeyContext, cursor: Pixel, corner: Pixel | null): void {
  if (!corner) {
    controller.set({ cursorBox: cursor });
    controller.note("Move to the opposite corner and press Enter.");
    return;
  }
  const box = boxBetween(corner.x, corner.y, cursor.x, cursor.y);
  if (!hasArea(box)) {
    controller.note("The opposite corner must lie in another row and column: move there with the arrows.");
    return;
  }
  controller.set({ cursorBox: null, rubber: null, note: "" });
  controller.placeBox(box);
}

/** Escape undoes one thing at a time, innermost first; the last one returns the keyboard to the notebook. */
function stepBack(context: KeyContext): void {
  const { controller } = context;
  const { helpOpen, cursorBox: corner, cursor, selected } = controller.local;
  if (context.abandon()) return;
  if (helpOpen) controller.set({ helpOpen: false });
  else if (corner) controller.set({ cursorBox: null, rubber: null });
  else if (cursor) controller.setCursor(null);
  else if (selected !== null) controller.set({ selected: null });
  else if (!controller.stopPropagating()) context.leave();
}
