import { DOMWidgetView } from "@jupyter-widgets/base";
import { isAddress } from "../../../src/protocol/own-widget.js";
import { Lifecycle } from "../shared/lifecycle.js";
import { loadStyle } from "../shared/style.js";
import type { OwnWidgetModel } from "./model.js";
import { proxyOf, untilAborted } from "./module.js";

/** A custom widget in an output cell. */
export class OwnWidgetView extends DOMWidgetView {
  readonly #lifecycle = new Lifecycle();

  override async render(): Promise<void> {
    super.render();
    const own = this.model as unknown as OwnWidgetModel;
    const { signal } = this.#lifecycle;
    const { _css } = own.code;
    try {
      const module = await own.loaded();
      if (isAddress(_css)) await loadStyle(document, _css.trim());
      if (this.#lifecycle.ended) return;
      if (_css !== "" && !isAddress(_css)) {
        const style = document.createElement("style");
        style.textContent = _css;
        this.el.append(style);
      }
      const el = document.createElement("div");
      this.el.append(el);
      await untilAborted(() => module.render?.({ model: proxyOf(this.model, signal), el, experimental: {} }), signal);
    } catch (error) {
      this.#show(error);
    }
  }

  override remove(): unknown {
    this.#lifecycle.end();
    return super.remove();
  }

  /** Shows the error in place of the widget: the failing code is the user's. */
  #show(error: unknown): void {
    const text = document.createElement("pre");
    text.setAttribute("role", "alert");
    text.style.cssText = "margin: 0; color: var(--jp-error-color1, #b00020); white-space: pre-wrap";
    text.textContent = `The widget's code failed. ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
    this.el.append(text);
  }
}
