import type { ChartCell, ChartSeries, DiceChartState } from "../../../../src/protocol/dice-chart.js";
import { anchorOffset, groupCount, seriesBand, seriesOffset } from "../../../../src/protocol/dice-chart.js";
import { type ChartColumns, pointJitter, readColumns } from "../../../../src/protocol/dice-chart-columns.js";
import { columns, type Plot, page, xTitle } from "./frame.js";
import { shorten, textWidth } from "./measure-text.js";
import { linearScale } from "./scale.js";
import { element, ink, line, rect, text } from "./svg.js";
import { symbol } from "./symbols.js";

const longestName = 230;
/** Space for `0.83 [0.79, 0.87]` right of the plot. */
const numbersWidth = 122;

interface Lane {
  readonly x: (value: number) => number;
  readonly y: number;
  /** Height of one series' lane in its row. */
  readonly height: number;
  readonly series: ChartSeries;
}

/** One row per group, with one lane per series. */
export const drawModalities: Plot = (state, top) => {
  const { groups, series, cells, anchors, shown } = state;
  const names = groups.map(({ name }) => shorten(name, 12, longestName));
  const left = page.margin + Math.max(60, ...names.map((name) => textWidth(name, 12))) + 12;
  const right = page.width - page.margin - (shown.marks === "bars" ? numbersWidth : 0);
  const hasAnchors = anchors.length > 0;
  const rowHeight = Math.max(40, series.length * 17 + 14) + (hasAnchors ? 12 : 0);
  const bottom = top + rowHeight * groups.length;
  const scale = linearScale(0, 1, left, right);
  const middle = (group: number) => top + (group + 0.5) * rowHeight;
  const laneOf = (group: number, n: number): Lane => ({
    x: (value) => scale.at(value),
    y: middle(group) + seriesOffset(n, series.length, hasAnchors) * rowHeight,
    height: (seriesBand(hasAnchors) * rowHeight) / series.length,
    series: series[n],
  });
  const body = [
    ...columns(scale, top, bottom),
    ...groups
      .slice(1)
      .map((_, n) => line(page.margin, middle(n) + rowHeight / 2, right, middle(n) + rowHeight / 2, ink.grid)),
    line(left, top, left, bottom, ink.axis),
    ...groups.flatMap((_, n) => [
      text(left - 12, middle(n) - 1, names[n], { anchor: "end" }),
      text(left - 12, middle(n) + 13, groupCount(cells, n), { anchor: "end", size: 10, fill: ink.soft }),
    ]),
    ...marksOf(state, laneOf),
    ...anchors.map(({ group, value }) =>
      symbol("diamond", scale.at(value), middle(group) + anchorOffset * rowHeight, {
        radius: 3.6,
        fill: "#fff",
        stroke: ink.text,
      }),
    ),
    xTitle(left, right, bottom + 34, anchors.some(({ metric }) => metric !== "Dice") ? "Dice (◇ IoU)" : "Dice"),
  ];
  return { body, bottom: bottom + 40 };
};

function marksOf(state: DiceChartState, laneOf: (group: number, series: number) => Lane): string[] {
  const { cells, shown, points } = state;
  if (shown.marks === "bars") return cells.flatMap((cell) => bar(cell, laneOf(cell.group, cell.series)));
  const values = readColumns(points);
  if (shown.marks === "points") {
    return [
      ...dots(values, laneOf, () => true),
      ...cells.map((cell) => meanTick(cell, laneOf(cell.group, cell.series))),
    ];
  }
  const cellOf = new Map(cells.map((cell) => [cell.group * 65536 + cell.series, cell]));
  const isOutside = (n: number) => {
    const cell = cellOf.get(values.group[n] * 65536 + values.series[n]);
    // float32 rounding must not turn a whisker end into an outlier.
    return cell !== undefined && (values.dice[n] < cell.fenceLow - 1e-6 || values.dice[n] > cell.fenceHigh + 1e-6);
  };
  return [...cells.flatMap((cell) => box(cell, laneOf(cell.group, cell.series))), ...dots(values, laneOf, isOutside)];
}

function bar({ mean, low, high }: ChartCell, { x, y, height, series }: Lane): string[] {
  const thickness = Math.min(12, height * 0.72);
  const interval = low === null || high === null ? [] : [line(x(low), y, x(high), y, series.color, 2.2)];
  const range = low === null || high === null ? "" : `[${low.toFixed(2)}, ${high.toFixed(2)}]`;
  return [
    rect(x(0), y - thickness / 2, x(mean) - x(0), thickness, series.color, 0.17),
    ...interval,
    symbol(series.symbol, x(mean), y, { radius: 4.6, fill: series.color }),
    element(
      "text",
      { x: x(1) + 14, y: y + 4, "font-size": 11, fill: ink.text, style: "font-variant-numeric: tabular-nums" },
      mean.toFixed(2),
      element("tspan", { fill: ink.soft, dx: 6 }, range),
    ),
  ];
}

function box(cell: ChartCell, { x, y, height, series }: Lane): string[] {
  const half = Math.min(14, height * 0.74) / 2;
  const { q1, median, q3, fenceLow, fenceHigh } = cell;
  return [
    line(x(fenceLow), y, x(q1), y, series.color, 1.4),
    line(x(q3), y, x(fenceHigh), y, series.color, 1.4),
    ...[fenceLow, fenceHigh].map((end) => line(x(end), y - half * 0.6, x(end), y + half * 0.6, series.color, 1.4)),
    element("rect", {
      x: x(q1),
      y: y - half,
      width: x(q3) - x(q1),
      height: 2 * half,
      fill: series.color,
      "fill-opacity": 0.22,
      stroke: series.color,
      "stroke-width": 1.4,
    }),
    line(x(median), y - half, x(median), y + half, series.color, 2.6),
  ];
}

function dots(
  { count, group, series, dice }: ChartColumns,
  laneOf: (group: number, series: number) => Lane,
  isDrawn: (n: number) => boolean,
): string[] {
  return Array.from({ length: count }, (_, n) => n)
    .filter(isDrawn)
    .map((n) => {
      const lane = laneOf(group[n], series[n]);
      const y = lane.y + pointJitter(n) * lane.height * 0.7;
      return symbol(lane.series.symbol, lane.x(dice[n]), y, { radius: 2.3, fill: lane.series.color, opacity: 0.6 });
    });
}

/** With a light outline, to stand out from the points. */
function meanTick({ mean }: ChartCell, { x, y, height }: Lane): string {
  const half = height * 0.46;
  return `${line(x(mean), y - half, x(mean), y + half, "#fff", 4.5)}${line(x(mean), y - half, x(mean), y + half, ink.text, 2)}`;
}
