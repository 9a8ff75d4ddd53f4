import { EventEmitter } from "node:events";
import { MessagePort } from "node:worker_threads";
import { calledByNode } from "./caller.js";
import { boundTo, inScope, newScope, nothing, outside, ownScope, type Scope } from "./scope.js";

type Listener = (this: unknown, ...args: unknown[]) => unknown;
/** A wrapper around a listener. Node's emitters support such wrappers: `once` creates them too. */
type StandIn = Listener & { listener?: Listener };
type Add = (this: EventEmitter, event: string | symbol, listener: StandIn) => EventEmitter;

type Registering = "on" | "addListener" | "prependListener" | "once" | "prependOnceListener";

const ours = new WeakSet<Listener>();

function standIn(scope: Scope, listener: Listener, api: unknown): StandIn {
  const made: StandIn = boundTo(scope, listener, calledByNode(api) ? outside : nothing);
  made.listener = listener;
  ours.add(made);
  return made;
}

function followEmitters(): void {
  const emitter = EventEmitter.prototype as unknown as Record<Registering, Add>;
  for (const name of ["on", "prependListener"] as const) {
    const original = emitter[name];
    emitter[name] = function add(event, listener) {
      const scope = ownScope();
      // An existing wrapper was bound where it was created.
      if (scope === undefined || typeof listener !== "function" || listener.listener) {
        return original.call(this, event, listener);
      }
      return original.call(this, event, standIn(scope, listener, add));
    };
  }
  emitter.addListener = emitter.on;
  for (const [name, via] of [
    ["once", "on"],
    ["prependOnceListener", "prependListener"],
  ] as const) {
    const original = emitter[name];
    emitter[name] = function add(event, listener) {
      const scope = ownScope();
      if (scope === undefined || typeof listener !== "function") return original.call(this, event, listener);
      const call = boundTo(scope, listener, calledByNode(add) ? outside : nothing);
      let fired = false;
      const once: StandIn = (...args) => {
        if (fired) return undefined;
        fired = true;
        this.removeListener(event, once);
        return call.apply(this, args);
      };
      once.listener = listener;
      return (this as unknown as Record<Registering, Add>)[via].call(this, event, once);
    };
  }
  const rawListeners = EventEmitter.prototype.rawListeners;
  EventEmitter.prototype.rawListeners = function raw(event: string | symbol) {
    const found = rawListeners.call(this, event) as StandIn[];
    return found.map((listener) => (ours.has(listener) ? listener.listener! : listener));
  };
}

interface Registration {
  readonly scope: Scope;
  readonly call: Listener;
}

type Handler = Listener | { handleEvent(event: Event): unknown };

/** For each target, the wrappers of its listeners, by event and phase. */
const registrations = new WeakMap<EventTarget, Map<string, WeakMap<Handler, Registration>>>();

function registrationsOf(target: EventTarget, type: string, options: unknown): WeakMap<Handler, Registration> {
  const capture =
    typeof options === "object" && options !== null ? (options as { capture?: boolean }).capture : options;
  const key = `${Boolean(capture)} ${type}`;
  const ofTarget = registrations.get(target) ?? new Map<string, WeakMap<Handler, Registration>>();
  registrations.set(target, ofTarget);
  const found = ofTarget.get(key) ?? new WeakMap<Handler, Registration>();
  ofTarget.set(key, found);
  return found;
}

/** Lets the abort listener of an interrupted cell run, for cleanup, in a new scope. */
function inNewScope(scope: Scope): Listener {
  return (callback, self, args) =>
    inScope(newScope(scope.request, scope.silent), () => (callback as Listener).apply(self, args as unknown[]));
}

function register(scope: Scope, type: string, handler: Handler, byNode: boolean): Registration {
  const listener: Listener =
    typeof handler === "function" ? handler : (event) => handler.handleEvent(event as unknown as Event);
  const whenDead = byNode ? outside : type === "abort" ? inNewScope(scope) : nothing;
  return { scope, call: boundTo(scope, listener, whenDead as typeof outside) };
}

function isHandler(value: unknown): value is Handler {
  return typeof value === "function" || (typeof value === "object" && value !== null && "handleEvent" in value);
}

function followTargets(): void {
  const target = EventTarget.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const add = target.addEventListener!;
  const remove = target.removeEventListener!;
  target.addEventListener = function addEventListener(this: EventTarget, ...args) {
    const [type, handler, options] = args;
    const scope = ownScope();
    if (scope === undefined || !isHandler(handler)) return add.apply(this, args);
    const known = registrationsOf(this, String(type), options);
    const before = known.get(handler);
    // Registering a listener twice is a no-op, but a dead cell's listener is to be replaced.
    if (before?.scope.dead) remove.call(this, type, before.call, options);
    const isKept = before !== undefined && !before.scope.dead;
    const registration = isKept ? before : register(scope, String(type), handler, calledByNode(addEventListener));
    known.set(handler, registration);
    return add.call(this, type, registration.call, ...args.slice(2));
  };
  target.removeEventListener = function (this: EventTarget, ...args) {
    const [type, handler, options] = args;
    if (isHandler(handler)) {
      const known = registrations.get(this) && registrationsOf(this, String(type), options);
      const registration = known?.get(handler);
      known?.delete(handler);
      if (registration) remove.call(this, type, registration.call, ...args.slice(2));
    }
    return remove.apply(this, args);
  };
}

/** Handles `target.onmessage = …` and similar properties. */
function followHandlerProperties(prototype: object | undefined): void {
  if (prototype === undefined) return;
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const { get, set } = descriptor;
    if (!name.startsWith("on") || !get || !set) continue;
    const given = new WeakMap<Listener, Listener>();
    Object.defineProperty(prototype, name, {
      ...descriptor,
      get(this: unknown) {
        const value = get.call(this);
        return given.get(value) ?? value;
      },
      set: function setHandler(this: unknown, value: unknown) {
        const scope = ownScope();
        if (scope === undefined || typeof value !== "function" || calledByNode(setHandler))
          return set.call(this, value);
        const { call } = register(scope, name.slice(2), value as Listener, false);
        given.set(call, value as Listener);
        set.call(this, call);
      },
    });
  }
}

/**
 * Makes listeners remember the scope that registered them. What emitters and targets report about their listeners is
 * unchanged.
 */
export function followListeners(): void {
  followEmitters();
  followTargets();
  const { WebSocket } = globalThis as { WebSocket?: { prototype: object } };
  for (const prototype of [
    MessagePort.prototype,
    AbortSignal.prototype,
    BroadcastChannel.prototype,
    WebSocket?.prototype,
  ]) {
    followHandlerProperties(prototype);
  }
}
