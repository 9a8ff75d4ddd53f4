import { createHook } from "node:async_hooks";
import { replace } from "./replace.js";

/** Node's internal stack of running callbacks, which AsyncLocalStorage and async hooks are built on. */
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
    // There is no public API for it. If Node removes it, interrupts work as long as nobody uses async hooks.
    return (process as unknown as { binding(name: string): AsyncWrap }).binding("async_wrap");
  } catch {
    return undefined;
  } finally {
    if (noDeprecation === undefined) delete (process as { noDeprecation?: boolean }).noDeprecation;
    else process.noDeprecation = noDeprecation;
  }
}

/**
 * A terminated callback stays on Node's stack, and a later one would pop its entry. After an uncaught error Node clears
 * the stack itself, and this does the same. Call before or after terminating code.
 */
export function forgetTerminatedCallbacks(): void {
  asyncWrap?.clearAsyncIdStack();
}

/**
 * While async hooks are enabled, Node checks the stack and ends the process if it finds a terminated callback. The flag
 * --no-force-async-hooks-checks disables the check while there are no hooks; this disables it for hooks added later.
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
