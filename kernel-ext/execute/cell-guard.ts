import { boundTo, ownScope } from "./scope.js";

// Compiled cells call these around every await and promise callback: V8 cannot drop a continuation.

/** True if the running code was started by a cell, or a comm message, that has been interrupted since. */
export function dead(): boolean {
  return ownScope()?.dead === true;
}

/** A promise that never settles. Whatever awaits it is garbage collected once nothing else refers to it. */
export function never(): Promise<never> {
  return new Promise(() => {});
}

/**
 * Wraps an argument of `then`, `catch` or `finally`: once the current scope is dead, a function does nothing and its
 * promise never settles.
 */
export function callback<T>(argument: T): T {
  const scope = ownScope();
  if (scope === undefined || typeof argument !== "function") return argument;
  return boundTo(scope, argument as unknown as () => unknown, never) as T;
}
