import { messageOf } from "../../../src/core/errors.js";
import { h, setText } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import type { WidgetContainer } from "../shared/widget-container.js";
import type { Controller } from "./controller.js";

/** Below the chart: the widget of the clicked case. */
export class Opened {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #container: WidgetContainer;
  readonly #message = h("div.dc-opening", { role: "status" });
  readonly #place = h("div.dc-widget");
  /** Model id of the widget shown, and what removes it. */
  #model = "";
  #shown = new AbortController();

  constructor(controller: Controller, container: WidgetContainer, lifecycle: Lifecycle) {
    this.#controller = controller;
    this.#container = container;
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
    // Keep the height until the next widget has its own, so the page does not jump.
    this.#place.style.minHeight = `${this.#place.offsetHeight}px`;
    this.#place.replaceChildren();
    if (model !== "") void this.#fill(model);
  }

  async #fill(model: string): Promise<void> {
    this.#shown = new AbortController();
    const { signal } = this.#shown;
    try {
      await this.#container.showWidget(model, this.#place, signal);
    } catch (error) {
      if (!signal.aborted) {
        const text = `It could not be shown: ${messageOf(error)}`;
        this.#place.replaceChildren(h("div.dc-opening.dc-problem", {}, text));
      }
    }
    // A view renders one frame after it is attached.
    requestAnimationFrame(() => {
      if (!signal.aborted) this.#place.style.minHeight = "";
    });
  }
}
