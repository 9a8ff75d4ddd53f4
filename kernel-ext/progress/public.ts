import { SamlabError, show } from "../../src/core/errors.js";
import { currentKernel } from "../context.js";
import { Bar } from "./bar.js";
import { boardFor, seconds } from "./boards.js";

/** Options of {@link progress}. */
export interface ProgressOptions {
  /** Text before the bar. Bars with the same label in one loop replace each other. */
  readonly label?: string;
  /** What is counted, in the singular. Default `it`; `B` for bytes. */
  readonly unit?: string;
  /** The total count, if it cannot be determined from the iterable. */
  readonly total?: number;
  /** Whether the bar stays after it has ended. Default `true`. */
  readonly leave?: boolean;
  /** Cancels the bar when aborted. */
  readonly signal?: AbortSignal;
}

/** A manually updated progress bar. */
export interface Progress {
  /** Current count. */
  readonly done: number;
  /** Total count; null if unknown. */
  readonly total: number | null;
  /**
   * Aborted when the user cancels: pass it to long-running calls, such as `sam.setImage(image, { signal: bar.signal
   * })`.
   */
  readonly signal: AbortSignal;
  /** The label; may be changed at any time. */
  label: string;
  /**
   * Adds to the count; default 1.
   * @throws {SamlabError} `canceled` if the user has canceled
   */
  update(count?: number): void;
  /** Prints a line without disturbing the bar. */
  write(text: string): void;
  /** Requests cancellation, like the button. */
  cancel(): void;
  /** Ends the bar: as done if the total is reached or unknown, otherwise as stopped. Idempotent. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Shows the progress of a loop or task: under the cell, with rate, time left and a cancel button; outside notebooks, on
 * the terminal. A bar created while another one is running in the same cell is nested below it.
 *
 * A canceled loop throws `canceled` at its next iteration, and so does `update()`. The button works while the loop
 * awaits something; for a loop that never does, it interrupts the cell, like JupyterLab's ■.
 *
 * @param of what to iterate over, or a count: iterate over it (0, 1, …) or call `update()`
 * @example
 * for (const slice of progress(slices, { label: "slices" })) await work(slice);
 *
 * const bar = progress(bytes, { unit: "B" });
 * for await (const chunk of stream) bar.update(chunk.length);
 * bar.close();
 *
 * @throws {SamlabError} `argument-invalid`
 */
export function progress(of: number, options?: ProgressOptions): Progress & Iterable<number>;
export function progress<T>(of: Iterable<T>, options?: ProgressOptions): Progress & Iterable<T>;
export function progress<T>(of: AsyncIterable<T>, options?: ProgressOptions): Progress & AsyncIterable<T>;
export function progress<T>(
  of: number | Iterable<T> | AsyncIterable<T>,
  options: ProgressOptions = {},
): Progress & (Iterable<T | number> | AsyncIterable<T>) {
  const { label = "", unit = "it", leave = true, signal } = options;
  const total = options.total ?? totalOf(of);
  if (total !== null && !(total >= 0 && Number.isFinite(total))) throw invalid("total", total);
  const bar = new Bar({ label, unit, total, leave, board: boardFor(currentKernel()), now: seconds, signal });
  const handle: Progress = {
    get done() {
      return bar.done;
    },
    get total() {
      return bar.total;
    },
    get signal() {
      return bar.signal;
    },
    get label() {
      return bar.label;
    },
    set label(text) {
      bar.label = text;
    },
    update: (count = 1) => {
      if (!Number.isFinite(count)) throw invalid("count", count);
      bar.update(count);
    },
    write: (text) => bar.write(text),
    cancel: () => bar.cancel(),
    close: () => close(bar),
    [Symbol.dispose]: () => close(bar),
  };
  if (typeof of === "number") return Object.assign(handle, { [Symbol.iterator]: () => rounds(bar, countTo(of)) });
  if (isAsync(of)) return Object.assign(handle, { [Symbol.asyncIterator]: () => asyncRounds(bar, of) });
  return Object.assign(handle, { [Symbol.iterator]: () => rounds(bar, of) });
}

function isAsync<T>(of: Iterable<T> | AsyncIterable<T>): of is AsyncIterable<T> {
  return typeof of === "object" && Symbol.asyncIterator in of;
}

function close(bar: Bar): void {
  bar.end(bar.total === null || bar.done >= bar.total ? "done" : "stopped");
}

function invalid(field: string, value: unknown): SamlabError {
  return new SamlabError("argument-invalid", `progress cannot use ${show(value)} as ${field}.`, {
    field,
    value,
    remedy: "Give what to loop over (an array, an iterable, or an async iterable), or a count.",
  });
}

function totalOf(of: unknown): number | null {
  if (typeof of === "number") return of;
  if (typeof of === "string") return [...of].length;
  if (typeof of !== "object" || of === null) throw invalid("of", of);
  if (!(Symbol.iterator in of) && !(Symbol.asyncIterator in of)) throw invalid("of", of);
  const { length, size } = of as { length?: unknown; size?: unknown };
  return typeof length === "number" ? length : typeof size === "number" ? size : null;
}

function* countTo(total: number): Generator<number> {
  for (let n = 0; n < total; n++) yield n;
}

function* rounds<T>(bar: Bar, items: Iterable<T>): Generator<T, void> {
  try {
    for (const item of items) {
      bar.check();
      yield item;
      bar.update(1);
    }
    bar.end("done");
  } finally {
    // Ended by break, return or an error in the loop's body, which cannot be distinguished here.
    bar.end("stopped");
  }
}

async function* asyncRounds<T>(bar: Bar, items: AsyncIterable<T>): AsyncGenerator<T, void> {
  const iterator = items[Symbol.asyncIterator]();
  let giveUp: ((error: unknown) => void) | undefined;
  const canceled = () => giveUp?.(bar.canceledError());
  bar.signal.addEventListener("abort", canceled, { once: true });
  // The awaited value may never arrive. One promise per iteration: with races, listeners would accumulate on the
  // signal.
  const next = () =>
    new Promise<IteratorResult<T>>((resolve, reject) => {
      giveUp = reject;
      iterator.next().then(resolve, reject);
    });
  let hasEnded = false;
  try {
    for (;;) {
      bar.check();
      const result = await next();
      if (result.done) break;
      yield result.value;
      bar.update(1);
    }
    hasEnded = true;
    bar.end("done");
  } finally {
    bar.signal.removeEventListener("abort", canceled);
    bar.end("stopped");
    if (!hasEnded) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
