import { setMaxListeners } from "node:events";
import { setImmediate as nodeSetImmediate } from "node:timers";
import { promiseHooks } from "node:v8";
import type { Request } from "../wire/wire.js";
import { calledByNode } from "./caller.js";

/** The handling of one request: a cell, or a comm message. Whatever it starts belongs to it, also after it has ended. */
export interface Scope {
  readonly request: Request;
  /** Aborted when the user interrupts. */
  readonly abort: AbortController;
  /** Nothing that happens in a silent scope is published. */
  readonly silent: boolean;
  /** Work that must be done before the request is. */
  readonly pending: Set<Promise<unknown>>;
  /** True from the interrupt on: nothing that the user wrote runs in it any more, and nothing of it is shown. */
  dead: boolean;
  /** True once the request is answered. What it has started then lives on, also through interrupts. */
  ended: boolean;
  /** Timers that have not fired. */
  readonly timers: Set<object>;
  /** Streams, servers, processes and the like that may still be open. */
  readonly things: Set<WeakRef<object>>;
}

export function newScope(request: Request, silent = false): Scope {
  const abort = new AbortController();
  // Everything that the cell waits for may listen.
  setMaxListeners(0, abort.signal);
  return {
    request,
    abort,
    silent,
    pending: new Set(),
    dead: false,
    ended: false,
    timers: new Set(),
    things: new Set(),
  };
}

// AsyncLocalStorage would do all of this, but on Node 20 it is built on async hooks, which make every promise slow. Promise hooks
// leave node's own bookkeeping alone.

let current: Scope | undefined;
let lastCell: Scope | undefined;
/** The scopes around the continuations that run now. */
const outer: (Scope | undefined)[] = [];
const ofPromise = new WeakMap<Promise<unknown>, Scope>();
const ofError = new WeakMap<object, Scope>();

/** Node's own setImmediate, for the kernel: what it starts belongs to no scope. */
export const startSoon = nodeSetImmediate;

/** Runs `body` in `scope`; promises and timers that it starts stay in the scope. */
export function inScope<T>(scope: Scope | undefined, body: () => T): T {
  const before = current;
  current = scope;
  try {
    return body();
  } finally {
    current = before;
  }
}

/** The scope that output belongs to now: the one this code was started from, else that of the last cell. */
export function currentScope(): Scope | undefined {
  return current ?? lastCell;
}

/** The scope this code was started from, if it can be told. */
export function ownScope(): Scope | undefined {
  return current;
}

/** Output that cannot be traced to a request goes to this cell. */
export function setLastCell(scope: Scope): void {
  lastCell = scope;
}

/** The request has been answered: what the scope has started is no more looked after. */
export function endScope(scope: Scope): void {
  scope.ended = true;
  scope.timers.clear();
  scope.things.clear();
}

/** Forgets the scopes that a terminated piece of code could not leave. */
export function leaveScopes(): void {
  current = undefined;
  outer.length = 0;
}

/** The scope in which a promise was made or an error left a callback. */
export function scopeOf(thing: unknown): Scope | undefined {
  if (typeof thing !== "object" || thing === null) return undefined;
  return ofPromise.get(thing as Promise<unknown>) ?? ofError.get(thing);
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/**
 * The callback, bound to the scope that runs now: it is not called once that scope is dead. Callbacks of Node itself then run outside
 * any scope: what they keep in order may be shared, such as the sockets of an HTTP agent. `api` is the function that was given the
 * callback.
 */
export function bound<T>(callback: T, api: unknown): T {
  const scope = current;
  if (scope === undefined || typeof callback !== "function") return callback;
  if (calledByNode(api)) return boundTo(scope, callback as unknown as AnyFunction, outside) as T;
  return boundTo(scope, callback as unknown as AnyFunction, nothing) as T;
}

/** As {@link bound}, whoever gave the callback. `whenDead` is what happens instead of the call once the scope is dead. */
export function boundTo(
  scope: Scope,
  callback: AnyFunction,
  whenDead: (callback: AnyFunction, self: unknown, args: unknown[]) => unknown,
): AnyFunction {
  return function (...args) {
    if (scope.dead) return whenDead(callback, this, args);
    const before = current;
    current = scope;
    try {
      return callback.apply(this, args);
    } catch (error) {
      if (typeof error === "object" && error !== null) ofError.set(error, scope);
      throw error;
    } finally {
      current = before;
    }
  };
}

export function nothing(): undefined {
  return undefined;
}

export function outside(callback: AnyFunction, self: unknown, args: unknown[]): unknown {
  return inScope(undefined, () => callback.apply(self, args));
}

/** Makes promises remember the scope they were made in. */
export function followPromises(): void {
  promiseHooks.createHook({
    init(promise) {
      if (current) ofPromise.set(promise, current);
    },
    before(promise) {
      outer.push(current);
      current = ofPromise.get(promise);
    },
    after() {
      current = outer.pop();
    },
  });
}
