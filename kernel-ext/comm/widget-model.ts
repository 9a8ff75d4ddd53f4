import type { MimeBundle } from "../context.js";
import { mergeBuffers, type SplitState, splitBuffers } from "./buffers.js";
import type { Comm, CommHost, CommMessage, JsonObject } from "./comm.js";
import { type LiveWidget, widgetRegistry } from "./widget-registry.js";

export interface WidgetSpec<S extends object> {
  /** The npm package of the front-end side. */
  readonly module: string;
  /** Its version: the front end refuses another one. */
  readonly moduleVersion: string;
  readonly modelName: string;
  readonly viewName: string;
  readonly state: S;
}

/** The target of every widget's comm. */
export const WIDGET_TARGET = "jupyter.widget";
/** Of the widget messages, see packages/schema/messages.md of ipywidgets. */
const PROTOCOL = "2.1.0";
/** Content of this type is a widget: `{ model_id }`. */
export const VIEW_MIME = "application/vnd.jupyter.widget-view+json";

type ChangeHandler<S> = (changed: Partial<S>) => void | Promise<void>;
type CustomHandler = (content: JsonObject, buffers: readonly Uint8Array[]) => void | Promise<void>;

/** The kernel's end of a Jupyter widget: a state that both sides share, and messages beside it. */
export class WidgetModel<S extends object> implements LiveWidget {
  readonly id: string;
  readonly module: string;
  readonly moduleVersion: string;
  readonly modelName: string;
  readonly #comm: Comm;
  readonly #fixed: JsonObject;
  #state: S;
  #closed = false;
  readonly #changeHandlers: ChangeHandler<S>[] = [];
  readonly #customHandlers: CustomHandler[] = [];
  #isReloaded = false;
  readonly #closeHandlers: (() => void)[] = [];

  /** Opens the comm, which makes the model in every connected front end. */
  constructor(host: CommHost, spec: WidgetSpec<S>) {
    this.module = spec.module;
    this.moduleVersion = spec.moduleVersion;
    this.modelName = spec.modelName;
    this.#state = { ...spec.state };
    this.#fixed = {
      _model_module: spec.module,
      _model_module_version: spec.moduleVersion,
      _model_name: spec.modelName,
      _view_module: spec.module,
      _view_module_version: spec.moduleVersion,
      _view_name: spec.viewName,
      _view_count: null,
      _dom_classes: [],
      // @jupyter-widgets/base 6.0.12 makes a layout view only if there is a layout (DOMWidgetView.setLayout), so none need be opened.
      layout: null,
    };
    const registry = widgetRegistry(host);
    const { state, bufferPaths, buffers } = this.fullState();
    this.#comm = host.open(
      WIDGET_TARGET,
      { state, buffer_paths: bufferPaths },
      { metadata: { version: PROTOCOL }, buffers },
    );
    this.id = this.#comm.id;
    registry.set(this.id, this);
    this.#comm.onMessage((message) => this.#receive(message));
    this.#comm.onClose(() => {
      registry.delete(this.id);
      this.#closed = true;
      for (const handler of this.#closeHandlers) handler();
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  get<K extends keyof S>(key: K): S[K] {
    return this.#state[key];
  }

  /** True once a page has asked for the widget that was not there when the widget was shown: it does not know the id of the display. */
  get isReloaded(): boolean {
    return this.#isReloaded;
  }

  pageLoaded(): void {
    this.#isReloaded = true;
  }

  /** Changes the state on both sides. Typed arrays in it travel as bytes; the front end sees them as DataViews or typed arrays. */
  set(patch: Partial<S>): void {
    if (this.#closed) return;
    this.#state = { ...this.#state, ...patch };
    this.#send("update", splitBuffers(patch));
  }

  /** Called with what the front end has changed, after the change. */
  onChange(handler: ChangeHandler<S>): void {
    this.#changeHandlers.push(handler);
  }

  onCustom(handler: CustomHandler): void {
    this.#customHandlers.push(handler);
  }

  sendCustom(content: JsonObject, buffers: readonly Uint8Array[] = []): void {
    if (!this.#closed) this.#comm.send({ method: "custom", content }, { buffers });
  }

  onClose(handler: () => void): void {
    this.#closeHandlers.push(handler);
  }

  /** Removes the widget from every front end. Idempotent. */
  close(): void {
    this.#comm.close();
  }

  /** What shows the widget: its view, and `fallback` for places without a kernel, such as a picture of its last state. */
  mimeBundle(fallback: MimeBundle = {}): MimeBundle {
    return {
      "text/plain": `${this.modelName}(${this.id})`,
      ...fallback,
      // The last key is for our own extension: see widgets/src/shared/output.ts.
      [VIEW_MIME]: { version_major: 2, version_minor: 0, model_id: this.id, samlab: true },
    };
  }

  /** Makes a widget that is the value of a cell show itself. */
  [Symbol.for("Jupyter.display")](): MimeBundle {
    return this.mimeBundle();
  }

  /** All of the state, as a front end needs it to make the model. */
  fullState(): SplitState {
    return splitBuffers({ ...this.#fixed, ...this.#state });
  }

  #send(method: string, { state, bufferPaths, buffers }: SplitState): void {
    this.#comm.send({ method, state, buffer_paths: bufferPaths }, { buffers });
  }

  async #receive({ data, buffers }: CommMessage): Promise<void> {
    switch (data.method) {
      case "update":
        return this.#update(data, buffers);
      case "request_state":
        this.pageLoaded();
        return this.#send("update", this.fullState());
      case "custom": {
        const content = (data.content ?? {}) as JsonObject;
        await Promise.all(this.#customHandlers.map(async (handler) => handler(content, buffers)));
      }
    }
  }

  async #update(data: JsonObject, buffers: readonly Uint8Array[]): Promise<void> {
    const changed = mergeBuffers((data.state ?? {}) as JsonObject, data.buffer_paths, buffers) as Partial<S>;
    this.#state = { ...this.#state, ...changed };
    // Other front ends learn of the change, and the one that made it learns that it arrived.
    this.#send("echo_update", splitBuffers(changed));
    await Promise.all(this.#changeHandlers.map(async (handler) => handler(changed)));
  }
}
