import { SamlabError, show } from "../../../src/core/errors.js";
import { isAddress, type OwnWidgetCode, ownWidgetModel, ownWidgetView } from "../../../src/protocol/own-widget.js";
import { widgetModule, widgetVersionRange } from "../../../src/protocol/version.js";
import type { JsonObject } from "../../comm/comm.js";
import { WidgetModel } from "../../comm/widget-model.js";
import { kernelContext, type MimeBundle } from "../../context.js";

/** Front-end code and shared state of a widget. */
export interface WidgetOptions<S extends object> {
  /**
   * The front-end code: the text of an ES module or its URL (`https://…`), as in anywidget. The default export is `{
   * initialize?, render? }` or a function that returns it. Both are called with `{ model, el }` (`initialize` without
   * `el`) and may return a cleanup function. The model has `get`, `set`, `save_changes`, `on`, `off` and `send`.
   */
  readonly esm: string;
  /** A style sheet as text, or its URL. */
  readonly css?: string;
  /** State shared by both sides: JSON, and typed arrays, which the browser receives as `DataView`. */
  readonly state?: S;
}

/** The kernel side of a custom widget. Displayed when it is the last value of a cell. */
export class OwnWidget<S extends object> {
  readonly #model: WidgetModel<S & OwnWidgetCode>;

  /** @internal Use {@link widget}. */
  constructor(model: WidgetModel<S & OwnWidgetCode>) {
    this.#model = model;
  }

  /** True once closed by the kernel or the front end. */
  get closed(): boolean {
    return this.#model.closed;
  }

  /** Reads a value of the shared state. */
  get<K extends keyof S & string>(name: K): S[K] {
    return this.#model.get(name);
  }

  /** Changes the state on both sides. */
  set(changes: Partial<S>): void {
    checkState(changes);
    this.#model.set(changes as Partial<S & OwnWidgetCode>);
  }

  /** Calls `handler` with changes made in the browser. JupyterLab shows its output and errors in the Log Console. */
  onChange(handler: (changes: Partial<S>) => void | Promise<void>): void {
    this.#model.onChange((changes) => handler(changes));
  }

  /**
   * Calls `handler` for each `model.send(content, callbacks, buffers)` from the browser. Its output and errors appear
   * as those of {@link onChange}.
   */
  onMessage(handler: (content: JsonObject, buffers: readonly Uint8Array[]) => void | Promise<void>): void {
    this.#model.onCustom(handler);
  }

  /** Sends a message; in the browser, receive it with `model.on("msg:custom", (content, buffers) => …)`. */
  send(content: JsonObject, buffers: readonly Uint8Array[] = []): void {
    this.#model.sendCustom(content, buffers);
  }

  /** Removes the widget from every page. Idempotent. */
  close(): void {
    this.#model.close();
  }

  [Symbol.for("Jupyter.display")](): MimeBundle {
    return this.#model.mimeBundle({
      "text/plain":
        "A widget, which needs a running kernel and a page that shows widgets (in JupyterLab: pip install jupyterlab_widgets)",
    });
  }
}

/**
 * Creates a two-way widget in a cell, without a package or build step. Follows the anywidget API.
 *
 * @example
 * const counter = widget({
 *   state: { count: 0 },
 *   esm: `export default { render({ model, el }) {
 *     const button = document.createElement("button");
 *     const update = () => { button.textContent = "clicked " + model.get("count"); };
 *     button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
 *     model.on("change:count", update);
 *     update();
 *     el.append(button);
 *   } }`,
 * });
 * counter.onChange(({ count }) => console.log(count));
 * counter
 *
 * @throws {SamlabError} `argument-invalid` (no code, or a reserved name in the state), `environment` outside a samlab
 * kernel
 */
export function widget<S extends object = Record<never, never>>(options: WidgetOptions<S>): OwnWidget<S> {
  const { esm, css = "", state = {} as S } = options;
  checkCode("esm", esm);
  if (esm.trim() === "" || (!isAddress(esm) && !/\bexport\b/.test(esm))) {
    throw new SamlabError(
      "argument-invalid",
      `esm must be the text of an ES module, and exports nothing: ${show(esm)}.`,
      {
        field: "esm",
        value: esm,
        remedy: "Write export default { render({ model, el }) { … } }, or give the address of a module.",
      },
    );
  }
  checkCode("css", css);
  checkState(state);
  const model = new WidgetModel<S & OwnWidgetCode>(kernelContext("widget").comms, {
    module: widgetModule,
    moduleVersion: widgetVersionRange,
    modelName: ownWidgetModel,
    viewName: ownWidgetView,
    state: { ...state, _esm: esm, _css: css },
  });
  return new OwnWidget(model);
}

function checkCode(field: string, code: unknown): void {
  if (typeof code === "string") return;
  throw new SamlabError("argument-invalid", `${field} must be text, not ${show(code)}.`, { field, value: code });
}

/** Rejects names used by the widget's own state. */
function checkState(state: unknown): void {
  if (typeof state !== "object" || state === null || Array.isArray(state)) {
    throw new SamlabError("argument-invalid", `state must be an object, not ${show(state)}.`, {
      field: "state",
      value: state,
      remedy: "Write { state: { name: value } }.",
    });
  }
  const taken = Object.keys(state).find(
    (name) => name.startsWith("_") || ["layout", "tabbable", "tooltip"].includes(name),
  );
  if (taken === undefined) return;
  throw new SamlabError("argument-invalid", `The state cannot have the name ${taken}: the widget itself has it.`, {
    field: "state",
    value: taken,
    remedy: "Use a name that neither begins with _ nor is layout, tabbable or tooltip.",
  });
}
