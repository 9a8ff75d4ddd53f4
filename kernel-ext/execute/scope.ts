import nodeTimers from "node:timers";
import { promiseHooks } from "node:v8";
import type { Request } from "../wire/wire.js";

/** The handling of one request: a cell, or a comm message. Whatever it starts belongs to it, also after it has ended. */
export interface Scope {
  readonly request: Request;
  /** Aborted when the user interrupts. */
  readonly abort: AbortController;
  /** Nothing that happens in a silent scope is published. */
  readonly silent: boolean;
  /** Work that must be done before the request is. */
  readonly pending: Set<Promise<unknown>>;
}

export function newScope(request: Request, silent = false): Scope {
  return { request, abort: new AbortController(), silent, pending: new Set() };
}

// AsyncLocalStorage would do all of this, but on Node 20 it is built on async hooks, and while those are on, node ends the process
// when an interrupt terminates code inside a timer or after an await. Promise hooks leave node's own bookkeeping alone.

let current: Scope | undefined;
let lastCell: Scope | undefined;
const ofPromise = new WeakMap<Promise<unknown>, Scope>();
const ofError = new WeakMap<object, Scope>();

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

/** Forgets the scope that a terminated piece of code could not leave. */
export function leaveScopes(): void {
  current = undefined;
}

/** The scope in which a promise was made or an error left a callback. */
export function scopeOf(thing: unknown): Scope | undefined {
  if (typeof thing !== "object" || thing === null) return undefined;
  return ofPromise.get(thing as Promise<unknown>) ?? ofError.get(thing);
}

function bound(callback: unknown): unknown {
  const scope = current;
  if (scope === undefined || typeof callback !== "function") return callback;
  return function (this: unknown, ...args: unknown[]): unknown {
    return inScope(scope, () => {
      try {
        return callback.apply(this, args);
      } catch (error) {
        if (typeof error === "object" && error !== null) ofError.set(error, scope);
        throw error;
      }
    });
  };
}

function bindFirstArgument(owner: object, name: string): void {
  const functions = owner as Record<string, (...args: unknown[]) => unknown>;
  const original = functions[name]!;
  const replacement = function (this: unknown, callback: unknown, ...rest: unknown[]): unknown {
    return original.call(this, bound(callback), ...rest);
  };
  // util.promisify finds the promise form of a timer in a symbol property.
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  functions[name] = replacement;
}

/** Makes promises, timers and ticks remember the scope they were started in. Called once per process. */
export function followScopes(): void {
  promiseHooks.createHook({
    init(promise) {
      if (current) ofPromise.set(promise, current);
    },
    before(promise) {
      current = ofPromise.get(promise);
    },
    after() {
      current = undefined;
    },
  });
  for (const owner of [globalThis, nodeTimers]) {
    for (const name of ["setTimeout", "setInterval", "setImmediate"]) bindFirstArgument(owner, name);
  }
  bindFirstArgument(globalThis, "queueMicrotask");
  bindFirstArgument(process, "nextTick");
}
