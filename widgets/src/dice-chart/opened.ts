import { h, setText } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import type { WidgetNest } from "../shared/nest.js";
import type { Controller } from "./controller.js";

/** Under the chart: the widget of the case that was clicked on. */
export class Opened {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #nest: WidgetNest;
  readonly #message = h("div.dc-opening", { role: "status" });
  readonly #place = h("div.dc-widget");
  /** The widget that is shown, and what takes it away. */
  #model = "";
  #shown = new AbortController();

  constructor(controller: Controller, nest: WidgetNest, lifecycle: Lifecycle) {
    this.#controller = controller;
    this.#nest = nest;
    this.element = h("div.sl.dc-opened", { hidden: true }, this.#message, this.#place);
    lifecycle.onEnd(() => {
      this.#shown.abort();
      this.element.remove();
    });
  }

  update(): void {
    const { opened } = this.#controller.state;
    this.element.hidden = opened === null;
    if ((opened?.model ?? "") !== this.#model) this.#show(opened?.model ?? "");
    if (opened?.problem !== "") this.#place.style.minHeight = "";
    this.#message.hidden = opened?.model !== "";
    this.#message.classList.toggle("dc-problem", (opened?.problem ?? "") !== "");
    setText(this.#message, opened?.problem || `opening ${opened?.title ?? ""}…`);
  }

  #show(model: string): void {
    this.#model = model;
    this.#shown.abort();
    // Until the next widget has its own height the page below stays where it is.
    this.#place.style.minHeight = `${this.#place.offsetHeight}px`;
    this.#place.replaceChildren();
    if (model !== "") void this.#fill(model);
  }

  async #fill(model: string): Promise<void> {
    this.#shown = new AbortController();
    const { signal } = this.#shown;
    try {
      await this.#nest.showWidget(model, this.#place, signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!signal.aborted)
        this.#place.replaceChildren(h("div.dc-opening.dc-problem", {}, `It could not be shown: ${reason}`));
    }
    // A view draws a frame after it has come.
    requestAnimationFrame(() => {
      if (!signal.aborted) this.#place.style.minHeight = "";
    });
  }
}
