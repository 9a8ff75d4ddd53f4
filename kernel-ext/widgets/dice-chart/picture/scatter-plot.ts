import { type ChartMeasure, type DiceChartState, measureAxes } from "../../../../src/protocol/dice-chart.js";
import { readColumns } from "../../../../src/protocol/dice-chart-columns.js";
import { columns, type Part, page, rows, xTitle, yTitle } from "./frame.js";
import { linearScale, logScale } from "./scale.js";
import { ink, line, text } from "./svg.js";
import { symbol } from "./symbols.js";

const height = 360;

/** Dice of each object against one of its measures. */
export function drawScatter({ points, series }: DiceChartState, measure: ChartMeasure, top: number): Part {
  const [left, right, bottom] = [page.margin + 44, page.width - page.margin, top + height];
  const values = readColumns(points);
  const x = values[measure];
  const isLogarithmic = measure === "size";
  const drawn = Array.from(x, (_, n) => n).filter((n) => Number.isFinite(x[n]) && (!isLogarithmic || x[n] > 0));
  const low = drawn.reduce((least, n) => Math.min(least, x[n]), Number.POSITIVE_INFINITY);
  const high = drawn.reduce((most, n) => Math.max(most, x[n]), Number.NEGATIVE_INFINITY);
  const y = linearScale(0, 1, bottom, top + 6);
  const title = xTitle(left, right, bottom + 36, measureAxes[measure]);
  const frame = [yTitle(top, bottom), ...rows(y, left, right), line(left, bottom, right, bottom, ink.axis), title];
  if (drawn.length === 0) {
    const message = text((left + right) / 2, (top + bottom) / 2, `No row says its ${measure}.`, {
      anchor: "middle",
      fill: ink.soft,
    });
    return { body: [...frame, message], bottom: bottom + 44 };
  }
  const scale = isLogarithmic
    ? logScale(low / 1.1, high * 1.1, left, right)
    : linearScale(low - 0.03 * (high - low), high + 0.03 * (high - low), left, right);
  const dots = drawn.map((n) => {
    const { color, symbol: shape } = series[values.series[n]];
    return symbol(shape, scale.at(x[n]), y.at(values.dice[n]), { radius: 2.8, fill: color, opacity: 0.6 });
  });
  return { body: [...columns(scale, top, bottom), ...frame, ...dots], bottom: bottom + 44 };
}
