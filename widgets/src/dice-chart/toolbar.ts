import {
  type ChartMarks,
  type ChartViewName,
  chartMarks,
  chartMeasures,
  chartTitle,
  isByModel,
} from "../../../src/protocol/dice-chart.js";
import { type ChartFormat, chartFormats } from "../../../src/protocol/dice-chart-intents.js";
import { h, setAttributes } from "../shared/dom.js";
import type { Controller } from "./controller.js";

interface Choice<T> {
  readonly value: T;
  readonly button: HTMLButtonElement;
}

const markTitles: Readonly<Record<ChartMarks, string>> = {
  bars: "means with 95 % intervals",
  boxes: "medians, quartiles and whiskers",
  points: "every object",
};

/** The toolbar above the chart: which view, and how values are drawn. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #views: readonly Choice<ChartViewName>[];
  readonly #marks: readonly Choice<ChartMarks>[];
  readonly #saves: readonly Choice<ChartFormat>[];
  readonly #worst: HTMLButtonElement;
  readonly #viewGroup: HTMLElement;
  readonly #markGroup: HTMLElement;

  constructor(controller: Controller) {
    this.#controller = controller;
    this.#views = choices(["modalities", ...chartMeasures], (view) => controller.show({ view }));
    for (const { value, button } of this.#views) button.title = chartTitle({ ...controller.state, title: "" }, value);
    if (isByModel(controller.state)) this.#views[0]!.button.textContent = "models";
    this.#marks = choices(chartMarks, (marks) => {
      if (controller.shown.view === "modalities") controller.show({ marks });
    });
    for (const { value, button } of this.#marks) button.title = markTitles[value];
    this.#viewGroup = group("view", this.#views);
    this.#markGroup = group("marks", this.#marks);
    this.#saves = choices(chartFormats, (format) => {
      if (controller.port.live) controller.save(format);
    });
    for (const { value, button } of this.#saves) {
      button.textContent = value.toUpperCase();
      button.title = `save the chart as ${value.toUpperCase()}, black on white`;
    }
    this.#worst = h(
      "button.sl-button",
      { type: "button", title: "picks the object with the lowest Dice; again: the next one" },
      "worst case",
    );
    this.#worst.addEventListener("click", () => {
      if (controller.port.live) controller.selectWorst();
    });
    this.element = h(
      "div.sl-toolbar",
      { role: "toolbar", "aria-label": "chart" },
      this.#viewGroup,
      h("span.sl-space"),
      this.#markGroup,
      group("go", [{ value: "worst", button: this.#worst }]),
      group("save", this.#saves),
    );
    // Charts by number of clicks have only one kind of mark.
    const isOneWay = controller.state.kind === "prompts";
    this.#viewGroup.hidden = isOneWay;
    this.#markGroup.hidden = isOneWay;
  }

  update(): void {
    const { view, marks } = this.#controller.shown;
    for (const { value, button } of this.#views) setAttributes(button, { "aria-pressed": String(value === view) });
    const live = this.#controller.port.live ? null : "true";
    for (const { button } of this.#saves) setAttributes(button, { "aria-disabled": live });
    setAttributes(this.#worst, { "aria-disabled": live });
    for (const { value, button } of this.#marks) {
      setAttributes(button, {
        "aria-pressed": String(value === marks && view === "modalities"),
        "aria-disabled": view === "modalities" ? null : "true",
      });
    }
  }
}

function choices<T extends string>(values: readonly T[], choose: (value: T) => void): Choice<T>[] {
  return values.map((value) => {
    const button = h("button.sl-button", { type: "button" }, value);
    button.addEventListener("click", () => choose(value));
    return { value, button };
  });
}

function group(name: string, list: readonly Choice<string>[]): HTMLElement {
  return h("div.sl-group", { role: "group", "aria-label": name }, ...list.map(({ button }) => button));
}
