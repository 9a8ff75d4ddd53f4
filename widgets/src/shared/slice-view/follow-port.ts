import type { Lifecycle } from "../lifecycle.js";
import { busyAfter } from "../pending.js";
import type { SliceController, SliceLocal, SliceState } from "./slice-controller.js";

type Followed = Pick<
  SliceController<SliceState, { readonly kind: string }, SliceLocal>,
  "port" | "pending" | "received" | "note" | "end"
>;

/**
 * Notifies the controller of everything that the kernel sends, and of a kernel that does not answer, until the view
 * ends.
 */
export function followPort(controller: Followed, lifecycle: Lifecycle, invalidate: () => void): void {
  const { port, pending } = controller;
  port.onChange(() => controller.received(), lifecycle.signal);
  port.onNote((text) => controller.note(text), lifecycle.signal);
  // The age of an unanswered intent changes without any event.
  const clock = setInterval(() => {
    if (pending.age(performance.now()) > busyAfter) invalidate();
  }, busyAfter / 2);
  lifecycle.onEnd(() => {
    clearInterval(clock);
    controller.end();
  });
}
