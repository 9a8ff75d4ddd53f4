import { createHook } from "node:async_hooks";
import { replace } from "./replace.js";

/** Node's own list of the callbacks that run now, on which AsyncLocalStorage and async hooks are built. */
interface AsyncWrap {
  clearAsyncIdStack(): void;
  readonly async_hook_fields: Uint32Array;
  readonly constants: { readonly kCheck: number };
}

const asyncWrap = readAsyncWrap();

function readAsyncWrap(): AsyncWrap | undefined {
  const { noDeprecation } = process;
  try {
    process.noDeprecation = true;
    // There is no other way to it. Where Node has it no more, interrupts work as long as nobody uses async hooks.
    return (process as unknown as { binding(name: string): AsyncWrap }).binding("async_wrap");
  } catch {
    return undefined;
  } finally {
    if (noDeprecation === undefined) delete (process as { noDeprecation?: boolean }).noDeprecation;
    else process.noDeprecation = noDeprecation;
  }
}

/**
 * A terminated callback does not leave Node's list, and a later one would take its entry for its own. After an uncaught error Node
 * empties the list itself, and so does this. To be called before code is terminated, or after.
 */
export function forgetTerminatedCallbacks(): void {
  asyncWrap?.clearAsyncIdStack();
}

/**
 * While hooks are on, Node checks the list, and ends the process when it finds a callback there that was terminated. The flag
 * --no-force-async-hooks-checks turns the check off as long as there are no hooks; this does it for those that come.
 */
export function leaveAsyncIdsUnchecked(): void {
  if (asyncWrap === undefined) return;
  const { async_hook_fields: fields, constants } = asyncWrap;
  const prototype = Object.getPrototypeOf(createHook({})) as object;
  for (const name of ["enable", "disable"]) {
    replace(prototype, name, (original: (this: unknown) => unknown) => {
      return function (this: unknown) {
        try {
          return original.call(this);
        } finally {
          fields[constants.kCheck] = 0;
        }
      };
    });
  }
}
