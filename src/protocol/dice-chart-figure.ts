import { linearTicks, logTicks, tickText } from "./chart-ticks.js";
import {
  anchorOffset,
  type ChartAnchor,
  type ChartCell,
  type ChartMeasure,
  type ChartSeries,
  type ChartShown,
  type DiceChartState,
  groupCount,
  isLevel,
  measureAxes,
  seriesBand,
  seriesOffset,
} from "./dice-chart.js";
import { type ChartColumns, pointJitter } from "./dice-chart-columns.js";
import type { SelectTarget } from "./dice-chart-intents.js";

export interface FigureAxis {
  readonly type: "linear" | "log";
  /** Values at its two ends: left and right, or bottom and top. */
  readonly range: readonly [number, number];
  readonly title: string;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  readonly hasGrid: boolean;
  /** True if another part of it may be shown. */
  readonly isZoomable: boolean;
}

/** A cell of the chart, and where it is on the axis that is not Dice. */
export interface PlacedCell {
  readonly cell: ChartCell;
  readonly at: number;
}

/** An object, by its index in the columns. */
export interface PlacedPoint {
  readonly point: number;
  readonly x: number;
  readonly y: number;
}

interface OfSeries {
  /** Index into the chart's series. */
  readonly series: number;
}

/** A row's height is 1: sizes across it are fractions. */
export type FigureMark = OfSeries &
  (
    | { readonly kind: "bars"; readonly thickness: number; readonly cells: readonly PlacedCell[] }
    | { readonly kind: "boxes"; readonly thickness: number; readonly cells: readonly PlacedCell[] }
    /** Symbols at the means, with their intervals. */
    | { readonly kind: "means"; readonly cells: readonly PlacedCell[] }
    /** Lines across, at the means. */
    | { readonly kind: "mean-ticks"; readonly length: number; readonly cells: readonly PlacedCell[] }
    | { readonly kind: "points"; readonly points: readonly PlacedPoint[] }
    /** A line through the means. */
    | { readonly kind: "curve"; readonly cells: readonly PlacedCell[] }
    /** A line across the whole figure at a mean, and its interval as a band. */
    | { readonly kind: "level"; readonly cell: ChartCell; readonly label: string }
  );

/** A row of the figure; row n lies at n, from the top. */
export interface FigureRow {
  readonly name: string;
  /** The number of its objects. */
  readonly count: string;
}

/**
 * What a Dice chart shows, in values of its axes. Drawn by plotly in the browser and as SVG in the kernel; colors of
 * text and ground, fonts, and sizes of symbols are theirs.
 */
export interface ChartFigure {
  /** Rows with Dice along x, or Dice along y: over the number of clicks, or against a measure. */
  readonly kind: "rows" | "clicks" | "scatter";
  /** Where `kind` is `rows`. */
  readonly rows: readonly FigureRow[];
  readonly x: FigureAxis;
  readonly y: FigureAxis;
  /** In the order in which they are painted. */
  readonly marks: readonly FigureMark[];
  /** Published figures. */
  readonly anchors: readonly (ChartAnchor & { readonly at: number })[];
  /** Means to be printed beside the rows. */
  readonly numbers: readonly PlacedCell[];
  /** Said in the middle of an empty figure; otherwise empty. */
  readonly message: string;
}

/** Height of a chart row in CSS pixels. */
export function rowHeight(series: number, hasAnchors: boolean): number {
  return Math.max(40, series * 17 + 14) + (hasAnchors ? 12 : 0);
}

/** Most pixels across a row that bars and boxes take. */
const thickest = { bars: 12, boxes: 14 } as const;
/** Number of clicks between series at the same number of clicks, so that their intervals do not overlap. */
const aside = 0.07;

/**
 * Describes what a chart shows.
 * @param hidden series that are switched off
 */
export function chartFigure(
  state: DiceChartState,
  shown: ChartShown,
  columns: ChartColumns,
  hidden: ReadonlySet<number> = new Set(),
): ChartFigure {
  const visible = state.series.flatMap((_, n) => (hidden.has(n) ? [] : [n]));
  if (shown.view !== "modalities") return scatterFigure(columns, shown.view, visible);
  return state.kind === "prompts" ? clicksFigure(state, visible) : rowsFigure(state, shown, columns, visible);
}

/** One row per group, the first on top, with one lane per series. */
function rowsFigure(
  { groups, series, cells, anchors }: DiceChartState,
  { marks }: ChartShown,
  columns: ChartColumns,
  visible: readonly number[],
): ChartFigure {
  const hasAnchors = anchors.length > 0;
  const height = rowHeight(series.length, hasAnchors);
  const lane = seriesBand(hasAnchors) / series.length;
  const middle = (group: number, of: number) => group + seriesOffset(of, series.length, hasAnchors);
  const placed = cells.map((cell) => ({ cell, at: middle(cell.group, cell.series) }));
  const points = (of: number, isDrawn: (n: number) => boolean): FigureMark => ({
    kind: "points",
    series: of,
    points: pointsOf(columns, of)
      .filter(isDrawn)
      .map((n) => {
        return { point: n, x: columns.dice[n], y: middle(columns.group[n], of) + pointJitter(n) * lane * 0.7 };
      }),
  });
  const marksOf = (of: number): FigureMark[] => {
    const own = placed.filter(({ cell }) => cell.series === of);
    switch (marks) {
      case "bars": {
        const thickness = Math.min(thickest.bars / height, lane * 0.72);
        return [
          { kind: "bars", series: of, thickness, cells: own },
          { kind: "means", series: of, cells: own },
        ];
      }
      case "boxes": {
        const thickness = Math.min(thickest.boxes / height, lane * 0.74);
        return [{ kind: "boxes", series: of, thickness, cells: own }, points(of, outliersOf(columns, own))];
      }
      case "points":
        return [points(of, () => true), { kind: "mean-ticks", series: of, length: lane * 0.92, cells: own }];
    }
  };
  const isDice = anchors.every(({ metric }) => metric === "Dice");
  return {
    kind: "rows",
    rows: groups.map(({ name }, n) => ({ name, count: groupCount(cells, n) })),
    x: { ...diceAxis(1), title: isDice ? "Dice" : "Dice (◇ IoU)" },
    y: axis({ range: [groups.length - 0.5, -0.5], title: "" }),
    marks: visible.flatMap(marksOf),
    anchors: anchors.map((anchor) => ({ ...anchor, at: anchor.group + anchorOffset })),
    numbers: marks === "bars" ? placed.filter(({ cell }) => visible.includes(cell.series)) : [],
    message: "",
  };
}

/** Dice by number of clicks: one line per series, and horizontal levels for series without clicks. */
function clicksFigure(state: DiceChartState, visible: readonly number[]): ChartFigure {
  const { groups, series, cells } = state;
  const clicks = groups.map((group) => group.clicks).filter((count) => count > 0);
  const [first, last] = [Math.min(...clicks, 1), Math.max(...clicks, 1)];
  const curves = series.flatMap((_, n) => (isLevel(state, n) ? [] : [n]));
  const marks = visible.flatMap((of): FigureMark[] => {
    const shift = (curves.indexOf(of) - (curves.length - 1) / 2) * aside;
    const own = cells.filter((cell) => cell.series === of);
    // Means without clicks stand at the right end.
    const placed = own.map((cell) => {
      const { clicks } = groups[cell.group];
      return { cell, at: clicks > 0 ? clicks + shift : last + 0.5 };
    });
    const means: FigureMark = { kind: "means", series: of, cells: placed };
    if (!isLevel(state, of)) {
      return [{ kind: "curve", series: of, cells: placed.filter(({ cell }) => groups[cell.group].clicks > 0) }, means];
    }
    const [cell] = own;
    if (!cell) return [];
    return [{ kind: "level", series: of, cell, label: `${series[of].name} ${cell.mean.toFixed(2)}` }, means];
  });
  const hasLevels = marks.some(({ kind }) => kind === "level");
  return {
    kind: "clicks",
    rows: [],
    x: {
      // The means of levels stand away from the border.
      ...axis({ range: [first - 0.5, last + (hasLevels ? 0.75 : 0.5)], title: "clicks" }),
      ticks: clicks.map((count) => ({ at: count, text: String(count) })),
    },
    y: diceAxis(1.02),
    marks,
    anchors: [],
    numbers: [],
    message: "",
  };
}

/** Dice of each object against one of its measures. */
function scatterFigure(columns: ChartColumns, measure: ChartMeasure, visible: readonly number[]): ChartFigure {
  const x = columns[measure];
  const type = measure === "size" ? "log" : "linear";
  const marks = visible.map((of) => ({
    kind: "points" as const,
    series: of,
    points: pointsOf(columns, of)
      .filter((n) => Number.isFinite(x[n]) && (type === "linear" || x[n] > 0))
      .map((n) => ({ point: n, x: x[n], y: columns.dice[n] })),
  }));
  const values = marks.flatMap(({ points }) => points.map((point) => point.x));
  const range = rangeOf(values, type);
  const ticks = values.length === 0 ? [] : type === "log" ? logTicks(...range) : linearTicks(...range);
  return {
    kind: "scatter",
    rows: [],
    x: {
      type,
      range,
      title: measureAxes[measure],
      ticks: ticks.map((at) => ({ at, text: tickText(at) })),
      hasGrid: true,
      isZoomable: true,
    },
    y: { ...diceAxis(1.02), isZoomable: true },
    marks,
    anchors: [],
    numbers: [],
    message: values.length === 0 ? `No row says its ${measure}.` : "",
  };
}

function axis({ range, title }: Pick<FigureAxis, "range" | "title">): FigureAxis {
  return { type: "linear", range, title, ticks: [], hasGrid: false, isZoomable: false };
}

function diceAxis(most: number): FigureAxis {
  const ticks = linearTicks(0, 1).map((at) => ({ at, text: tickText(at) }));
  return { ...axis({ range: [0, most], title: "Dice" }), ticks, hasGrid: true };
}

/** The values with some room at both ends. */
function rangeOf(values: readonly number[], type: FigureAxis["type"]): [number, number] {
  if (values.length === 0) return type === "log" ? [1, 10] : [0, 1];
  const [low, high] = values.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  if (type === "log") return [low / 1.1, high * 1.1];
  const room = high > low ? 0.03 * (high - low) : 0.5;
  return [low - room, high + room];
}

function pointsOf(columns: ChartColumns, of: number): number[] {
  return Array.from(columns.series, (_, n) => n).filter((n) => columns.series[n] === of);
}

function outliersOf(columns: ChartColumns, placed: readonly PlacedCell[]): (n: number) => boolean {
  const cellOf = new Map(placed.map(({ cell }) => [cell.group, cell]));
  return (n) => {
    const cell = cellOf.get(columns.group[n]);
    // float32 rounding must not turn a whisker end into an outlier.
    return cell !== undefined && (columns.dice[n] < cell.fenceLow - 1e-6 || columns.dice[n] > cell.fenceHigh + 1e-6);
  };
}

/** Where a mean, a box, or a point is drawn; null if it is not. */
export function placeOf({ kind, marks }: ChartFigure, target: SelectTarget): { x: number; y: number } | null {
  for (const mark of marks) {
    if (target.of === "point") {
      const found = mark.kind === "points" && mark.points.find(({ point }) => point === target.point);
      if (found) return { x: found.x, y: found.y };
    } else if (mark.kind === "means" || mark.kind === "boxes" || mark.kind === "mean-ticks") {
      const found = mark.cells.find(({ cell }) => cell.group === target.group && cell.series === target.series);
      if (!found) continue;
      const dice = mark.kind === "boxes" ? found.cell.median : found.cell.mean;
      return kind === "rows" ? { x: dice, y: found.at } : { x: found.at, y: dice };
    }
  }
  return null;
}

/** `0.83 [0.79, 0.87]`, in two parts; the second is empty without an interval. */
export function meanTexts({ mean, low, high }: ChartCell): [mean: string, interval: string] {
  return [mean.toFixed(2), low === null || high === null ? "" : `[${low.toFixed(2)}, ${high.toFixed(2)}]`];
}

export interface LegendEntry extends ChartSeries {
  /** The correlation with the measure that is shown, `ρ 0.41 (n 64)`; otherwise empty. */
  readonly rho: string;
}

/** What colors and symbols mean; `published` is empty where no published figures are shown. */
export function chartLegend(
  { series, correlations, anchors }: DiceChartState,
  { view }: ChartShown,
): { readonly entries: readonly LegendEntry[]; readonly published: string } {
  const entries = series.map((one, n) => {
    const found = correlations.find(({ series: of, measure }) => of === n && measure === view);
    return { ...one, rho: found ? `ρ ${rhoText(found.rho)} (n ${found.n})` : "" };
  });
  const metrics = view === "modalities" ? [...new Set(anchors.map(({ metric }) => metric))] : [];
  return { entries, published: metrics.length > 0 ? `published ${metrics.join(", ")}` : "" };
}

/** A correlation with a true minus sign; a dash if undefined. */
export function rhoText(rho: number | null): string {
  return rho === null ? "–" : rho.toFixed(2).replace("-", "−");
}

/** What ρ is; empty where none is shown. */
export function rhoNote({ view }: ChartShown): string {
  if (view === "modalities") return "";
  return `ρ: Spearman's rank correlation of Dice with the ${measureAxes[view].split(",")[0]}.`;
}
