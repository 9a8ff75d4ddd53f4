import type { RunningCode } from "../execute/stack.js";

/** What the debugger, in the wire thread, asks of the main thread, where the cells run. It asks through the inspector, also while that thread is stopped. */
export interface DebugHook {
  /** The compiled texts that were not asked for before as JSON, each a {@link CompiledScript}; all of them for a debugger that is `new`. */
  scripts(isNew: boolean): string;
  /** The names of the notebook's variables as JSON. */
  names(): string;
  /** The variables of the notebook by name; with `names` only those. */
  values(names?: readonly string[]): object;
  /** Reads and sets variables of the notebook. */
  readonly vars: object;
  /** How a value is shown as a {@link Shown} in JSON; what takes its time is left out while this thread is stopped. */
  show(value: unknown, isStopped: boolean): string | Promise<string>;
}

export interface CompiledScript extends RunningCode {
  /** Name of the script, of a module its path. */
  readonly url: string;
}

/** Where the main thread keeps the hook: a place that only the two ends know. */
export const PLACE = "samlab.debug";

/** The expression by which the inspector finds the hook. */
export const HOOK = `globalThis[Symbol.for("${PLACE}")]`;

/** The only thread that is debugged: the one that runs cells. */
export const THREAD_ID = 1;
