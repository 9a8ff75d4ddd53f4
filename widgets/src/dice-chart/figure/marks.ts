import type { BoxPlotData, Data, PlotData } from "plotly.js";
import type { ChartCell, DiceChartState } from "../../../../src/protocol/dice-chart.js";
import type { ChartColumns } from "../../../../src/protocol/dice-chart-columns.js";
import type { ChartFigure, FigureMark, PlacedCell } from "../../../../src/protocol/dice-chart-figure.js";
import { withAlpha } from "../../shared/color.js";
import { cellLabel, plotlyText, pointLabel } from "../text.js";
import { pointOpacity, type Theme } from "./theme.js";
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

/** What the marks are drawn from. */
interface Drawing {
  readonly figure: ChartFigure;
  readonly state: DiceChartState;
  readonly columns: ChartColumns;
  readonly theme: Theme;
}

type MarkOf<Kind extends FigureMark["kind"]> = Extract<FigureMark, { readonly kind: Kind }>;

/** The traces of one mark. A level has none: see the layout's shapes. */
export function markTraces(mark: FigureMark, drawing: Drawing): Data[] {
  const { theme, state } = drawing;
  switch (mark.kind) {
    case "bars":
      return [bars(mark, drawing)];
    case "boxes":
      return boxes(mark, drawing);
    case "means":
      return [means(mark, drawing)];
    case "mean-ticks":
      return [ticks(mark.cells, "mean", { color: theme.text, width: 2.2, length: mark.length })];
    case "points":
      return [points(mark, drawing)];
    case "curve":
      return [curve(mark, state.series[mark.series].color)];
    case "level":
      return [];
  }
}

const tagsOf = (cells: readonly PlacedCell[]) => cells.map(({ cell }): Tag => [cell.group, cell.series]);
const hoversOf = (cells: readonly PlacedCell[]) => cells.map(({ cell }) => plotlyText([cellLabel(cell)]));
const places = (cells: readonly PlacedCell[]) => cells.map(({ at }) => at);
const valuesOf = (cells: readonly PlacedCell[], key: "mean" | "median" | "q1" | "q3" | "fenceLow" | "fenceHigh") =>
  cells.map(({ cell }) => cell[key]);

const isPicked = ({ state }: Drawing, { group, series }: ChartCell) =>
  state.selection?.cell?.group === group && state.selection.cell.series === series;

function bars({ series, thickness, cells }: MarkOf<"bars">, drawing: Drawing): Data {
  const { state, theme } = drawing;
  const alpha = theme.isDark ? 0.3 : 0.17;
  const { color } = state.series[series];
  return {
    type: "bar",
    orientation: "h",
    x: valuesOf(cells, "mean"),
    y: places(cells),
    width: thickness,
    marker: { color: cells.map(({ cell }) => withAlpha(color, isPicked(drawing, cell) ? alpha + 0.25 : alpha)) },
    ...hoverOf(tagsOf(cells), hoversOf(cells)),
  };
}

function means({ series, cells }: MarkOf<"means">, { state, figure }: Drawing): Data {
  const of = state.series[series];
  const isRows = figure.kind === "rows";
  const dice = valuesOf(cells, "mean");
  const [x, y] = isRows ? [dice, places(cells)] : [places(cells), dice];
  const interval = {
    type: "data",
    symmetric: false,
    array: cells.map(({ cell: { mean, high } }) => (high ?? mean) - mean),
    arrayminus: cells.map(({ cell: { mean, low } }) => mean - (low ?? mean)),
    color: of.color,
    thickness: isRows ? 2.4 : 2,
    width: 0,
  } as const;
  return {
    ...dots(of, { x, y, tags: tagsOf(cells), hover: hoversOf(cells) }, isRows ? 9.5 : 9),
    ...(isRows ? { error_x: interval } : { error_y: interval }),
  };
}

function boxes({ series, thickness, cells }: MarkOf<"boxes">, drawing: Drawing): Data[] {
  const { color } = drawing.state.series[series];
  const y = places(cells);
  const box: KnownBox = {
    type: "box",
    orientation: "h",
    y,
    q1: valuesOf(cells, "q1"),
    median: valuesOf(cells, "median"),
    q3: valuesOf(cells, "q3"),
    lowerfence: valuesOf(cells, "fenceLow"),
    upperfence: valuesOf(cells, "fenceHigh"),
    width: thickness,
    fillcolor: withAlpha(color, drawing.theme.isDark ? 0.34 : 0.22),
    line: { color, width: 1.5 },
    hoverinfo: "skip",
    showlegend: false,
  };
  // Boxes have no hover or click events of their own: an invisible bar from whisker to whisker provides them.
  const touch: FloatingBar = {
    type: "bar",
    orientation: "h",
    base: valuesOf(cells, "fenceLow"),
    x: cells.map(({ cell: { fenceLow, fenceHigh } }) => Math.max(0.01, fenceHigh - fenceLow)),
    y,
    width: thickness,
    marker: { color: cells.map(({ cell }) => withAlpha(color, isPicked(drawing, cell) ? 0.25 : 0)) },
    ...hoverOf(tagsOf(cells), hoversOf(cells)),
  };
  return [touch, box, ticks(cells, "median", { color, width: 3, length: thickness })];
}

function points({ series, points: drawn }: MarkOf<"points">, { state, columns, theme, figure }: Drawing): Data {
  return dots(
    state.series[series],
    {
      x: drawn.map(({ x }) => x),
      y: drawn.map(({ y }) => y),
      tags: drawn.map(({ point }): Tag => [point]),
      hover: drawn.map(({ point }) => plotlyText([pointLabel(columns, point)])),
    },
    figure.kind === "rows" ? 5.5 : 6.5,
    pointOpacity(theme),
  );
}

function curve({ cells }: MarkOf<"curve">, color: string): Data {
  return {
    type: "scatter",
    mode: "lines",
    x: places(cells),
    y: valuesOf(cells, "mean"),
    line: { color, width: 2 },
    opacity: 0.85,
    hoverinfo: "skip",
    showlegend: false,
  };
}

/** A line across the lane of each cell, at one of its values. */
function ticks(
  cells: readonly PlacedCell[],
  value: "mean" | "median",
  line: { readonly color: string; readonly width: number; readonly length: number },
): Data {
  const half = line.length / 2;
  return {
    type: "scatter",
    mode: "lines",
    x: cells.flatMap(({ cell }) => [cell[value], cell[value], null]),
    y: cells.flatMap(({ at }) => [at - half, at + half, null]),
    line: { color: line.color, width: line.width },
    hoverinfo: "skip",
    showlegend: false,
  };
}
