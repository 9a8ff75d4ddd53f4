import type { Pixel } from "../../../../src/core/pixels.js";
import { clamp, type Size, zoomAt } from "./camera.js";
import type { SliceController, SliceLocal, SliceState } from "./slice-controller.js";

type AnyController = SliceController<SliceState, { readonly kind: string }, SliceLocal>;

/** What key handlers can access. */
export interface SliceKeyContext<
  Controller extends Pick<AnyController, "local" | "frame" | "set" | "setCursor" | "step" | "goTo" | "resetView">,
> {
  readonly controller: Controller;
  /** The focused picture, or else the first one. */
  readonly stage: { readonly size: Size };
  /** Returns the keyboard to the notebook. */
  leave(): void;
  /** Cancels a drag in progress; true if there was one. */
  abandon(): boolean;
  /** Announces the keyboard cursor position to screen readers. */
  sayCursor(): void;
}

type Context = SliceKeyContext<
  Pick<AnyController, "local" | "frame" | "set" | "setCursor" | "step" | "goTo" | "resetView">
>;

export interface KeyBinding<C> {
  /** In the format of `keyName`. */
  readonly keys: readonly string[];
  run(context: C): void;
  /** Only if a picture has the focus: buttons and sliders need these keys. */
  readonly pictureOnly?: boolean;
}

/** Step for Shift with a slice key (slices) or a cursor key (voxels). */
const bigStep = 10;

const slice = (by: number) => (context: Context) => context.controller.step(by);

/** The keys of every widget that shows slices: slice, keyboard cursor, masks, zoom and help. Escape is the widget's. */
export const sliceBindings: readonly KeyBinding<Context>[] = [
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
  { keys: ["k"], pictureOnly: true, run: (context) => toggleCursor(context) },
  { keys: ["h"], run: ({ controller }) => controller.set({ masksHidden: !controller.local.masksHidden }) },
  { keys: ["["], run: (context) => opacity(context, -0.1) },
  { keys: ["]"], run: (context) => opacity(context, 0.1) },
  { keys: ["x"], run: ({ controller }) => controller.set({ crosshair: !controller.local.crosshair }) },
  { keys: ["+", "="], run: (context) => zoom(context, 1.25) },
  { keys: ["-"], run: (context) => zoom(context, 0.8) },
  { keys: ["0", "r"], run: ({ controller }) => controller.resetView() },
  { keys: ["?"], run: ({ controller }) => controller.set({ helpOpen: !controller.local.helpOpen }) },
];

/** Returns a function that finds the binding of a key; undefined if there is none. */
export function bindingsByKey<C>(
  bindings: readonly KeyBinding<C>[],
): (name: string, onPicture: boolean) => KeyBinding<C> | undefined {
  const byKey = new Map(bindings.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));
  return (name, onPicture) => {
    const binding = byKey.get(name);
    return binding?.pictureOnly && !onPicture ? undefined : binding;
  };
}

/** Turns the keyboard cursor on, where the pointer is or in the middle, or off. */
export function toggleCursor(context: Context): void {
  if (context.controller.local.cursor) context.controller.setCursor(null);
  else moveCursor(context, middle(context), 0, 0);
}

/** Moves the keyboard cursor; without one, up and down change the slice. */
function arrow(context: Context, dx: number, dy: number): void {
  const { controller } = context;
  const { cursor } = controller.local;
  if (cursor) moveCursor(context, cursor, dx, dy);
  else if (controller.frame.count > 1) controller.step(-dy);
  else moveCursor(context, middle(context), 0, 0);
}

function moveCursor({ controller, sayCursor }: Context, from: Pixel, dx: number, dy: number): void {
  const { width, height } = controller.frame;
  controller.setCursor({ x: clamp(from.x + dx, 0, width - 1), y: clamp(from.y + dy, 0, height - 1) });
  sayCursor();
}

function middle({ controller }: Context): Pixel {
  const { camera, pointer } = controller.local;
  return pointer ?? { x: Math.floor(camera.x), y: Math.floor(camera.y) };
}

function opacity({ controller }: Context, by: number): void {
  controller.set({ opacity: clamp(Math.round((controller.local.opacity + by) * 20) / 20, 0, 1), masksHidden: false });
}

function zoom({ controller, stage }: Context, factor: number): void {
  const { width, height } = stage.size;
  const { camera } = controller.local;
  controller.set({ camera: zoomAt(controller.frame, stage.size, camera, factor, width / 2, height / 2) });
}
