import {
  bindingsByKey,
  type KeyBinding,
  type SliceKeyContext,
  sliceBindings,
} from "../shared/slice-view/slice-keys.js";
import type { CompareController } from "./controller.js";

export type CompareKeyContext = SliceKeyContext<CompareController>;

export const compareKeys: readonly KeyBinding<CompareKeyContext>[] = [
  ...sliceBindings,
  { keys: ["s"], run: ({ controller }) => controller.show({ layout: "side-by-side" }) },
  { keys: ["l"], run: ({ controller }) => controller.show({ layout: "swipe" }) },
  { keys: ["b"], run: ({ controller }) => controller.blink() },
  { keys: ["Enter"], pictureOnly: true, run: ({ controller }) => controller.blink() },
  { keys: ["a"], run: ({ controller }) => toggleAgreement(controller) },
  ...Array.from(
    { length: 8 },
    (_, n): KeyBinding<CompareKeyContext> => ({ keys: [String(n + 1)], run: (context) => pick(context, n) }),
  ),
  { keys: [","], run: ({ controller }) => controller.moveSwipe(controller.local.swipe - 0.05) },
  { keys: ["."], run: ({ controller }) => controller.moveSwipe(controller.local.swipe + 0.05) },
  { keys: ["Escape"], run: (context) => stepBack(context) },
];

/** The binding of a key, or undefined. */
export const compareKeyOf = bindingsByKey(compareKeys);

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

/** Escape undoes one thing at a time, innermost first; the last one returns the keyboard to the notebook. */
function stepBack(context: CompareKeyContext): void {
  const { controller } = context;
  const { helpOpen, cursor } = controller.local;
  if (context.abandon()) return;
  if (helpOpen) controller.set({ helpOpen: false });
  else if (cursor) controller.setCursor(null);
  else context.leave();
}
