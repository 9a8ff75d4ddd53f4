import nodeTimers from "node:timers";
import timersPromises from "node:timers/promises";
import { promisify } from "node:util";
import { calledByNode } from "./caller.js";
import { replace } from "./replace.js";
import { bound, boundTo, nothing, ownScope, type Scope } from "./scope.js";

type Start = (callback: unknown, ...rest: unknown[]) => object;
type Functions = Record<string, (...args: unknown[]) => unknown>;

const clear = { timeout: nodeTimers.clearTimeout, immediate: nodeTimers.clearImmediate };
/** The scope of each pending timer. */
const ofTimer = new WeakMap<object, Scope>();

function following(original: Start, repeats: boolean): Start {
  return function start(this: unknown, callback, ...rest) {
    const scope = ownScope();
    // Node's own timers may serve more than this scope.
    if (scope === undefined || typeof callback !== "function" || calledByNode(start)) {
      return original.call(this, callback, ...rest);
    }
    const call = boundTo(scope, callback as () => unknown, nothing);
    const timer = original.call(
      this,
      repeats
        ? call
        : function (this: unknown, ...args: unknown[]) {
            scope.timers.delete(timer);
            return call.apply(this, args);
          },
      ...rest,
    );
    if (scope.dead) clearTimer(timer);
    else if (!scope.ended) {
      scope.timers.add(timer);
      ofTimer.set(timer, scope);
    }
    return timer;
  };
}

function forgetting(original: (timer: unknown) => void) {
  return (timer: unknown): void => {
    if (typeof timer === "object" && timer !== null) ofTimer.get(timer)?.timers.delete(timer);
    original(timer);
  };
}

function clearTimer(timer: object): void {
  if ("_onImmediate" in timer) clear.immediate(timer as NodeJS.Immediate);
  else clear.timeout(timer as NodeJS.Timeout);
}

/** Clears the timers of a scope. */
export function clearTimers(scope: Scope): void {
  for (const timer of scope.timers) clearTimer(timer);
  scope.timers.clear();
}

/** The promise form: never settles once the scope is dead, and its timer is cleared. */
function promised(original: (...args: unknown[]) => Promise<unknown>, optionsAt: number) {
  return function start(this: unknown, ...args: unknown[]): Promise<unknown> {
    const scope = ownScope();
    if (scope === undefined || calledByNode(start)) return original.apply(this, args);
    return new Promise((resolve, reject) => {
      original.apply(this, withSignal(args, optionsAt, scope)).then(
        (value) => (scope.dead ? undefined : resolve(value)),
        (error) => (scope.dead ? undefined : reject(error)),
      );
    });
  };
}

function withSignal(args: readonly unknown[], at: number, scope: Scope): unknown[] {
  const options = args[at] as { signal?: AbortSignal } | undefined;
  if (options !== undefined && typeof options !== "object") return [...args];
  const signal = options?.signal ? AbortSignal.any([options.signal, scope.abort.signal]) : scope.abort.signal;
  const filled = [...args];
  filled[at] = { ...options, signal };
  return filled;
}

/** Makes timers and ticks remember the scope they were started in. */
export function followTimers(): void {
  const promises = timersPromises as unknown as Functions & { scheduler: object };
  replace(promises, "setTimeout", (original) => promised(original, 2));
  replace(promises, "setImmediate", (original) => promised(original, 1));
  replace(promises, "setInterval", (original: (...args: unknown[]) => unknown) => {
    return function setInterval(...args: unknown[]) {
      const scope = ownScope();
      return original(...(scope === undefined ? args : withSignal(args, 2, scope)));
    };
  });
  replace(Object.getPrototypeOf(promises.scheduler), "wait", (original) => promised(original, 1));
  replace(nodeTimers, "setTimeout", (original) => following(original, false));
  replace(nodeTimers, "setInterval", (original) => following(original, true));
  replace(nodeTimers, "setImmediate", (original) => following(original, false));
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) replace(nodeTimers, name, forgetting);
  for (const name of ["setTimeout", "setImmediate"] as const) {
    (nodeTimers[name] as unknown as { [promisify.custom]: unknown })[promisify.custom] = promises[name];
  }
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = nodeTimers;
  Object.assign(globalThis, { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate });
  replace(globalThis, "queueMicrotask", (original: Start) => {
    return function queueMicrotask(callback: unknown) {
      return original(bound(callback, queueMicrotask));
    };
  });
  replace(process, "nextTick", (original: Start) => {
    return function nextTick(this: unknown, callback: unknown, ...rest: unknown[]) {
      return original.call(process, bound(callback, nextTick), ...rest);
    };
  });
}
