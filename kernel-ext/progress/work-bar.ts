import type { ShownWork, ShowOptions } from "../../src/core/ambient.js";
import { currentKernel } from "../context.js";
import { Bar } from "./bar.js";
import { boardFor, seconds } from "./boards.js";

/** Work that ends sooner than this, ms, is not shown. */
const patience = 1_000;

interface WorkBarOptions extends ShowOptions {
  /** Whether output of the calling code still appears. */
  readonly isShown: () => boolean;
}

/**
 * Shows the progress of a library call by a bar under the running cell, once it has lasted a second. With
 * `SAMLAB_PROGRESS=off` it does not, and returns `undefined`.
 */
export function showWork(name: string, { leave, isShown }: WorkBarOptions): ShownWork | undefined {
  if (process.env.SAMLAB_PROGRESS === "off") return undefined;
  const startedAt = seconds();
  const canceled = new AbortController();
  let current = "";
  let done: number | undefined;
  let bar: Bar | undefined;
  const update = () => {
    const label = current && current !== name ? `${name}: ${current}` : name;
    bar?.show(label, 100 * (done ?? 0), done === undefined ? null : 100);
  };
  const timer = setTimeout(() => {
    if (!isShown()) return;
    const board = boardFor(currentKernel());
    const own = { label: name, unit: "%", total: null, leave, startedAt, endsItself: true };
    bar = new Bar({ ...own, board, now: seconds });
    const cancel = () => canceled.abort();
    if (bar.signal.aborted) cancel();
    bar.signal.addEventListener("abort", cancel, { once: true });
    update();
  }, patience);
  timer.unref();
  return {
    signal: canceled.signal,
    step: (step, fraction) => {
      current = step;
      done = fraction;
      update();
    },
    end: (how) => {
      clearTimeout(timer);
      if (how === "done") {
        current = "";
        if (done !== undefined) done = 1;
      }
      update();
      bar?.end(how);
    },
  };
}
