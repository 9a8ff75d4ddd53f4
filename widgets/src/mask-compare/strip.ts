import { palette } from "../../../src/protocol/palette.js";
import { frameOf } from "../../../src/protocol/slices.js";
import { stripPaths } from "../../../src/protocol/strip-path.js";
import { asFloat32 } from "../shared/bytes.js";
import { h, setAttributes, setText, svg } from "../shared/dom.js";
import type { Lifecycle } from "../shared/lifecycle.js";
import { clamp } from "../shared/slice-view/camera.js";
import type { CompareController } from "./controller.js";
import { scoreText } from "./scores.js";

/** Height of the chart in its own units, for Dice 1 to 0. */
const height = 100;

/**
 * Dice by slice, one line per mask: shows where masks differ. A click goes to a slice; also serves as the slice slider.
 */
export class Strip {
  readonly element: HTMLElement;
  readonly #controller: CompareController;
  readonly #lines = svg("svg", { class: "mc-lines", preserveAspectRatio: "none", "aria-hidden": "true" });
  readonly #here = h("div.mc-here", { "aria-hidden": "true" });
  readonly #hover = h("div.mc-hover", { "aria-hidden": "true" });
  readonly #label = h("span.mc-here-label");
  readonly #chart: HTMLElement;
  readonly #title = h("h4", {}, "Dice by slice");
  readonly #legend = agreementLegend();
  /** Inputs of the last drawing. */
  #drawn: readonly unknown[] = [];
  #hovered: number | null = null;

  constructor(controller: CompareController, { signal }: Lifecycle) {
    this.#controller = controller;
    this.#chart = h(
      "div.mc-chart",
      { role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-orientation": "horizontal" },
      ...[1, 0.5, 0].map((dice) =>
        h("div.mc-grid", { style: `top:${(1 - dice) * 100}%` }, h("span", {}, dice.toFixed(1))),
      ),
      this.#lines,
      this.#hover,
      this.#here,
      this.#label,
    );
    this.element = h("div.mc-strip", {}, h("div.mc-strip-head", {}, this.#title, this.#legend), this.#chart);
    const chart = this.#chart;
    chart.addEventListener("pointerdown", (event) => this.#press(event), { signal });
    chart.addEventListener("pointermove", (event) => this.#move(event), { signal });
    chart.addEventListener("pointerleave", () => this.#setHover(null), { signal });
    chart.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  update(): void {
    const { state, wanted, port, display } = this.#controller;
    const { count } = frameOf(state.subject, wanted.plane);
    // Reserve its space, so nothing shifts when it appears.
    this.#legend.style.visibility = display.paint === "agreement" ? "" : "hidden";
    this.#title.hidden = count === 1;
    this.#chart.hidden = count === 1;
    if (!this.#controller.truth || count === 1) return;
    this.#draw(count);
    const left = `${((wanted.index + 0.5) / count) * 100}%`;
    this.#here.style.left = left;
    this.#label.style.left = left;
    this.#label.classList.toggle("mc-flip", wanted.index > count / 2);
    setText(this.#label, `slice ${wanted.index}`);
    const shown = this.#hovered === null ? wanted.index : this.#hovered;
    this.#hover.hidden = this.#hovered === null;
    this.#hover.style.left = `${((shown + 0.5) / count) * 100}%`;
    this.#chart.title = this.#valuesAt(shown);
    setAttributes(this.#chart, {
      "aria-label": "slice, on a chart of Dice by slice",
      "aria-valuemax": count - 1,
      "aria-valuenow": wanted.index,
      "aria-valuetext": this.#valuesAt(wanted.index),
      "aria-disabled": port.live ? null : "true",
    });
  }

  #draw(count: number): void {
    const { state, local } = this.#controller;
    const now = [count, state.strip, local.current, this.#controller.display.layout];
    if (now.every((part, n) => part === this.#drawn[n])) return;
    this.#drawn = now;
    setAttributes(this.#lines, { viewBox: `0 0 ${count} ${height}` });
    this.#lines.replaceChildren(
      ...state.strip.flatMap(({ mask, dice }) => {
        const { line, dots } = stripPaths(
          asFloat32(dice),
          (slice) => slice + 0.5,
          (value) => (1 - value) * height,
        );
        const { color } = this.#controller.mask(mask);
        return [...(line ? [stroke(line, color, 2)] : []), ...(dots ? [stroke(dots, color, 6)] : [])];
      }),
    );
  }

  #valuesAt(index: number): string {
    const values = this.#controller.state.strip.map(({ mask, dice }) => {
      const value = asFloat32(dice)[index];
      return `${this.#controller.mask(mask).name} ${scoreText(Number.isNaN(value) ? null : value)}`;
    });
    return [`slice ${index}`, ...values].join(", ");
  }

  #index(event: PointerEvent): number {
    const { left, width } = this.#chart.getBoundingClientRect();
    const { count } = this.#controller.frame;
    return clamp(Math.floor(((event.clientX - left) / width) * count), 0, count - 1);
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#chart.setPointerCapture(event.pointerId);
    this.#controller.goTo(this.#index(event));
  }

  #move(event: PointerEvent): void {
    const index = this.#index(event);
    if (this.#chart.hasPointerCapture(event.pointerId)) this.#controller.goTo(index);
    this.#setHover(index);
  }

  #setHover(index: number | null): void {
    if (index === this.#hovered) return;
    this.#hovered = index;
    this.update();
  }

  /** Slider keys; arrows do not move the picture here. */
  #key(event: KeyboardEvent): void {
    const controller = this.#controller;
    const steps: { readonly [key: string]: number } = {
      ArrowRight: 1,
      ArrowUp: 1,
      ArrowLeft: -1,
      ArrowDown: -1,
      PageUp: 10,
      PageDown: -10,
      Home: Number.NEGATIVE_INFINITY,
      End: Number.POSITIVE_INFINITY,
    };
    const by = steps[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    controller.step(by);
  }
}

function stroke(d: string, color: string, width: number): SVGElement {
  return svg("path", {
    d,
    fill: "none",
    stroke: color,
    "stroke-width": width,
    "stroke-linejoin": "round",
    "stroke-linecap": "round",
    "vector-effect": "non-scaling-stroke",
  });
}

/** Legend of the agreement colors. */
function agreementLegend(): HTMLElement {
  const entries = [
    ["both", palette.both, "true positive: in the mask and in the truth"],
    ["only predicted", palette.onlyPredicted, "false positive: in the mask, not in the truth"],
    ["only truth", palette.onlyTruth, "false negative: in the truth, not in the mask"],
  ] as const;
  return h(
    "div.mc-legend",
    { role: "group", "aria-label": "legend" },
    ...entries.map(([name, color, title]) =>
      h("span.mc-legend-entry", { title }, h("span.sl-swatch", { style: `background:${color}` }), name),
    ),
  );
}
