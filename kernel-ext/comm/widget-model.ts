import type { PictureMessage } from "../../src/protocol/intent-checks.js";
import type { MimeBundle } from "../context.js";
import { mergeBuffers, type SplitState, splitBuffers } from "./buffers.js";
import type { Comm, CommHost, CommMessage, JsonObject } from "./comm.js";
import { type LiveWidget, widgetRegistry } from "./widget-registry.js";

export interface WidgetSpec<S extends object> {
  /** The npm package of the front-end code. */
  readonly module: string;
  /** Version of the package: the front end rejects a different one. */
  readonly moduleVersion: string;
  readonly modelName: string;
  readonly viewName: string;
  readonly state: S;
}

/** Comm target of widgets. */
export const WIDGET_TARGET = "jupyter.widget";
/** Version of the widget messages, see packages/schema/messages.md of ipywidgets. */
const PROTOCOL = "2.1.0";
/** MIME type of a widget: `{ model_id }`. */
export const VIEW_MIME = "application/vnd.jupyter.widget-view+json";

type ChangeHandler<S> = (changed: Partial<S>) => void | Promise<void>;
type CustomHandler = (content: JsonObject, buffers: readonly Uint8Array[]) => void | Promise<void>;

/** The kernel side of a Jupyter widget: state shared by both sides, and custom messages. */
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
  readonly #loadHandlers: (() => void)[] = [];

  /** Opens the comm, which creates the model in every connected front end. */
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
      // @jupyter-widgets/base 6.0.12 creates a layout view only if there is a layout (DOMWidgetView.setLayout), so none
      // is needed.
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

  /** True once a page requested the widget that was not open when it was displayed: it does not know the display id. */
  get isReloaded(): boolean {
    return this.#isReloaded;
  }

  pageLoaded(): void {
    this.#isReloaded = true;
    for (const handler of this.#loadHandlers) handler();
  }

  /** Called when a page that was not there, or not connected, requests the widget. */
  onPageLoaded(handler: () => void): void {
    this.#loadHandlers.push(handler);
  }

  /**
   * Changes the state on both sides. Typed arrays are sent as bytes; the front end receives DataViews or typed arrays.
   */
  set(patch: Partial<S>): void {
    if (this.#closed) return;
    this.#state = { ...this.#state, ...patch };
    this.#send("update", splitBuffers(patch));
  }

  /** Called with changes from the front end, after they are applied. */
  onChange(handler: ChangeHandler<S>): void {
    this.#changeHandlers.push(handler);
  }

  onCustom(handler: CustomHandler): void {
    this.#customHandlers.push(handler);
  }

  sendCustom(content: JsonObject, buffers: readonly Uint8Array[] = []): void {
    if (!this.#closed) this.#comm.send({ method: "custom", content }, { buffers });
  }

  /**
   * Renews the content beside the widget in reloaded pages, which updates by display id do not reach. With `isWhole`,
   * it replaces the widget.
   */
  renewPicture(content: MimeBundle, isWhole = false): void {
    if (!this.#isReloaded) return;
    const texts = Object.entries(content).map(([mime, value]) => {
      return [mime, value instanceof Uint8Array ? Buffer.from(value).toString("base64") : String(value)] as const;
    });
    const message: PictureMessage = { kind: "picture", data: Object.fromEntries(texts), isWhole };
    this.sendCustom({ ...message });
  }

  onClose(handler: () => void): void {
    this.#closeHandlers.push(handler);
  }

  /** Removes the widget from every front end. Idempotent. */
  close(): void {
    this.#comm.close();
  }

  /**
   * The MIME bundle that displays the widget: its view, and `fallback` for places without a kernel, such as a picture
   * of its last state.
   */
  mimeBundle(fallback: MimeBundle = {}): MimeBundle {
    return {
      "text/plain": `${this.modelName}(${this.id})`,
      ...fallback,
      // The last key is for our own extension: see widgets/src/shared/output.ts.
      [VIEW_MIME]: { version_major: 2, version_minor: 0, model_id: this.id, samlab: true },
    };
  }

  /** Displays a widget that is the value of a cell. */
  [Symbol.for("Jupyter.display")](): MimeBundle {
    return this.mimeBundle();
  }

  /** The full state, as a front end needs it to create the model. */
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
    // Notifies other front ends of the change, and confirms it to the one that made it.
    this.#send("echo_update", splitBuffers(changed));
    await Promise.all(this.#changeHandlers.map(async (handler) => handler(changed)));
  }
}
