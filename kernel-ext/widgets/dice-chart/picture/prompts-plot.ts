import { type DiceChartState, isLevel } from "../../../../src/protocol/dice-chart.js";
import { type Part, page, rows, xTitle, yTitle } from "./frame.js";
import { linearScale, type Scale } from "./scale.js";
import { element, ink, line, text } from "./svg.js";
import { symbol } from "./symbols.js";

const height = 360;

/** Dice by number of clicks: one line per series, and horizontal levels for series without clicks. */
export function drawPrompts(state: DiceChartState, top: number): Part {
  const [left, right, bottom] = [page.margin + 44, page.width - page.margin, top + height];
  const clicks = state.groups.map((group) => group.clicks).filter((count) => count > 0);
  const [first, last] = [Math.min(...clicks, 1), Math.max(...clicks, 1)];
  const x = linearScale(first - 0.5, last + 0.5, left, right);
  const y = linearScale(0, 1, bottom, top + 6);
  const body = [
    ...rows(y, left, right),
    line(left, bottom, right, bottom, ink.axis),
    ...clicks.map((count) =>
      text(x.at(count), bottom + 16, String(count), { size: 11, fill: ink.soft, anchor: "middle" }),
    ),
    ...state.series.flatMap((_, n) => (isLevel(state, n) ? level(state, n, y, left, right) : curve(state, n, x, y))),
    xTitle(left, right, bottom + 36, "clicks"),
    yTitle(top, bottom),
  ];
  return { body, bottom: bottom + 44 };
}

function curve(state: DiceChartState, of: number, x: Scale, y: Scale): string[] {
  const { cells, groups, series } = state;
  const { color, symbol: shape } = series[of];
  // Series are offset slightly so their intervals do not overlap.
  const curves = series.flatMap((_, n) => (isLevel(state, n) ? [] : [n]));
  const aside = (curves.indexOf(of) - (curves.length - 1) / 2) * 5;
  const steps = cells
    .filter((cell) => cell.series === of && groups[cell.group].clicks > 0)
    .map((cell) => ({ ...cell, px: x.at(groups[cell.group].clicks) + aside, py: y.at(cell.mean) }));
  const points = steps.map(({ px, py }) => `${Math.round(px * 100) / 100},${Math.round(py * 100) / 100}`).join(" ");
  return [
    element("polyline", { points, fill: "none", stroke: color, "stroke-width": 2, "stroke-opacity": 0.85 }),
    ...steps.flatMap(({ px, low, high }) =>
      low === null || high === null ? [] : [line(px, y.at(low), px, y.at(high), color, 1.8)],
    ),
    ...steps.map(({ px, py }) => symbol(shape, px, py, { radius: 4.2, fill: color })),
  ];
}

function level({ cells, series }: DiceChartState, of: number, y: Scale, left: number, right: number): string[] {
  const { color, name } = series[of];
  const cell = cells.find((candidate) => candidate.series === of);
  if (!cell) return [];
  const { low, high, mean } = cell;
  const band =
    low === null || high === null
      ? []
      : [
          element("rect", {
            x: left,
            y: y.at(high),
            width: right - left,
            height: y.at(low) - y.at(high),
            fill: color,
            "fill-opacity": 0.12,
          }),
        ];
  const label = text(right - 6, y.at(mean) - 5, `${name} ${mean.toFixed(2)}`, {
    size: 10.5,
    fill: ink.text,
    anchor: "end",
  });
  return [...band, line(left, y.at(mean), right, y.at(mean), color, 1.8, "6 4"), label];
}
