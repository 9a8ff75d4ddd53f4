import { showWork, workSignal } from "./ambient.js";
import { isSamlabError, SamlabError } from "./errors.js";

/** What long work obeys and reports to. */
export interface LongWork {
  readonly signal?: AbortSignal;
  /** Receives the current step and, if known, the completed fraction 0 to 1. */
  readonly onProgress?: (step: string, fraction?: number) => void;
}

/** The `onProgress` of calls that are part of work which shows its own progress. */
export const unseen = (): void => undefined;

/**
 * Runs work that may take seconds. Unless the caller follows it by an `onProgress` of its own, a notebook shows its
 * progress under the cell, with a button that cancels it.
 * @param name what is being done, such as `encoding the slices`
 * @param given options of the caller
 * @param body `work.onProgress` is set only where the progress is shown
 * @param options `leave`: whether the finished bar stays, as a record of what was done; default true
 */
export async function longWork<T>(
  name: string,
  { signal, onProgress }: { readonly signal?: AbortSignal | undefined; readonly onProgress?: unknown },
  body: (work: LongWork) => Promise<T>,
  { leave = true } = {},
): Promise<T> {
  const shown = onProgress ? undefined : showWork(name, { leave });
  const outer = workSignal(signal);
  if (!shown) return body(outer ? { signal: outer } : {});
  try {
    const result = await body({
      signal: outer ? AbortSignal.any([outer, shown.signal]) : shown.signal,
      onProgress: (step, fraction) => shown.step(step, fraction),
    });
    shown.end("done");
    return result;
  } catch (error) {
    const isCanceled = isSamlabError(error, "canceled");
    shown.end(isCanceled ? "canceled" : "failed");
    if (!isCanceled) throw error;
    // The work says in which of its steps it was, but the user has canceled the whole.
    const message = `${name[0]?.toUpperCase()}${name.slice(1)} was canceled.`;
    throw new SamlabError("canceled", message, shown.signal.aborted ? {} : { cause: error.cause });
  }
}
