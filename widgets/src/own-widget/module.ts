import { isAddress } from "../../../src/protocol/own-widget.js";

/** What a user's module receives as `model`, per the anywidget API. */
export interface ModelProxy {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, handler: Handler): void;
  off(event?: string | null, handler?: Handler | null): void;
  send(content: unknown, callbacks?: object, buffers?: ArrayBuffer[] | ArrayBufferView[]): void;
  readonly widget_manager: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: arguments depend on the event.
type Handler = (...args: any[]) => void;
type Cleanup = (() => void | Promise<void>) | undefined;

interface Module {
  initialize?(context: { model: ModelProxy; experimental: object }): Cleanup | Promise<Cleanup>;
  render?(context: { model: ModelProxy; el: HTMLElement; experimental: object }): Cleanup | Promise<Cleanup>;
}

/** The part of a Backbone model used here. */
interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): unknown;
  save_changes(): unknown;
  on(event: string, handler: Handler): unknown;
  off(event: string, handler: Handler): unknown;
  send(content: unknown, callbacks?: object, buffers?: ArrayBuffer[] | ArrayBufferView[]): unknown;
  /** What the widget manager does with output that a message causes. */
  callbacks(): object;
  readonly widget_manager: unknown;
}

/** The model as seen by a module; its listeners are removed when the signal aborts. */
export function proxyOf(model: Model, signal: AbortSignal): ModelProxy {
  const listeners: { event: string; handler: Handler }[] = [];
  const off = (event?: string | null, handler?: Handler | null) => {
    for (const each of [...listeners]) {
      if ((event && each.event !== event) || (handler && each.handler !== handler)) continue;
      listeners.splice(listeners.indexOf(each), 1);
      model.off(each.event, each.handler);
    }
  };
  signal.addEventListener("abort", () => off());
  return {
    get: (name) => model.get(name),
    set: (name, value) => void model.set(name, value),
    save_changes: () => void model.save_changes(),
    on: (event, handler) => {
      listeners.push({ event, handler });
      model.on(event, handler);
    },
    off,
    // Without callbacks, JupyterLab drops the output and the errors of the kernel's handler.
    send: (content, callbacks, buffers) => void model.send(content, callbacks ?? model.callbacks(), buffers),
    widget_manager: model.widget_manager,
  };
}

/** Loads the code of a widget. */
export async function loadModule(code: string): Promise<Module> {
  const url = isAddress(code) ? code.trim() : URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    const found = (await import(/* webpackIgnore: true */ url)) as Module & { default?: unknown };
    const own = found.default ?? found;
    const module = (typeof own === "function" ? await own() : own) as Module;
    if (module?.render === undefined && module?.initialize === undefined) {
      throw new TypeError(
        "The module exports neither render nor initialize: write export default { render({ model, el }) { … } }.",
      );
    }
    return module;
  } finally {
    if (url.startsWith("blob:")) URL.revokeObjectURL(url);
  }
}

/** Calls `begin`, and the cleanup it returned when the signal aborts. */
export async function untilAborted(begin: () => Cleanup | Promise<Cleanup>, signal: AbortSignal): Promise<void> {
  const cleanup = await begin();
  if (typeof cleanup !== "function") return;
  const clear = () => void Promise.resolve(cleanup()).catch(() => {});
  if (signal.aborted) clear();
  else signal.addEventListener("abort", clear, { once: true });
}
