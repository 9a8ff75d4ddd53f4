import type { Data, Layout } from "plotly.js";
import type { ChartShown, DiceChartState } from "../../../../src/protocol/dice-chart.js";
import type { ChartColumns } from "../../../../src/protocol/dice-chart-columns.js";
import type { SelectTarget } from "../../../../src/protocol/dice-chart-intents.js";
import type { Theme } from "./theme.js";

/** Everything a figure depends on. */
export interface FigureInput {
  readonly state: DiceChartState;
  readonly shown: ChartShown;
  readonly columns: ChartColumns;
  readonly hidden: ReadonlySet<number>;
  readonly cursor: SelectTarget | null;
  /** Width in CSS pixels. */
  readonly width: number;
  readonly theme: Theme;
  /** A changed number resets the zoom. */
  readonly zoom?: number;
}

export interface Figure {
  readonly data: readonly Data[];
  readonly layout: Partial<Layout>;
}

/** Full Dice axis range, from 0. A new array each time, since plotly modifies it. */
export const wholeDice = (): [number, number] => [0, 1.02];

/** Height of the plot in CSS pixels, known before plotly is loaded. */
export function plotHeight({ groups, series, anchors, kind }: DiceChartState, { view }: ChartShown): number {
  if (view !== "modalities" || kind === "prompts") return 380;
  return rowHeight(series.length, anchors.length > 0) * groups.length + 52;
}

/** Height of a chart row in CSS pixels. */
export function rowHeight(series: number, hasAnchors: boolean): number {
  return Math.max(40, series * 17 + 14) + (hasAnchors ? 12 : 0);
}
