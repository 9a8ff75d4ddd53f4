import { randomUUID } from "node:crypto";
import { kernelContext, type MimeBundle } from "../context.js";
import { displayIdOf, encodeBinary, formatValue, isMimeBundle } from "./format.js";

/** Something shown under a cell that can be changed later. */
export interface DisplayHandle {
  readonly id: string;
  /** Shows another value in the same place, wherever that place has been shown. */
  update(value: unknown): void;
}

/**
 * Shows a value under the cell that runs now: an image, a widget, anything with a `Symbol.for("Jupyter.display")` method, content by
 * MIME type, or any other value as text.
 *
 * @example
 * const shown = display({ "text/html": "<b>working …</b>" });
 * shown.update({ "text/html": "<b>done</b>" });
 */
export function display(value: unknown, options: { displayId?: string } = {}): DisplayHandle {
  const context = kernelContext("display");
  const displayId = options.displayId ?? displayIdOf(value) ?? randomUUID();
  let before: Promise<void> | undefined;
  const show = (shown: unknown, update: boolean) => {
    const bundle = isMimeBundle(shown) ? encodeBinary(shown) : formatValue(shown);
    const send = (ready: MimeBundle) => context.display(ready, { displayId, update });
    if (before === undefined && !(bundle instanceof Promise)) return send(bundle);
    // One that is still being made comes first, and the cell is not done before it.
    before = Promise.all([bundle, before]).then(([ready]) => send(ready));
    context.keepBusy?.(before);
  };
  show(value, false);
  return { id: displayId, update: (next) => show(next, true) };
}

/** Removes what the running cell has shown so far; with `wait`, only when the next output arrives, so that nothing flickers. */
export function clearOutput(options: { wait?: boolean } = {}): void {
  kernelContext("clearOutput").clearOutput?.(options.wait ?? false);
}
