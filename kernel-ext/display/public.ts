import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import type { JsonObject } from "../comm/comm.js";
import { kernelContext } from "../context.js";
import { displayIdOf, formatBundle, formatMeanwhile, formatValue, isMimeBundle } from "./format.js";
import type { Shown } from "./shown.js";

/** Where a value is shown, and how. */
export interface DisplayOptions {
  /** The name of the place: whatever is updated under it changes in every place of that name. Default: a new one. */
  readonly displayId?: string;
  /** By MIME type, beside the value's own; `{ "image/png": { width: 320 } }` shows a picture 320 CSS pixels wide. */
  readonly metadata?: JsonObject;
}

/** Something shown under a cell that can be changed later. */
export interface DisplayHandle {
  /** The name of the place. */
  readonly id: string;
  /** Shows another value in the same place, wherever that place has been shown. */
  update(value: unknown, options?: Pick<DisplayOptions, "metadata">): void;
}

/**
 * Shows a value under the cell that runs now: an image, a widget, a value of samlab, a chart of Plotly, Vega or Vega-Lite, anything with a
 * `Symbol.for("Jupyter.display")` or a `toHtml` method, a Blob, content by MIME type, or any other value as text.
 *
 * @example
 * const shown = display({ "text/html": "<b>working …</b>" });
 * shown.update({ "text/html": "<b>done</b>" });
 */
export function display(value: unknown, options: DisplayOptions = {}): DisplayHandle {
  const context = kernelContext("display");
  const displayId = options.displayId ?? displayIdOf(value) ?? randomUUID();
  const place = new Place(({ data, metadata }, update) => context.display(data, { displayId, update, metadata }));
  place.show(value, options.metadata, context.keepBusy);
  const handle: DisplayHandle = {
    id: displayId,
    update: (next, { metadata } = {}) => place.show(next, metadata, context.keepBusy),
  };
  Object.defineProperty(handle, inspect.custom, { value: () => `DisplayHandle(${displayId})` });
  handles.add(handle);
  return handle;
}

const handles = new WeakSet<object>();

/** True for what {@link display} returns: as the value of a cell it says nothing that is not shown already. */
export function isDisplayHandle(value: unknown): boolean {
  return typeof value === "object" && value !== null && handles.has(value);
}

/** One place under a cell, in which one value follows the other, in the order in which they were given. */
class Place {
  readonly #send: (shown: Shown, update: boolean) => void;
  #isThere = false;
  #before: Promise<void> | undefined;

  constructor(send: (shown: Shown, update: boolean) => void) {
    this.#send = send;
  }

  show(
    value: unknown,
    metadata: JsonObject | undefined,
    keepBusy: ((work: Promise<unknown>) => void) | undefined,
  ): void {
    const content = contentOf(value);
    const ready = ({ data, metadata: own }: Shown) => this.#put({ data, metadata: merged(own, metadata) });
    if (this.#before === undefined && !(content instanceof Promise)) {
      ready(content);
      return;
    }
    // What takes its time gets its place now, so that what is printed meanwhile stands below it.
    if (!this.#isThere) this.#put(formatMeanwhile(value));
    const before = Promise.all([content, this.#before]).then(([late]) => ready(late));
    this.#before = before;
    // The cell is not done before it.
    keepBusy?.(before);
  }

  #put(shown: Shown): void {
    this.#send(shown, this.#isThere);
    this.#isThere = true;
  }
}

function contentOf(value: unknown): Shown | Promise<Shown> {
  return isMimeBundle(value) ? formatBundle(value) : formatValue(value);
}

/** Metadata of a call beside the value's own, type by type. */
function merged(own: JsonObject, given: JsonObject | undefined): JsonObject {
  if (!given) return own;
  const isFields = (value: unknown): value is JsonObject =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = Object.entries(given).map(([mime, fields]) => {
    const known = own[mime];
    return [mime, isFields(known) && isFields(fields) ? { ...known, ...fields } : fields];
  });
  return { ...own, ...Object.fromEntries(entries) };
}

/** Removes what the running cell has shown so far; with `wait`, only when the next output arrives, so that nothing flickers. */
export function clearOutput(options: { wait?: boolean } = {}): void {
  kernelContext("clearOutput").clearOutput?.(options.wait ?? false);
}
