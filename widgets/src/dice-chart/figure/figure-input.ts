import type { Data, Layout } from "plotly.js";
import type { ChartShown, DiceChartState } from "../../../../src/protocol/dice-chart.js";
import type { ChartColumns } from "../../../../src/protocol/dice-chart-columns.js";
import type { SelectTarget } from "../../../../src/protocol/dice-chart-intents.js";
import type { Theme } from "./theme.js";

/** All that a drawing depends on. */
export interface FigureInput {
  readonly state: DiceChartState;
  readonly shown: ChartShown;
  readonly columns: ChartColumns;
  readonly hidden: ReadonlySet<number>;
  readonly cursor: SelectTarget | null;
  /** CSS pixels. */
  readonly width: number;
  readonly theme: Theme;
  /** Another number than before: what was zoomed is forgotten. */
  readonly zoom?: number;
}

export interface Figure {
  readonly data: readonly Data[];
  readonly layout: Partial<Layout>;
}

/** Of Dice over something: all of it, from 0. A new one each time, since plotly writes into it. */
export const wholeDice = (): [number, number] => [0, 1.02];

/** The height of the plot in CSS pixels, known before anything is loaded. */
export function plotHeight({ groups, series, anchors, kind }: DiceChartState, { view }: ChartShown): number {
  if (view !== "modalities" || kind === "prompts") return 380;
  return rowHeight(series.length, anchors.length > 0) * groups.length + 52;
}

/** The height of a row of the chart. */
export function rowHeight(series: number, hasAnchors: boolean): number {
  return Math.max(40, series * 17 + 14) + (hasAnchors ? 12 : 0);
}
