import { type ChartSeries, chartTitle } from "../../../src/protocol/dice-chart.js";
import { h, setAttributes, setText, svg } from "../shared/dom.js";
import type { Controller } from "./controller.js";
import { rhoText } from "./text.js";

/** Title, subtitle, and the legend, whose entries toggle their series. */
export class Head {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #title = h("h3.dc-title");
  readonly #entries: readonly { readonly button: HTMLButtonElement; readonly rho: HTMLElement }[];
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
    const metrics = [...new Set(state.anchors.map(({ metric }) => metric))].join(", ");
    this.#anchors = h("span.dc-anchor-entry", {}, anchorMark(), `published ${metrics}`);
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
    this.#entries.forEach(({ button, rho }, n) => {
      const found = state.correlations.find(({ series, measure }) => series === n && measure === shown.view);
      setText(rho, found ? `ρ ${rhoText(found.rho)} (n ${found.n})` : "");
      const isShown = !hidden.has(n);
      setAttributes(button, { "aria-pressed": String(isShown), title: isShown ? "switch off" : "switch on" });
    });
    this.#anchors.hidden = state.anchors.length === 0 || shown.view !== "modalities";
  }
}

/** SVG shapes of radius 5 around the center of 14 × 14, matching plotly's symbols of the same names. */
const shapes: Readonly<Record<ChartSeries["symbol"], string>> = {
  circle: "M2 7a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z",
  square: "M2.5 2.5h9v9h-9Z",
  diamond: "M7 .8 13.2 7 7 13.2.8 7Z",
  "triangle-up": "M7 1.5 12.8 11.5H1.2Z",
  "triangle-down": "M7 12.5 1.2 2.5H12.8Z",
  cross: "M5 1.5h4V5h3.5v4H9v3.5H5V9H1.5V5H5Z",
  pentagon: "M7 1.4 12.7 5.5 10.5 12.2H3.5L1.3 5.5Z",
};

function mark({ symbol, color }: ChartSeries): SVGElement {
  return svg(
    "svg",
    { viewBox: "0 0 14 14", width: 12, height: 12, "aria-hidden": "true" },
    svg("path", { d: shapes[symbol], fill: color }),
  );
}

function anchorMark(): SVGElement {
  const shape = svg("path", { d: shapes.diamond, fill: "none", stroke: "currentColor", "stroke-width": 1.6 });
  return svg("svg", { viewBox: "-1 -1 16 16", width: 12, height: 12, "aria-hidden": "true" }, shape);
}
