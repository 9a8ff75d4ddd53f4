import { h } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import type { Controller } from "./controller.js";
import type { OverviewPanel } from "./overview/panel.js";

/**
 * Container for the three planes and the surfaces below the picture. Their code is loaded when they are first opened.
 */
export class OverviewSlot {
  readonly element = h("div.sl-overview", { role: "group", "aria-label": "three planes and 3D" });
  readonly #controller: Controller;
  readonly #lifecycle: Lifecycle;
  readonly #invalidate: () => void;
  #panel: OverviewPanel | null = null;
  #isLoading = false;

  constructor(controller: Controller, lifecycle: Lifecycle, invalidate: () => void) {
    this.#controller = controller;
    this.#lifecycle = lifecycle;
    this.#invalidate = invalidate;
  }

  update(): void {
    const isOpen = this.#controller.state.overview !== null;
    this.element.hidden = !isOpen;
    if (isOpen) this.#panel?.update();
    if (isOpen && !this.#panel && !this.#isLoading) void this.#load();
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    try {
      const { OverviewPanel } = await import(/* webpackChunkName: "overview" */ "./overview/panel.js");
      if (this.#lifecycle.ended) return;
      this.#panel = new OverviewPanel(this.element, this.#controller, this.#lifecycle, this.#invalidate);
      this.#invalidate();
    } catch {
      this.#controller.note("The three planes could not be loaded: load the page again.");
      this.#controller.send({ kind: "overview", open: false });
    } finally {
      this.#isLoading = false;
    }
  }
}
