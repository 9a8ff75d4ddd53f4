import { h } from "../shared/dom.js";
import type { Controller } from "./controller.js";
import { groupText, meanText } from "./text.js";

/** The means as a table, for screen readers. */
export function meansTable({ state }: Controller): HTMLElement {
  const head = ["row", "series", "mean Dice and 95 % interval", "median", "n"];
  const rows = state.cells.map((cell) => [
    groupText(state, cell.group),
    state.series[cell.series].name,
    meanText(cell),
    cell.median.toFixed(2),
    String(cell.n),
  ]);
  return h(
    "table.sl-hidden",
    {},
    h("caption", {}, "The chart's means"),
    h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells.map((text) => h("td", {}, text))))),
  );
}
