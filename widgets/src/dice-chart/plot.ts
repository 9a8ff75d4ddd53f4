import type { PlotlyHTMLElement } from "plotly.js";
import { messageOf } from "../../../src/core/errors.js";
import { h, setText } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import { loadPlotly, type Plotly } from "../shared/load-plotly.js";
import type { Controller } from "./controller.js";
import { figureOf, plotHeight, plotlyConfig } from "./figure/figure.js";
import { targetOf } from "./figure/traces.js";
import { onThemeChange, themeOf } from "./page-theme.js";

/** Minimum width that plotly can draw in. */
const leastWidth = 240;

/** The plot. Its element has its final height before plotly.js is loaded, so the layout does not shift. */
export class Plot {
  readonly element: HTMLElement;
  readonly surface: HTMLElement;
  readonly #canvas = h("div.dc-canvas");
  readonly #message = h("div.dc-message", { role: "status" });
  readonly #messageText = h("span");
  readonly #retry = h("button.sl-link", { type: "button" }, "try again");
  readonly #controller: Controller;
  readonly #lifecycle: Lifecycle;
  readonly #invalidate: () => void;
  #plotly: Plotly | null = null;
  #width = 0;
  /** Incremented to reset the zoom. */
  #zoom = 0;
  #wasHidden = false;
  #drawing: Promise<void> = Promise.resolve();

  constructor(controller: Controller, lifecycle: Lifecycle, invalidate: () => void) {
    this.#controller = controller;
    this.#lifecycle = lifecycle;
    this.#invalidate = invalidate;
    this.#message.append(this.#messageText, this.#retry);
    this.surface = h(
      "div.dc-plot",
      {
        tabindex: 0,
        role: "application",
        "aria-label": "Dice chart: arrow keys go through its means or points, Enter picks one, Escape leaves",
      },
      this.#canvas,
    );
    this.element = h("div.dc-stage", {}, this.surface, this.#message);
    this.#retry.addEventListener("click", () => void this.#load());
    const resized = new ResizeObserver(() => {
      if (Math.round(this.surface.clientWidth) !== this.#width) invalidate();
    });
    resized.observe(this.surface);
    onThemeChange(invalidate, lifecycle);
    lifecycle.onEnd(() => {
      resized.disconnect();
      if (this.#plotly) this.#plotly.purge(this.#canvas);
    });
    void this.#load();
  }

  update(): void {
    const { state, shown, columns, hidden, cursor } = this.#controller;
    this.surface.style.height = `${plotHeight(state, shown)}px`;
    const plotly = this.#plotly;
    this.#width = Math.round(this.surface.clientWidth);
    if (!plotly) return;
    if (this.#width === 0) {
      // Not on the page, or in an inactive tab: the observer calls again. While JupyterLab changes its theme it hides
      // everything within one frame, which the observer does not see, so check once more.
      if (!this.#wasHidden) requestAnimationFrame(this.#invalidate);
      this.#wasHidden = true;
      return;
    }
    this.#wasHidden = false;
    const width = Math.max(leastWidth, this.#width);
    const theme = themeOf(this.element);
    const { data, layout } = figureOf({ state, shown, columns, hidden, cursor, width, theme, zoom: this.#zoom });
    this.#drawing = this.#drawing
      .then(() => (this.#lifecycle.ended ? undefined : plotly.react(this.#canvas, [...data], layout, plotlyConfig)))
      .then(() => this.#say(""))
      .catch((error: unknown) => this.#fail("The chart could not be drawn", error));
  }

  async #load(): Promise<void> {
    this.#say("loading the chart…");
    try {
      const plotly = await loadPlotly();
      if (this.#lifecycle.ended) return;
      const element = await plotly.newPlot(this.#canvas, [], { width: 10, height: 10 }, plotlyConfig);
      this.#listen(element);
      this.#plotly = plotly;
      this.#invalidate();
    } catch (error) {
      this.#fail("plotly.js could not be loaded", error);
    }
  }

  #listen(element: PlotlyHTMLElement): void {
    element.on("plotly_click", ({ points }) => {
      const target = targetOf(points[0]?.customdata);
      if (target) this.#controller.select(target);
    });
    element.on("plotly_hover", ({ points }) => {
      const target = targetOf(points[0]?.customdata);
      this.surface.classList.toggle("dc-over", target !== null);
      this.#controller.hover(target);
    });
    element.on("plotly_unhover", () => {
      this.surface.classList.remove("dc-over");
      this.#controller.hover(null);
    });
    // Plotly's own reset would fit the Dice axis to the points.
    element.on("plotly_doubleclick", () => {
      this.#zoom++;
      this.#invalidate();
    });
  }

  #fail(what: string, error: unknown): void {
    this.#say(`${what}: ${messageOf(error).split("\n")[0]}`, true);
  }

  #say(text: string, isProblem = false): void {
    this.#message.hidden = text === "";
    this.#message.classList.toggle("dc-problem", isProblem);
    setText(this.#messageText, text);
    this.#retry.hidden = !isProblem;
  }
}
