import type { Annotations, Data, Shape } from "plotly.js";
import { isLevel } from "../../../../src/protocol/dice-chart.js";
import { cellLabel, plotlyText } from "../text.js";
import { type Figure, type FigureInput, plotHeight, wholeDice } from "./figure-input.js";
import { faint, fontSize } from "./theme.js";
import { baseLayout, diceAxis, dots, rings, type Tag } from "./traces.js";

/** Horizontal offset between series at the same number of clicks, so their intervals do not overlap. */
const aside = 0.07;

/** Dice by number of clicks: one line per series, and horizontal levels for series without clicks. */
export function promptsFigure(input: FigureInput): Figure {
  const { state, theme, width, hidden, shown, cursor } = input;
  const { groups, series, cells } = state;
  const clicks = groups.map((group) => group.clicks).filter((count) => count > 0);
  const [first, last] = [Math.min(...clicks, 1), Math.max(...clicks, 1)];
  const curves = series.flatMap((_, n) => (isLevel(state, n) ? [] : [n]));
  const levels = series.flatMap((_, n) => (isLevel(state, n) && !hidden.has(n) ? [n] : []));
  const shift = (of: number) => (curves.indexOf(of) - (curves.length - 1) / 2) * aside;
  const place = (group: number, of: number) =>
    groups[group].clicks > 0 ? groups[group].clicks + shift(of) : last + 0.5;
  const at = cells.find(
    (cell) => cursor?.of === "cell" && cell.group === cursor.group && cell.series === cursor.series,
  );
  const picked = cells.filter(
    (cell) => state.selection?.cell?.group === cell.group && state.selection.cell.series === cell.series,
  );
  return {
    data: [
      ...series.flatMap((_, n) => (hidden.has(n) ? [] : curve(input, n, place))),
      rings(
        picked.map((cell) => place(cell.group, cell.series)),
        picked.map(({ mean }) => mean),
        15,
        theme.text,
      ),
      ...(at ? [rings([place(at.group, at.series)], [at.mean], 19, theme.text, 3)] : []),
    ],
    layout: {
      ...baseLayout(theme, width, plotHeight(state, shown)),
      margin: { l: 46, r: 14, t: 10, b: 46 },
      xaxis: {
        // Levels are labeled right of the last number of clicks, away from the border.
        range: [first - 0.5, last + (levels.length > 0 ? 0.75 : 0.5)],
        tickvals: clicks,
        fixedrange: true,
        showgrid: false,
        zeroline: false,
        linecolor: theme.soft,
        title: { text: "clicks", standoff: 8, font: { size: fontSize.tick, color: theme.soft } },
      },
      yaxis: { ...diceAxis(theme, "Dice"), range: wholeDice() },
      shapes: levels.flatMap((n) => levelShapes(input, n)),
      annotations: levels.flatMap((n) => levelLabel(input, n)),
    },
  };
}

function curve({ state }: FigureInput, of: number, place: (group: number, of: number) => number): Data[] {
  const series = state.series[of];
  const cells = state.cells.filter((cell) => cell.series === of);
  const x = cells.map(({ group }) => place(group, of));
  const y = cells.map(({ mean }) => mean);
  const tags = cells.map(({ group }): Tag => [group, of]);
  const hover = cells.map((cell) => plotlyText([cellLabel(cell)]));
  const line: Data = {
    type: "scatter",
    mode: "lines",
    x,
    y,
    line: { color: series.color, width: 2 },
    opacity: 0.85,
    hoverinfo: "skip",
    showlegend: false,
  };
  const means: Data = {
    ...dots(series, { x, y, tags, hover }, 9),
    error_y: {
      type: "data",
      symmetric: false,
      array: cells.map(({ mean, high }) => (high ?? mean) - mean),
      arrayminus: cells.map(({ mean, low }) => mean - (low ?? mean)),
      color: series.color,
      thickness: 2,
      width: 0,
    },
  };
  return [line, means];
}

function levelShapes({ state }: FigureInput, of: number): Partial<Shape>[] {
  const cell = state.cells.find(({ series }) => series === of);
  if (!cell) return [];
  const { color } = state.series[of];
  const across = { xref: "paper", x0: 0, x1: 1, yref: "y", layer: "below" } as const;
  const { low, high, mean } = cell;
  const band: Partial<Shape>[] =
    low === null || high === null
      ? []
      : [{ ...across, type: "rect", y0: low, y1: high, fillcolor: faint(color, 0.14), line: { width: 0 } }];
  return [...band, { ...across, type: "line", y0: mean, y1: mean, line: { color, width: 1.8, dash: "dash" } }];
}

function levelLabel({ state, theme }: FigureInput, of: number): Partial<Annotations>[] {
  const cell = state.cells.find(({ series }) => series === of);
  if (!cell) return [];
  const text = `${plotlyText([state.series[of].name])} ${cell.mean.toFixed(2)}`;
  const font = { size: fontSize.tick, color: theme.text };
  return [
    {
      text,
      xref: "paper",
      x: 0,
      xanchor: "left",
      xshift: 8,
      yref: "y",
      y: cell.mean,
      yshift: 9,
      showarrow: false,
      font,
    },
  ];
}
