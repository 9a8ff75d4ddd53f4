import type { RunningCode } from "../execute/stack.js";

/**
 * What the debugger in the wire thread requests from the main thread, where cells run. It does so through the
 * inspector, which also works while that thread is paused.
 */
export interface DebugHook {
  /** Compiled code not returned before, as JSON, each a {@link CompiledScript}; all of it if the debugger is new. */
  scripts(isNew: boolean): string;
  /** The names of the notebook's variables as JSON. */
  names(): string;
  /** The notebook variables by name; with `names` only those. */
  values(names?: readonly string[]): object;
  /** Gets and sets notebook variables. */
  readonly vars: object;
  /** How a value is displayed, as JSON of a {@link Shown}; slow content is omitted while this thread is paused. */
  show(value: unknown, isStopped: boolean): string | Promise<string>;
}

export interface CompiledScript extends RunningCode {
  /** Script name; for a module, its path. */
  readonly url: string;
}

/** Global symbol under which the main thread stores the hook. */
export const PLACE = "samlab.debug";

/** The expression that gives the inspector access to the hook. */
export const HOOK = `globalThis[Symbol.for("${PLACE}")]`;

/** The only debuggable thread: the one that runs cells. */
export const THREAD_ID = 1;
