import type { BoxPlotData, Data, PlotData } from "plotly.js";
import type { ChartCell } from "../../../../src/protocol/dice-chart.js";
import { cellLabel, plotlyText, pointLabel } from "../text.js";
import type { FigureInput } from "./figure-input.js";
import type { Lanes } from "./lanes.js";
import { faint, pointOpacity } from "./theme.js";
import { dots, hoverOf, type Tag } from "./traces.js";

/** plotly.js supports boxes with precomputed quartiles; its types do not. */
type KnownBox = Partial<BoxPlotData> & {
  readonly q1: number[];
  readonly median: number[];
  readonly q3: number[];
  readonly lowerfence: number[];
  readonly upperfence: number[];
};

/** A bar that does not start at 0; missing from the types, too. */
type FloatingBar = Partial<PlotData> & { readonly base: number[] };

/** A series as bars with intervals, boxes or points. */
export function seriesTraces(input: FigureInput, lanes: Lanes, of: number): Data[] {
  const { state, shown } = input;
  const cells = state.cells.filter(({ series }) => series === of);
  if (shown.marks === "bars") return bars(input, lanes, cells, of);
  if (shown.marks === "boxes") return boxes(input, lanes, cells, of);
  return [
    points(input, lanes, of, () => true),
    ticks(lanes, cells, "mean", { color: input.theme.text, width: 2.2, length: lanes.height * 0.92 }),
  ];
}

const isPicked = ({ state }: FigureInput, { group, series }: ChartCell) =>
  state.selection?.cell?.group === group && state.selection.cell.series === series;

function bars(input: FigureInput, lanes: Lanes, cells: readonly ChartCell[], of: number): Data[] {
  const { state, theme } = input;
  const series = state.series[of];
  const y = cells.map((cell) => lanes.middle(cell.group, of));
  const tags = cells.map((cell): Tag => [cell.group, of]);
  const hover = cells.map((cell) => plotlyText([cellLabel(cell)]));
  const alpha = theme.isDark ? 0.3 : 0.17;
  return [
    {
      type: "bar",
      orientation: "h",
      x: cells.map(({ mean }) => mean),
      y,
      width: Math.min(0.3, lanes.height * 0.72),
      marker: { color: cells.map((cell) => faint(series.color, isPicked(input, cell) ? alpha + 0.25 : alpha)) },
      ...hoverOf(tags, hover),
    },
    {
      ...dots(series, { x: cells.map(({ mean }) => mean), y, tags, hover }, 9.5),
      error_x: {
        type: "data",
        symmetric: false,
        array: cells.map(({ mean, high }) => (high ?? mean) - mean),
        arrayminus: cells.map(({ mean, low }) => mean - (low ?? mean)),
        color: series.color,
        thickness: 2.4,
        width: 0,
      },
    },
  ];
}

function boxes(input: FigureInput, lanes: Lanes, cells: readonly ChartCell[], of: number): Data[] {
  const { state, columns } = input;
  const { color } = state.series[of];
  const y = cells.map((cell) => lanes.middle(cell.group, of));
  const width = Math.min(0.36, lanes.height * 0.74);
  const box: KnownBox = {
    type: "box",
    orientation: "h",
    y,
    q1: cells.map(({ q1 }) => q1),
    median: cells.map(({ median }) => median),
    q3: cells.map(({ q3 }) => q3),
    lowerfence: cells.map(({ fenceLow }) => fenceLow),
    upperfence: cells.map(({ fenceHigh }) => fenceHigh),
    width,
    fillcolor: faint(color, input.theme.isDark ? 0.34 : 0.22),
    line: { color, width: 1.5 },
    hoverinfo: "skip",
    showlegend: false,
  };
  // Boxes have no hover or click events of their own: an invisible bar from whisker to whisker provides them.
  const touch: FloatingBar = {
    type: "bar",
    orientation: "h",
    base: cells.map(({ fenceLow }) => fenceLow),
    x: cells.map(({ fenceLow, fenceHigh }) => Math.max(0.01, fenceHigh - fenceLow)),
    y,
    width,
    marker: { color: cells.map((cell) => faint(color, isPicked(input, cell) ? 0.25 : 0)) },
    ...hoverOf(
      cells.map((cell): Tag => [cell.group, of]),
      cells.map((cell) => plotlyText([cellLabel(cell)])),
    ),
  };
  const cellOf = new Map(cells.map((cell) => [cell.group, cell]));
  const isOutside = (n: number) => {
    const cell = cellOf.get(columns.group[n]);
    // float32 rounding must not turn a whisker end into an outlier.
    return cell !== undefined && (columns.dice[n] < cell.fenceLow - 1e-6 || columns.dice[n] > cell.fenceHigh + 1e-6);
  };
  const median = ticks(lanes, cells, "median", { color, width: 3, length: width });
  return [touch, box, median, points(input, lanes, of, isOutside)];
}

function points(
  { state, columns, theme }: FigureInput,
  lanes: Lanes,
  of: number,
  isDrawn: (n: number) => boolean,
): Data {
  const drawn = Array.from(columns.series, (_, n) => n).filter((n) => columns.series[n] === of && isDrawn(n));
  return dots(
    state.series[of],
    {
      x: drawn.map((n) => columns.dice[n]),
      y: drawn.map((n) => lanes.ofPoint(n, columns.group[n], of)),
      tags: drawn.map((n): Tag => [n]),
      hover: drawn.map((n) => plotlyText([pointLabel(columns, n)])),
    },
    5.5,
    pointOpacity(theme),
  );
}

/** A line across the lane of each cell, at one of its values. */
function ticks(
  lanes: Lanes,
  cells: readonly ChartCell[],
  value: "mean" | "median",
  line: { readonly color: string; readonly width: number; readonly length: number },
): Data {
  const half = line.length / 2;
  return {
    type: "scatter",
    mode: "lines",
    x: cells.flatMap((cell) => [cell[value], cell[value], null]),
    y: cells.flatMap((cell) => {
      const middle = lanes.middle(cell.group, cell.series);
      return [middle - half, middle + half, null];
    }),
    line: { color: line.color, width: line.width },
    hoverinfo: "skip",
    showlegend: false,
  };
}
