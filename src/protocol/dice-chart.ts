import type { WireBytes } from "./slices.js";

/** Raised when a state or intent changes its meaning; a view rejects a kernel with a different version. */
export const diceChartProtocol = 3;

/** The name of the chart's model, by which the browser finds its code. */
export const diceChartModel = "DiceChartModel";
/** The name of the chart's view. */
export const diceChartView = "DiceChartView";

/** `modalities`: Dice for each row of the chart. `prompts`: Dice over the number of clicks. */
export type ChartKind = "modalities" | "prompts";

/** How a modality's Dice values are drawn. */
export const chartMarks = ["bars", "boxes", "points"] as const;
/** Means with intervals, boxes, or single objects. */
export type ChartMarks = (typeof chartMarks)[number];

/** Object properties that Dice can be plotted against. */
export const chartMeasures = ["size", "contrast", "complexity"] as const;
/** A property of the ground truth object that Dice can be plotted against. */
export type ChartMeasure = (typeof chartMeasures)[number];

/** Dice by row of the chart, or against a measure. */
export type ChartViewName = "modalities" | ChartMeasure;

/** Display settings, shared by all views of a chart. */
export interface ChartShown {
  /** Which view. */
  readonly view: ChartViewName;
  /** How values are drawn; only used in the view `modalities`. */
  readonly marks: ChartMarks;
}

/** Marker symbols, so that series differ in shape as well as color. Names as in plotly. */
export type ChartSymbol = "circle" | "square" | "diamond" | "triangle-up" | "triangle-down" | "cross" | "pentagon";

/** One color of the chart: a model, a strategy, or both. */
export interface ChartSeries {
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  /** How its points are drawn. */
  readonly symbol: ChartSymbol;
}

/** One row of the chart (a modality or a modality's label), or one number of clicks. */
export interface ChartGroup {
  readonly name: string;
  /** As in the manifest. */
  readonly modality: string;
  /** Empty if the group covers all labels of its modality. */
  readonly label: string;
  /** Clicks given; −1 in a chart of modalities. */
  readonly clicks: number;
}

/** The Dice of one series in one group. Null where there are too few values. */
export interface ChartCell {
  /** Index into the chart's groups. */
  readonly group: number;
  /** Index into the chart's series. */
  readonly series: number;
  /** Number of scored objects. */
  readonly n: number;
  /** Number of subjects that the objects are from. */
  readonly subjects: number;
  /** 0 to 1. */
  readonly mean: number;
  /** 95 % bootstrap interval of the mean. */
  readonly low: number | null;
  /** Upper end of the 95 % bootstrap interval of the mean. */
  readonly high: number | null;
  /** First quartile. */
  readonly q1: number;
  /** 0 to 1. */
  readonly median: number;
  /** Third quartile. */
  readonly q3: number;
  /** The outermost values within 1.5 interquartile ranges of the box (Tukey). */
  readonly fenceLow: number;
  /** The highest value within 1.5 interquartile ranges above the box (Tukey). */
  readonly fenceHigh: number;
}

/**
 * The scored objects, one column per field. `dice`, `size`, `contrast`, `complexity`: float32, NaN where unknown;
 * `group`, `series`, `label`: uint16; `case`: uint32; `slice` (−1 for a picture) and `part`: int32. Little-endian.
 * `case` and `label` are indices into the tables of names.
 */
export interface ChartPoints {
  /** Number of objects. */
  readonly count: number;
  /** uint16, index into the chart's groups. */
  readonly group: WireBytes;
  /** uint16, index into the chart's series. */
  readonly series: WireBytes;
  /** float32, 0 to 1. */
  readonly dice: WireBytes;
  /** float32, pixels. */
  readonly size: WireBytes;
  /** float32, 0 to 1. */
  readonly contrast: WireBytes;
  /** float32, 1 or more. */
  readonly complexity: WireBytes;
  /** uint32, index into `cases`. */
  readonly case: WireBytes;
  /** uint16, index into `labels`. */
  readonly label: WireBytes;
  /** int32, from 0; −1 for a picture. */
  readonly slice: WireBytes;
  /** int32, from 1; 0 for a label as a whole. */
  readonly part: WireBytes;
}

/**
 * Spearman's rank correlation of Dice with a measure, over the `n` objects of a series for which it is known; null when
 * undefined.
 */
export interface ChartCorrelation {
  /** Index into the chart's series. */
  readonly series: number;
  /** What Dice is correlated with. */
  readonly measure: ChartMeasure;
  /** −1 to 1; null when undefined. */
  readonly rho: number | null;
  /** Number of objects. */
  readonly n: number;
}

/** A published figure beside a row of the chart. */
export interface ChartAnchor {
  /** Index into the chart's groups. */
  readonly group: number;
  /** What was measured there, e.g. `CT, Spleen`. */
  readonly name: string;
  /** 0 to 1. */
  readonly value: number;
  /** `Dice` or `IoU`: they differ, and the mean of one cannot be converted to the mean of the other. */
  readonly metric: string;
  /** Short citation. */
  readonly source: string;
}

/** What the user selected: `chart.selection` in the next cell. */
export interface ChartSelection {
  /** Indices into {@link ChartPoints}; the selected rows that are drawn. */
  readonly points: readonly number[];
  /** The mean or box that was selected; null for a point. */
  readonly cell: { readonly group: number; readonly series: number } | null;
  /** Human-readable description. */
  readonly text: string;
}

/** A widget opened by a click on a point. */
export interface ChartOpened {
  /** Description, as in {@link ChartSelection}. */
  readonly title: string;
  /** The widget's model; empty while it is being created, or if that failed. */
  readonly model: string;
  /** Why it could not be created; empty on success. */
  readonly problem: string;
}

/** The full state of a Dice chart view. */
export interface DiceChartState {
  /** As {@link diceChartProtocol}. */
  readonly protocol: number;
  /** Dice by row, or over the number of clicks. */
  readonly kind: ChartKind;
  /** Custom title; empty to use {@link chartTitle}. */
  readonly title: string;
  /** What the whole chart has in common: strategy, policy, model, n. */
  readonly subtitle: string;
  /** How the numbers were computed, one entry per line. */
  readonly footnote: readonly string[];
  /** Warnings about the data: rows without scores, mixed policies. */
  readonly notices: readonly string[];
  /** What the colors distinguish. */
  readonly series: readonly ChartSeries[];
  /** Sorted: the highest mean first; by number of clicks in a chart of prompts. */
  readonly groups: readonly ChartGroup[];
  /** Dice of each series in each group. */
  readonly cells: readonly ChartCell[];
  /** Names of cases, for the points. */
  readonly cases: readonly string[];
  /** Names of labels, for the points. */
  readonly labels: readonly string[];
  /** The scored objects. */
  readonly points: ChartPoints;
  /** Correlation of Dice with each measure. */
  readonly correlations: readonly ChartCorrelation[];
  /** Published figures beside rows of the chart. */
  readonly anchors: readonly ChartAnchor[];
  /** View and display settings. */
  readonly shown: ChartShown;
  /** The user's selection; null for none. */
  readonly selection: ChartSelection | null;
  /** Whether a click on a point opens a widget. */
  readonly opens: boolean;
  /** The widget that was opened for the selected point; null for none. */
  readonly opened: ChartOpened | null;
  /** `seq` of the last handled intent, per view. */
  readonly handled: { readonly [view: string]: number };
}

/**
 * How far from the middle of its row a series is drawn, as a fraction of the distance between rows: −0.4 to 0.4, the
 * first series on top.
 */
export function seriesOffset(series: number, count: number, hasAnchors: boolean): number {
  return ((series + 0.5) / count - 0.5) * seriesBand(hasAnchors) - (hasAnchors ? 0.11 : 0);
}

/** Fraction of a row's height used by its series; the rest is for the anchors below. */
export function seriesBand(hasAnchors: boolean): number {
  return hasAnchors ? 0.6 : 0.72;
}

/** Vertical position of an anchor in its row, as {@link seriesOffset}. */
export const anchorOffset = 0.33;

const headings: Readonly<Record<ChartMeasure, string>> = {
  size: "Dice against object size",
  contrast: "Dice against contrast to the surroundings",
  complexity: "Dice against boundary complexity",
};

/** Whether the rows of a chart are models. Groups of clicks are not. */
export function isByModel({ kind, groups }: Pick<DiceChartState, "kind" | "groups">): boolean {
  return kind === "modalities" && groups.every(({ modality }) => modality === "");
}

/** The title of a view: the custom title, or a description of what is shown. */
export function chartTitle(state: Pick<DiceChartState, "title" | "kind" | "groups">, view: ChartViewName) {
  const { title, kind, groups } = state;
  if (title !== "") return title;
  if (view !== "modalities") return headings[view];
  if (kind === "prompts") return "Dice over the number of clicks";
  if (isByModel(state)) return "Dice by model";
  return groups.some(({ label }) => label !== "") ? "Dice by modality and label" : "Dice by modality";
}

/** Axis titles of the measures. They are computed from the ground truth as defined in src/metrics. */
export const measureAxes: Readonly<Record<ChartMeasure, string>> = {
  size: "object size in pixels, logarithmic",
  contrast: "contrast of the object to its surroundings",
  complexity: "boundary complexity of the object",
};

/** The number of objects of each series in a group: `n 64`, or `n 64, 60` where they differ. */
export function groupCount(cells: readonly ChartCell[], group: number): string {
  const counts = cells.filter((cell) => cell.group === group).map(({ n }) => n);
  return `n ${counts.every((n) => n === counts[0]) ? counts[0] : counts.join(", ")}`;
}

/** A series without clicks, such as a box prompt; drawn as a horizontal reference line. */
export function isLevel({ groups, cells }: Pick<DiceChartState, "groups" | "cells">, series: number): boolean {
  return cells.every((cell) => cell.series !== series || groups[cell.group].clicks <= 0);
}
