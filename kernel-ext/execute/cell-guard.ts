import { boundTo, ownScope } from "./scope.js";

// Compiled cells call these around every await and every callback of a promise: V8 itself cannot drop a continuation.

/** True when the code that runs now was started by a cell, or a comm message, that was interrupted since. */
export function dead(): boolean {
  return ownScope()?.dead === true;
}

/** A promise that never settles. What awaits it is garbage as soon as nothing else refers to it. */
export function never(): Promise<never> {
  return new Promise(() => {});
}

/** An argument of `then`, `catch` or `finally`: a function does nothing, and nothing after it, once the present scope is dead. */
export function callback<T>(argument: T): T {
  const scope = ownScope();
  if (scope === undefined || typeof argument !== "function") return argument;
  return boundTo(scope, argument as unknown as () => unknown, never) as T;
}
