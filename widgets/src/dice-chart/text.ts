import { type ChartCell, chartMeasures, type DiceChartState } from "../../../src/protocol/dice-chart.js";
import type { ChartColumns } from "../../../src/protocol/dice-chart-columns.js";
import { meanTexts } from "../../../src/protocol/dice-chart-figure.js";
import type { SelectTarget } from "../../../src/protocol/dice-chart-intents.js";

/** Display name of a group: `MR · tumor`, `3 clicks`. */
export function groupText({ groups }: Pick<DiceChartState, "groups">, group: number): string {
  const { name, clicks } = groups[group];
  return clicks < 0 ? name : `${name} ${clicks === 1 ? "click" : "clicks"}`;
}

/** `0.83 [0.79, 0.87]` */
export function meanText(cell: ChartCell): string {
  return meanTexts(cell).join(" ").trimEnd();
}

/** Hover label: short, so it does not cover neighbors. Details are shown below the chart. */
export function cellLabel(cell: ChartCell): string {
  return `${meanText(cell)} · n ${cell.n}`;
}

export function pointLabel(columns: ChartColumns, n: number): string {
  return `Dice ${columns.dice[n].toFixed(3)}`;
}

/** Details of a mean or box, one per line. */
export function cellLines(state: DiceChartState, cell: ChartCell): string[] {
  const { n, subjects, q1, median, q3, low } = cell;
  return [
    `${groupText(state, cell.group)} · ${state.series[cell.series].name}`,
    `mean ${meanText(cell)}${low === null ? "" : ", 95 % interval"}`,
    `median ${median.toFixed(2)}, quartiles ${q1.toFixed(2)} to ${q3.toFixed(2)}`,
    `n ${n} from ${subjects} ${subjects === 1 ? "subject" : "subjects"}`,
  ];
}

/** Details of an object: case, slice, label, Dice, and its measures. */
export function pointLines(state: DiceChartState, columns: ChartColumns, n: number): string[] {
  const slice = columns.slice[n] < 0 ? "" : ` · slice ${columns.slice[n]}`;
  const part = columns.part[n] > 0 ? ` ${columns.part[n]}` : "";
  const { modality } = state.groups[columns.group[n]];
  const known = chartMeasures
    .filter((measure) => Number.isFinite(columns[measure][n]))
    .map((measure) =>
      measure === "size" ? `size ${columns.size[n]} px` : `${measure} ${Number(columns[measure][n].toPrecision(3))}`,
    );
  return [
    `${state.cases[columns.case[n]]}${slice}`,
    `${modality === "" ? "" : `${modality} · `}${state.labels[columns.label[n]]}${part}`,
    `Dice ${columns.dice[n].toFixed(3)} · ${state.series[columns.series[n]].name}`,
    ...(known.length > 0 ? [known.join(", ")] : []),
  ];
}

export function targetLines(state: DiceChartState, columns: ChartColumns, target: SelectTarget): string[] {
  if (target.of === "point") return pointLines(state, columns, target.point);
  const cell = state.cells.find(({ group, series }) => group === target.group && series === target.series);
  return cell ? cellLines(state, cell) : [];
}

/** Escapes text for plotly, which interprets tags and entities. */
export function plotlyText(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")).join("<br>");
}
