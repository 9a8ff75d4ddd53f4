import { symbolPoints } from "../../../src/protocol/chart-symbols.js";
import { type ChartSeries, type ChartSymbol, chartTitle } from "../../../src/protocol/dice-chart.js";
import { chartLegend } from "../../../src/protocol/dice-chart-figure.js";
import { h, setAttributes, setText, svg } from "../shared/dom.js";
import type { Controller } from "./controller.js";

/** Title, subtitle, and the legend, whose entries toggle their series. */
export class Head {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #title = h("h3.dc-title");
  readonly #entries: readonly { readonly button: HTMLButtonElement; readonly rho: HTMLElement }[];
  readonly #published = h("span");
  readonly #anchors: HTMLElement;

  constructor(controller: Controller) {
    this.#controller = controller;
    const { state } = controller;
    this.#entries = state.series.map((series, n) => {
      const rho = h("span.dc-rho");
      const button = h("button.dc-entry", { type: "button" }, mark(series), h("span", {}, series.name), rho);
      button.addEventListener("click", () => controller.toggleSeries(n));
      return { button, rho };
    });
    this.#anchors = h("span.dc-anchor-entry", {}, anchorMark(), this.#published);
    this.element = h(
      "div.dc-head",
      {},
      h("div.dc-titles", {}, this.#title, h("div.dc-subtitle", {}, state.subtitle)),
      h(
        "div.dc-legend",
        { role: "group", "aria-label": "legend" },
        ...this.#entries.map(({ button }) => button),
        this.#anchors,
      ),
    );
  }

  update(): void {
    const { state, shown, hidden } = this.#controller;
    setText(this.#title, chartTitle(state, shown.view));
    const { entries, published } = chartLegend(state, shown);
    this.#entries.forEach(({ button, rho }, n) => {
      setText(rho, entries[n].rho);
      const isShown = !hidden.has(n);
      setAttributes(button, { "aria-pressed": String(isShown), title: isShown ? "switch off" : "switch on" });
    });
    this.#anchors.hidden = published === "";
    setText(this.#published, published);
  }
}

/** A symbol around the center of 14 × 14. */
function shapeOf(symbol: ChartSymbol, paint: { readonly [name: string]: string | number }): SVGElement {
  if (symbol === "circle") return svg("circle", { cx: 7, cy: 7, r: 5, ...paint });
  return svg("polygon", { points: symbolPoints(symbol, 7, 7, 4.8), ...paint });
}

function mark({ symbol, color }: ChartSeries): SVGElement {
  const box = { viewBox: "0 0 14 14", width: 12, height: 12, "aria-hidden": "true" };
  return svg("svg", box, shapeOf(symbol, { fill: color }));
}

function anchorMark(): SVGElement {
  const box = { viewBox: "-1 -1 16 16", width: 12, height: 12, "aria-hidden": "true" };
  return svg("svg", box, shapeOf("diamond", { fill: "none", stroke: "currentColor", "stroke-width": 1.6 }));
}
