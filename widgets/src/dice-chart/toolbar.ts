import { type ChartMarks, type ChartViewName, chartMarks, chartMeasures } from "../../../src/protocol/dice-chart.js";
import { h, setAttributes } from "../shared/dom.js";
import type { Controller } from "./controller.js";

interface Choice<T> {
  readonly value: T;
  readonly button: HTMLButtonElement;
}

const titles: { readonly [value: string]: string } = {
  modalities: "Dice of each modality",
  size: "Dice against the object's size",
  contrast: "Dice against the object's contrast to its surroundings",
  complexity: "Dice against the complexity of the object's boundary",
  bars: "means with 95 % intervals",
  boxes: "medians, quartiles and whiskers",
  points: "every object",
};

/** The row of buttons above the chart: which view, and how its values are drawn. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #controller: Controller;
  readonly #views: readonly Choice<ChartViewName>[];
  readonly #marks: readonly Choice<ChartMarks>[];

  constructor(controller: Controller) {
    this.#controller = controller;
    this.#views = choices(["modalities", ...chartMeasures], (view) => controller.show({ view }));
    this.#marks = choices(chartMarks, (marks) => {
      if (controller.shown.view === "modalities") controller.show({ marks });
    });
    this.element = h(
      "div.sl-toolbar",
      { role: "toolbar", "aria-label": "chart" },
      group("view", this.#views),
      h("span.sl-space"),
      group("marks", this.#marks),
    );
    // Over the number of clicks there is one way to draw.
    this.element.hidden = controller.state.kind === "prompts";
  }

  update(): void {
    const { view, marks } = this.#controller.shown;
    for (const { value, button } of this.#views) setAttributes(button, { "aria-pressed": String(value === view) });
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
    const button = h("button.sl-button", { type: "button", title: titles[value] }, value);
    button.addEventListener("click", () => choose(value));
    return { value, button };
  });
}

function group(name: string, list: readonly Choice<string>[]): HTMLElement {
  return h("div.sl-group", { role: "group", "aria-label": name }, ...list.map(({ button }) => button));
}
