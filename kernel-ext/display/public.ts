import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import type { JsonObject } from "../comm/comm.js";
import { kernelContext } from "../context.js";
import { displayIdOf, formatBundle, formatMeanwhile, formatValue, isMimeBundle } from "./format.js";
import type { Shown } from "./shown.js";

/** Options of {@link display}. */
export interface DisplayOptions {
  /** Display id: an update with this id changes every output that has it. Default: a new id. */
  readonly displayId?: string;
  /**
   * Metadata by MIME type, merged with the value's own; `{ "image/png": { width: 320 } }` shows a picture 320 CSS
   * pixels wide.
   */
  readonly metadata?: JsonObject;
}

/** Handle to an output that can be updated later. */
export interface DisplayHandle {
  /** The display id. */
  readonly id: string;
  /** Replaces the value in every output with this display id. */
  update(value: unknown, options?: Pick<DisplayOptions, "metadata">): void;
}

/**
 * Displays a value under the running cell: an image, a widget, a samlab value, a Plotly, Vega or Vega-Lite chart,
 * anything with a `Symbol.for("Jupyter.display")` or `toHtml` method, a Blob, content by MIME type, or any other value
 * as text.
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

/** True for a return value of {@link display}, which is not displayed again as the value of a cell. */
export function isDisplayHandle(value: unknown): boolean {
  return typeof value === "object" && value !== null && handles.has(value);
}

/** One output under a cell. Values replace each other in the order given. */
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
    // Reserve the output now, so that text printed meanwhile appears below it.
    if (!this.#isThere) this.#put(formatMeanwhile(value));
    const before = Promise.all([content, this.#before]).then(([late]) => ready(late));
    this.#before = before;
    // Keep the cell busy until the content is ready.
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

/** Merges metadata of a call into the value's own, by MIME type. */
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

/** Removes the outputs of the running cell; with `wait`, only when the next output arrives, to avoid flicker. */
export function clearOutput(options: { wait?: boolean } = {}): void {
  kernelContext("clearOutput").clearOutput?.(options.wait ?? false);
}
