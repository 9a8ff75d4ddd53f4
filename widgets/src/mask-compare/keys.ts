import { clamp, type Size, zoomAt } from "../shared/camera.js";
import type { CompareController } from "./controller.js";

/** What key handlers can access. */
export interface CompareKeyContext {
  readonly controller: CompareController;
  /** The focused picture, or else the first one. */
  readonly stage: { readonly size: Size };
  /** Returns the keyboard to the notebook. */
  leave(): void;
  /** Cancels a drag in progress; true if there was one. */
  abandon(): boolean;
  /** Announces the keyboard cursor position to screen readers. */
  sayCursor(): void;
}

interface CompareKey {
  /** In the format of `keyName`. */
  readonly keys: readonly string[];
  run(context: CompareKeyContext): void;
  /** Only if a picture has the focus: buttons and the strip need these keys. */
  readonly pictureOnly?: boolean;
}

/** Step for Shift with a slice key (slices) or a cursor key (voxels). */
const bigStep = 10;

const slice = (by: number) => (context: CompareKeyContext) => context.controller.step(by);

export const compareKeys: readonly CompareKey[] = [
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
  { keys: ["s"], run: ({ controller }) => controller.show({ layout: "side-by-side" }) },
  { keys: ["l"], run: ({ controller }) => controller.show({ layout: "swipe" }) },
  { keys: ["b"], run: ({ controller }) => controller.blink() },
  { keys: ["Enter"], pictureOnly: true, run: ({ controller }) => controller.blink() },
  { keys: ["a"], run: ({ controller }) => toggleAgreement(controller) },
  ...Array.from({ length: 8 }, (_, n): CompareKey => ({ keys: [String(n + 1)], run: (context) => pick(context, n) })),
  { keys: [","], run: ({ controller }) => controller.moveSwipe(controller.local.swipe - 0.05) },
  { keys: ["."], run: ({ controller }) => controller.moveSwipe(controller.local.swipe + 0.05) },
  { keys: ["k"], pictureOnly: true, run: (context) => toggleCursor(context) },
  { keys: ["h"], run: ({ controller }) => controller.set({ masksHidden: !controller.local.masksHidden }) },
  { keys: ["["], run: ({ controller }) => opacity(controller, -0.1) },
  { keys: ["]"], run: ({ controller }) => opacity(controller, 0.1) },
  { keys: ["x"], run: ({ controller }) => controller.set({ crosshair: !controller.local.crosshair }) },
  { keys: ["+", "="], run: (context) => zoom(context, 1.25) },
  { keys: ["-"], run: (context) => zoom(context, 0.8) },
  { keys: ["0", "r"], run: ({ controller }) => controller.resetView() },
  { keys: ["?"], run: ({ controller }) => controller.set({ helpOpen: !controller.local.helpOpen }) },
  { keys: ["Escape"], run: (context) => stepBack(context) },
];

const byKey = new Map(compareKeys.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));

/** The binding of a key, or undefined. */
export function compareKeyOf(name: string, onPicture: boolean): CompareKey | undefined {
  const binding = byKey.get(name);
  return binding?.pictureOnly && !onPicture ? undefined : binding;
}

function toggleAgreement(controller: CompareController): void {
  controller.show({ paint: controller.display.paint === "agreement" ? "masks" : "agreement" });
}

/** Shows a mask alone, or left of the divider. */
function pick({ controller }: CompareKeyContext, n: number): void {
  const mask = controller.state.masks[n];
  if (!mask) return;
  controller.set({ current: mask.id });
  if (controller.display.layout === "side-by-side") controller.show({ layout: "blink" });
}

/** Moves the keyboard cursor; without one, up and down change the slice. */
function arrow(context: CompareKeyContext, dx: number, dy: number): void {
  const { controller } = context;
  const { cursor } = controller.local;
  if (cursor) moveCursor(context, cursor.x + dx, cursor.y + dy);
  else controller.step(-dy);
}

function moveCursor({ controller, sayCursor }: CompareKeyContext, x: number, y: number): void {
  const { width, height } = controller.frame;
  controller.set({ cursor: { x: clamp(x, 0, width - 1), y: clamp(y, 0, height - 1) } });
  sayCursor();
}

function toggleCursor(context: CompareKeyContext): void {
  const { controller } = context;
  const { cursor, pointer, camera } = controller.local;
  if (cursor) controller.set({ cursor: null });
  else moveCursor(context, pointer?.x ?? Math.floor(camera.x), pointer?.y ?? Math.floor(camera.y));
}

function opacity(controller: CompareController, by: number): void {
  controller.set({ opacity: clamp(Math.round((controller.local.opacity + by) * 20) / 20, 0, 1), masksHidden: false });
}

function zoom({ controller, stage }: CompareKeyContext, factor: number): void {
  const { width, height } = stage.size;
  const { camera } = controller.local;
  controller.set({ camera: zoomAt(controller.frame, stage.size, camera, factor, width / 2, height / 2) });
}

/** Escape undoes one thing at a time, innermost first; the last one returns the keyboard to the notebook. */
function stepBack(context: CompareKeyContext): void {
  const { controller } = context;
  const { helpOpen, cursor } = controller.local;
  if (context.abandon()) return;
  if (helpOpen) controller.set({ helpOpen: false });
  else if (cursor) controller.set({ cursor: null });
  else context.leave();
}
