import { setMaxListeners } from "node:events";
import { setImmediate as nodeSetImmediate } from "node:timers";
import { promiseHooks } from "node:v8";
import type { Request } from "../wire/wire.js";
import { calledByNode } from "./caller.js";

/**
 * The handling of one request: a cell or a comm message. Everything it starts belongs to it, also after it has ended.
 */
export interface Scope {
  readonly request: Request;
  /** Aborted when the user interrupts. */
  readonly abort: AbortController;
  /** Output of a silent scope is not published. */
  readonly silent: boolean;
  /** Work that must finish before the request does. */
  readonly pending: Set<Promise<unknown>>;
  /** True after an interrupt: no more user code runs in it, and none of its output is shown. */
  dead: boolean;
  /** True once the request has been answered. What it has started then keeps running, also through interrupts. */
  ended: boolean;
  /** Pending timers. */
  readonly timers: Set<object>;
  /** Called when an interrupt ends code of this scope, which may have ended itself. */
  readonly atInterrupt: Set<() => void>;
  /** Streams, servers, processes and the like that may still be open. */
  readonly things: Set<WeakRef<object>>;
}

export function newScope(request: Request, silent = false): Scope {
  const abort = new AbortController();
  // Any number of operations may listen.
  setMaxListeners(0, abort.signal);
  return {
    request,
    abort,
    silent,
    pending: new Set(),
    dead: false,
    ended: false,
    timers: new Set(),
    atInterrupt: new Set(),
    things: new Set(),
  };
}

// AsyncLocalStorage could do all of this, but on Node 20 it is built on async hooks, which slow down every promise.
// Promise hooks do not affect Node's own bookkeeping.

let current: Scope | undefined;
let lastCell: Scope | undefined;
/** Stack of the scopes around the running continuations. */
const outer: (Scope | undefined)[] = [];
const ofPromise = new WeakMap<Promise<unknown>, Scope>();
const ofError = new WeakMap<object, Scope>();

/** The original setImmediate, for the kernel: what it starts belongs to no scope. */
export const startSoon = nodeSetImmediate;

/** Runs `body` in `scope`; promises and timers it starts stay in the scope. */
export function inScope<T>(scope: Scope | undefined, body: () => T): T {
  const before = current;
  current = scope;
  try {
    return body();
  } finally {
    current = before;
  }
}

/** The scope that output belongs to: the one that started this code, otherwise that of the last cell. */
export function currentScope(): Scope | undefined {
  return current ?? lastCell;
}

/** The scope that started this code, if known. */
export function ownScope(): Scope | undefined {
  return current;
}

/** Output that cannot be traced to a request goes to this cell. */
export function setLastCell(scope: Scope): void {
  lastCell = scope;
}

/** The request has been answered: what the scope has started is no longer tracked. */
export function endScope(scope: Scope): void {
  scope.ended = true;
  scope.timers.clear();
  scope.things.clear();
}

/** Discards scopes that terminated code did not exit. */
export function leaveScopes(): void {
  current = undefined;
  outer.length = 0;
}

/** The scope in which a promise was created or an error was thrown from a callback. */
export function scopeOf(thing: unknown): Scope | undefined {
  if (typeof thing !== "object" || thing === null) return undefined;
  return ofPromise.get(thing as Promise<unknown>) ?? ofError.get(thing);
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/**
 * The callback, bound to the current scope: it is not called once that scope is dead. Node's own callbacks then run
 * outside any scope, since the state they maintain may be shared, such as the sockets of an HTTP agent. `api` is the
 * function that received the callback.
 */
export function bound<T>(callback: T, api: unknown): T {
  const scope = current;
  if (scope === undefined || typeof callback !== "function") return callback;
  if (calledByNode(api)) return boundTo(scope, callback as unknown as AnyFunction, outside) as T;
  return boundTo(scope, callback as unknown as AnyFunction, nothing) as T;
}

/** Like {@link bound}, regardless of who passed the callback. `whenDead` is called instead once the scope is dead. */
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

/** Makes promises remember the scope they were created in. */
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
