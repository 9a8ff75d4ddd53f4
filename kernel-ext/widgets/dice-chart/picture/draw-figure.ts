import type { ChartCell, DiceChartState } from "../../../../src/protocol/dice-chart.js";
import {
  type ChartFigure,
  type FigureMark,
  meanTexts,
  type PlacedCell,
  rowHeight,
} from "../../../../src/protocol/dice-chart-figure.js";
import { columns, type Part, page, rows, xTitle, yTitle } from "./frame.js";
import { shorten, textWidth } from "./measure-text.js";
import { type Scale, scaleOf } from "./scale.js";
import { element, ink, line, rect, text } from "./svg.js";
import { symbol } from "./symbols.js";

/** Height of a plot without rows. */
const plotHeight = 360;
const longestName = 230;
/** Space for `0.83 [0.79, 0.87]` right of the plot. */
const numbersWidth = 122;

/** Where a figure is drawn. */
interface Drawing {
  readonly state: DiceChartState;
  readonly figure: ChartFigure;
  readonly x: Scale;
  readonly y: Scale;
  /** Pixels for a height of 1, in a figure with rows. */
  readonly rowHeight: number;
}

/** A chart's figure as SVG elements from `top` on. */
export function drawFigure(figure: ChartFigure, state: DiceChartState, top: number): Part {
  return figure.kind === "rows" ? drawRows(figure, state, top) : drawPlot(figure, state, top);
}

function drawRows(figure: ChartFigure, state: DiceChartState, top: number): Part {
  const names = figure.rows.map(({ name }) => shorten(name, 12, longestName));
  const left = page.margin + Math.max(60, ...names.map((name) => textWidth(name, 12))) + 12;
  const right = page.width - page.margin - (figure.numbers.length > 0 ? numbersWidth : 0);
  const height = rowHeight(state.series.length, figure.anchors.length > 0);
  const bottom = top + height * figure.rows.length;
  const x = scaleOf(figure.x, left, right);
  const y = scaleOf(figure.y, bottom, top);
  const body = [
    ...columns(x, top, bottom),
    ...figure.rows.slice(1).map((_, n) => line(page.margin, y.at(n + 0.5), right, y.at(n + 0.5), ink.grid)),
    line(left, top, left, bottom, ink.axis),
    ...figure.rows.flatMap(({ count }, n) => [
      text(left - 12, y.at(n) - 1, names[n], { anchor: "end" }),
      text(left - 12, y.at(n) + 13, count, { anchor: "end", size: 10, fill: ink.soft }),
    ]),
    ...marks({ state, figure, x, y, rowHeight: height }),
    ...figure.numbers.map(({ cell, at }) => number(cell, right + 14, y.at(at) + 4)),
    ...figure.anchors.map(({ value, at }) =>
      symbol("diamond", x.at(value), y.at(at), { radius: 3.6, fill: "#fff", stroke: ink.text }),
    ),
    xTitle(left, right, bottom + 34, figure.x.title),
  ];
  return { body, bottom: bottom + 40 };
}

function drawPlot(figure: ChartFigure, state: DiceChartState, top: number): Part {
  const [left, right, bottom] = [page.margin + 44, page.width - page.margin, top + plotHeight];
  const x = scaleOf(figure.x, left, right);
  const y = scaleOf(figure.y, bottom, top);
  const body = [
    ...columns(x, top, bottom, figure.x.hasGrid),
    ...rows(y, left, right),
    line(left, bottom, right, bottom, ink.axis),
    ...marks({ state, figure, x, y, rowHeight: 0 }),
    ...figure.marks.flatMap((mark) =>
      mark.kind === "level" ? [text(left + 8, y.at(mark.cell.mean) - 5, mark.label, { size: 10.5 })] : [],
    ),
    ...(figure.message === ""
      ? []
      : [text((left + right) / 2, (top + bottom) / 2, figure.message, { anchor: "middle", fill: ink.soft })]),
    xTitle(left, right, bottom + 36, figure.x.title),
    yTitle(top, bottom),
  ];
  return { body, bottom: bottom + 44 };
}

function marks(drawing: Drawing): string[] {
  return drawing.figure.marks.flatMap((mark) => drawMark(mark, drawing));
}

function drawMark(mark: FigureMark, drawing: Drawing): string[] {
  const { state, figure, x, y } = drawing;
  const { color, symbol: shape } = state.series[mark.series];
  switch (mark.kind) {
    case "bars": {
      const height = mark.thickness * drawing.rowHeight;
      return mark.cells.map(({ cell, at }) =>
        rect(x.at(0), y.at(at) - height / 2, x.at(cell.mean) - x.at(0), height, color, 0.17),
      );
    }
    case "boxes":
      return mark.cells.flatMap((placed) => box(placed, color, (mark.thickness * drawing.rowHeight) / 2, drawing));
    case "means":
      return mark.cells.flatMap(({ cell: { mean, low, high }, at }) => {
        const isRows = figure.kind === "rows";
        const [cx, cy] = isRows ? [x.at(mean), y.at(at)] : [x.at(at), y.at(mean)];
        const dot = symbol(shape, cx, cy, { radius: isRows ? 4.6 : 4.2, fill: color });
        if (low === null || high === null) return [dot];
        const interval = isRows
          ? line(x.at(low), cy, x.at(high), cy, color, 2.2)
          : line(cx, y.at(low), cx, y.at(high), color, 1.8);
        return [interval, dot];
      });
    case "mean-ticks":
      return mark.cells.map(({ cell, at }) => meanTick(x.at(cell.mean), y.at(at), mark.length * drawing.rowHeight));
    case "points": {
      const radius = figure.kind === "rows" ? 2.3 : 2.8;
      return mark.points.map((point) =>
        symbol(shape, x.at(point.x), y.at(point.y), { radius, fill: color, opacity: 0.6 }),
      );
    }
    case "curve": {
      const round = (value: number) => Math.round(value * 100) / 100;
      const points = mark.cells.map(({ cell, at }) => `${round(x.at(at))},${round(y.at(cell.mean))}`).join(" ");
      return [element("polyline", { points, fill: "none", stroke: color, "stroke-width": 2, "stroke-opacity": 0.85 })];
    }
    case "level":
      return level(mark.cell, color, drawing);
  }
}

/** A line across the plot, and the interval as a band. */
function level({ low, high, mean }: ChartCell, color: string, { figure, x, y }: Drawing): string[] {
  const [left, right] = figure.x.range.map((end) => x.at(end));
  const across = line(left, y.at(mean), right, y.at(mean), color, 1.8, "6 4");
  if (low === null || high === null) return [across];
  return [rect(left, y.at(high), right - left, y.at(low) - y.at(high), color, 0.12), across];
}

function box({ cell, at }: PlacedCell, color: string, half: number, { x, y }: Drawing): string[] {
  const { q1, median, q3, fenceLow, fenceHigh } = cell;
  const middle = y.at(at);
  const upright = (value: number, reach: number, width: number) =>
    line(x.at(value), middle - reach, x.at(value), middle + reach, color, width);
  return [
    line(x.at(fenceLow), middle, x.at(q1), middle, color, 1.4),
    line(x.at(q3), middle, x.at(fenceHigh), middle, color, 1.4),
    ...[fenceLow, fenceHigh].map((end) => upright(end, half * 0.6, 1.4)),
    element("rect", {
      x: x.at(q1),
      y: middle - half,
      width: x.at(q3) - x.at(q1),
      height: 2 * half,
      fill: color,
      "fill-opacity": 0.22,
      stroke: color,
      "stroke-width": 1.4,
    }),
    upright(median, half, 2.6),
  ];
}

/** With a light outline, to stand out from the points. */
function meanTick(x: number, y: number, length: number): string {
  const half = length / 2;
  return `${line(x, y - half, x, y + half, "#fff", 4.5)}${line(x, y - half, x, y + half, ink.text, 2)}`;
}

function number(cell: ChartCell, x: number, y: number): string {
  const [mean, interval] = meanTexts(cell);
  const style = { "font-size": 11, fill: ink.text, style: "font-variant-numeric: tabular-nums" };
  return element("text", { x, y, ...style }, mean, element("tspan", { fill: ink.soft, dx: 6 }, interval));
}
