import { DOMWidgetModel } from "@jupyter-widgets/base";
import { type OwnWidgetCode, ownWidgetModel, ownWidgetView } from "../../../src/protocol/own-widget.js";
import { Lifecycle } from "../shared/lifecycle.js";
import { modelNames } from "../shared/model.js";
import { loadModule, proxyOf, untilAborted } from "./module.js";

/** The kernel's state in the browser, shared by all views, with the widget code written by the user. */
export class OwnWidgetModel extends DOMWidgetModel {
  #module: ReturnType<typeof loadModule> | undefined;

  override defaults() {
    return { ...super.defaults(), ...modelNames(ownWidgetModel, ownWidgetView), _esm: "", _css: "" };
  }

  get code(): OwnWidgetCode {
    return this.attributes as OwnWidgetCode;
  }

  /** The user's module, initialized. */
  loaded(): ReturnType<typeof loadModule> {
    this.#module ??= this.#load();
    return this.#module;
  }

  async #load(): ReturnType<typeof loadModule> {
    const lifecycle = new Lifecycle();
    this.once("destroy comm:close", () => lifecycle.end());
    const module = await loadModule(this.code._esm);
    const { signal } = lifecycle;
    const model = proxyOf(this, signal);
    await untilAborted(() => module.initialize?.({ model, experimental: {} }), signal);
    return module;
  }
}
