import { tickTexts } from "../../../src/protocol/chart-ticks.js";
import type { Axis } from "../../../src/protocol/training-axes.js";
import { h, setAttributes, setText, svg } from "../shared/dom.js";
import { type CurvePoint, type Curves, nearest } from "./curves.js";

/** Height of the drawing in its own units. */
const height = 100;

/** Curves over the steps in a box that stretches; texts and dots are HTML, so that they do not stretch. */
export class CurvePanel {
  readonly element: HTMLElement;
  readonly #raw = path("tr-raw");
  readonly #line = path("tr-line");
  readonly #drawing = svg("svg", { class: "tr-drawing", preserveAspectRatio: "none", "aria-hidden": "true" });
  readonly #axes = h("div.tr-axes");
  readonly #dots = h("div.tr-dots");
  readonly #best = h("span.tr-best");
  readonly #here = h("div.tr-here");
  readonly #value = h("span.tr-value");
  readonly #area: HTMLElement;
  #curves: Curves | null = null;
  /** Pointer position as a fraction of the width. */
  #hovered: number | null = null;
  #axesDrawn = "";

  /** `legend`: labels of the thin and the thick line. */
  constructor(title: string, legend: readonly [thin: string, thick: string] | null = null) {
    this.#drawing.append(this.#raw, this.#line);
    this.#area = h(
      "div.tr-area",
      { "aria-hidden": "true" },
      this.#axes,
      this.#drawing,
      this.#dots,
      this.#best,
      this.#here,
      this.#value,
    );
    const keys = legend?.map((text, n) => h("span.tr-key", {}, h(`i.tr-key-${n === 0 ? "thin" : "thick"}`), text));
    const head = h("div.tr-panel-head", {}, h("h4", {}, title), ...(keys ?? []));
    this.element = h("div.tr-panel", {}, head, this.#area);
    this.#area.addEventListener("pointermove", (event) => {
      const { left, width } = this.#area.getBoundingClientRect();
      this.#hovered = (event.clientX - left) / width;
      this.#showHovered();
    });
    this.#area.addEventListener("pointerleave", () => {
      this.#hovered = null;
      this.#showHovered();
    });
    this.#showHovered();
  }

  /** Shows the values at the step nearest to the pointer. */
  #showHovered(): void {
    const curves = this.#curves;
    const found = curves && this.#hovered !== null ? nearest(curves, this.#hovered * curves.steps.top) : null;
    this.#here.hidden = !found;
    this.#value.hidden = !found;
    if (!found || !curves) return;
    const at = `left:${percent(found.step / curves.steps.top)}`;
    setAttributes(this.#here, { style: at });
    setAttributes(this.#value, { style: at });
    this.#value.classList.toggle("tr-last", found.step > curves.steps.top / 2);
    setText(this.#value, found.text);
  }

  draw(curves: Curves): void {
    this.#curves = curves;
    this.#showHovered();
    const { steps, values, raw, line, dots, best } = curves;
    this.#drawAxes(steps, values);
    setAttributes(this.#drawing, { viewBox: `0 0 ${steps.top} ${height}` });
    const at = ([step, value]: CurvePoint) => `${step} ${((1 - value / values.top) * height).toFixed(2)}`;
    setAttributes(this.#raw, { d: linePath(raw, at) });
    setAttributes(this.#line, { d: linePath(line, at) });
    const place = ([step, value]: CurvePoint) =>
      `left:${percent(step / steps.top)};top:${percent(1 - value / values.top)}`;
    this.#dots.replaceChildren(...dots.map((point) => h("i.tr-dot", { style: place(point) })));
    this.#best.hidden = best === null;
    if (best) {
      this.#dots.append(h("i.tr-dot.tr-dot-best", { style: place(best) }));
      setText(this.#best, best[1].toFixed(3));
      setAttributes(this.#best, { style: place(best) });
      this.#best.classList.toggle("tr-first", best[0] < steps.top * 0.1);
      this.#best.classList.toggle("tr-last", best[0] > steps.top * 0.9);
      this.#best.classList.toggle("tr-below", best[1] > values.top * 0.85);
    }
  }

  #drawAxes(steps: Axis, values: Axis): void {
    const drawn = JSON.stringify([steps, values]);
    if (drawn === this.#axesDrawn) return;
    this.#axesDrawn = drawn;
    this.#axes.replaceChildren(
      ...tickTexts(values.ticks).map((text, n) =>
        h("div.tr-grid", { style: `top:${percent(1 - values.ticks[n] / values.top)}` }, h("span", {}, text)),
      ),
      ...tickTexts(steps.ticks).map((text, n) =>
        h("span.tr-step", { style: `left:${percent(steps.ticks[n] / steps.top)}` }, text),
      ),
    );
  }
}

function path(name: string): SVGElement {
  return svg("path", { class: name, fill: "none", "vector-effect": "non-scaling-stroke" });
}

/** An isolated point is drawn as a dot, since it has no line. */
function linePath(points: readonly CurvePoint[], at: (point: CurvePoint) => string): string {
  return points.length < 2 ? "" : `M${points.map(at).join("L")}`;
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)}%`;
}
