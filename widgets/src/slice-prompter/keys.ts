import { clamp, type Size, zoomAt } from "../shared/camera.js";
import type { Pixel } from "../shared/slice-controller.js";
import type { Controller, Tool } from "./controller.js";
import { boxBetween, hasArea } from "./hit.js";

/** What key handlers can access. */
export interface KeyContext {
  readonly controller: Controller;
  readonly stage: { readonly size: Size };
  /** Returns the keyboard to the notebook. */
  leave(): void;
  /** Cancels a drag in progress; true if there was one. */
  abandon(): boolean;
  /** Announces the keyboard cursor position to screen readers. */
  sayCursor(): void;
}

export interface KeyBinding {
  /** In the format of {@link keyName}. */
  readonly keys: readonly string[];
  run(context: KeyContext): void;
  /** Only if the picture has the focus: buttons and sliders need these keys. */
  readonly pictureOnly?: boolean;
}

/** Step for Shift with a slice key (slices) or a cursor key (voxels). */
const bigStep = 10;

const slice = (by: number) => (context: KeyContext) => context.controller.step(by);
const candidate = (n: number) => (context: KeyContext) => context.controller.choose(n);

export const bindings: readonly KeyBinding[] = [
  { keys: ["ArrowUp"], pictureOnly: true, run: (context) => arrow(context, 0, -1) },
  { keys: ["ArrowDown"], pictureOnly: true, run: (context) => arrow(context, 0, 1) },
  { keys: ["ArrowLeft"], pictureOnly: true, run: (context) => arrow(context, -1, 0) },
  { keys: ["ArrowRight"], pictureOnly: true, run: (context) => arrow(context, 1, 0) },
  { keys: ["Shift+ArrowUp"], pictureOnly: true, run: (context) => arrow(context, 0, -bigStep) },
  { keys: ["Shift+ArrowDown"], pictureOnly: true, run: (context) => arrow(context, 0, bigStep) },
  { keys: ["Shift+ArrowLeft"], pictureOnly: true, run: (context) => arrow(context, -bigStep, 0) },
  { keys: ["Shift+ArrowRight"], pictureOnly: true, run: (context) => arrow(context, bigStep, 0) },
  { keys: ["PageUp"], pictureOnly: true, run: slice(1) },
  { keys: ["PageDown"], pictureOnly: true, run: slice(-1) },
  { keys: ["Shift+PageUp"], pictureOnly: true, run: slice(bigStep) },
  { keys: ["Shift+PageDown"], pictureOnly: true, run: slice(-bigStep) },
  { keys: ["Home"], pictureOnly: true, run: ({ controller }) => controller.goTo(0) },
  { keys: ["End"], pictureOnly: true, run: ({ controller }) => controller.goTo(Number.MAX_SAFE_INTEGER) },
  { keys: ["i"], run: ({ controller }) => setTool(controller, "include") },
  { keys: ["e"], run: ({ controller }) => setTool(controller, "exclude") },
  { keys: ["b"], run: ({ controller }) => setTool(controller, "box") },
  { keys: ["d"], run: ({ controller }) => setTool(controller, "brush") },
  { keys: ["u"], run: ({ controller }) => setTool(controller, "eraser") },
  { keys: ["s"], run: ({ controller }) => setTool(controller, "scribble") },
  { keys: ["a"], run: ({ controller }) => controller.setTool("lasso") },
  { keys: ["<"], run: ({ controller }) => controller.scaleBrush(0.8) },
  { keys: [">"], run: ({ controller }) => controller.scaleBrush(1.25) },
  { keys: ["f"], run: ({ controller }) => controller.send({ kind: "fill-holes", place: controller.state.place }) },
  { keys: ["l"], run: ({ controller }) => controller.send({ kind: "largest-part", place: controller.state.place }) },
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
  { keys: ["k"], pictureOnly: true, run: (context) => toggleCursor(context) },
  { keys: ["Enter"], pictureOnly: true, run: (context) => place(context, false) },
  { keys: ["Shift+Enter"], pictureOnly: true, run: (context) => place(context, true) },
  { keys: ["Ctrl+z"], run: ({ controller }) => controller.send({ kind: "undo" }) },
  { keys: ["Ctrl+Shift+z", "Ctrl+y"], run: ({ controller }) => controller.send({ kind: "redo" }) },
  { keys: ["Delete", "Backspace"], run: ({ controller }) => controller.removeOne() },
  { keys: ["c"], run: ({ controller }) => controller.send({ kind: "clear" }) },
  { keys: ["1"], run: candidate(0) },
  { keys: ["2"], run: candidate(1) },
  { keys: ["3"], run: candidate(2) },
  { keys: ["o"], run: ({ controller }) => nextObject(controller) },
  { keys: ["n"], run: ({ controller }) => controller.send({ kind: "object-add" }) },
  { keys: ["h"], run: ({ controller }) => controller.set({ masksHidden: !controller.local.masksHidden }) },
  { keys: ["["], run: ({ controller }) => opacity(controller, -0.1) },
  { keys: ["]"], run: ({ controller }) => opacity(controller, 0.1) },
  { keys: ["v"], run: ({ controller }) => controller.toggleOverview() },
  { keys: ["x"], run: ({ controller }) => controller.set({ crosshair: !controller.local.crosshair }) },
  { keys: ["+", "="], run: (context) => zoom(context, 1.25) },
  { keys: ["-"], run: (context) => zoom(context, 0.8) },
  { keys: ["0", "r"], run: ({ controller }) => controller.resetView() },
  { keys: ["?"], run: ({ controller }) => controller.set({ helpOpen: !controller.local.helpOpen }) },
  { keys: ["Escape"], run: (context) => stepBack(context) },
];

const byKey = new Map(bindings.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));

/** The binding of a key, or undefined. */
export function bindingOf(name: string, onPicture: boolean): KeyBinding | undefined {
  const binding = byKey.get(name);
  return binding?.pictureOnly && !onPicture ? undefined : binding;
}

function setTool(controller: Controller, tool: Tool): void {
  const { prompts } = controller.state.model;
  if (tool === "box" ? !prompts.box : ["include", "exclude", "scribble"].includes(tool) && !prompts.points) {
    controller.note(prompts.note);
    return;
  }
  controller.setTool(tool);
  if (tool === "box" && controller.local.cursor) controller.note("Enter sets a corner of the box.");
}

/** Moves the keyboard cursor; without one, up and down change the slice. */
function arrow(context: KeyContext, dx: number, dy: number): void {
  const { controller } = context;
  const { cursor } = controller.local;
  if (!cursor && controller.frame.count > 1) {
    controller.step(-dy);
    return;
  }
  moveCursor(context, cursor ?? middle(context), cursor ? dx : 0, cursor ? dy : 0);
}

function moveCursor({ controller, sayCursor }: KeyContext, from: Pixel, dx: number, dy: number): void {
  const { width, height } = controller.frame;
  const cursor = { x: clamp(from.x + dx, 0, width - 1), y: clamp(from.y + dy, 0, height - 1) };
  const { cursorBox } = controller.local;
  controller.set({ cursor, rubber: cursorBox && boxBetween(cursorBox.x, cursorBox.y, cursor.x, cursor.y) });
  sayCursor();
}

function middle({ controller }: KeyContext): Pixel {
  const { camera, pointer } = controller.local;
  return pointer ?? { x: Math.floor(camera.x), y: Math.floor(camera.y) };
}

function toggleCursor(context: KeyContext): void {
  const { controller } = context;
  if (controller.local.cursor) {
    dismissCursor(controller);
    return;
  }
  moveCursor(context, middle(context), 0, 0);
}

function dismissCursor(controller: Controller): void {
  controller.set({ cursor: null, cursorBox: null, rubber: null });
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

function nextObject(controller: Controller): void {
  const { objects, active } = controller.state;
  const n = objects.findIndex(({ id }) => id === active);
  controller.send({ kind: "object-select", object: objects[(n + 1) % objects.length].id });
}

function opacity(controller: Controller, by: number): void {
  controller.set({ opacity: clamp(Math.round((controller.local.opacity + by) * 20) / 20, 0, 1), masksHidden: false });
}

function zoom({ controller, stage }: KeyContext, factor: number): void {
  const { width, height } = stage.size;
  controller.set({
    camera: zoomAt(controller.frame, stage.size, controller.local.camera, factor, width / 2, height / 2),
  });
}

/** Escape undoes one thing at a time, innermost first; the last one returns the keyboard to the notebook. */
function stepBack(context: KeyContext): void {
  const { controller } = context;
  const { helpOpen, cursorBox: corner, cursor, selected } = controller.local;
  if (context.abandon()) return;
  if (helpOpen) controller.set({ helpOpen: false });
  else if (corner) controller.set({ cursorBox: null, rubber: null });
  else if (cursor) dismissCursor(controller);
  else if (selected !== null) controller.set({ selected: null });
  else if (controller.state.work.phase === "propagating") controller.send({ kind: "cancel" });
  else context.leave();
}
