import type { ChartMarks } from "../../../src/protocol/dice-chart.js";
import type { CommHost } from "../../comm/comm.js";
import { kernelContext } from "../../context.js";
import type { PublishedAnchor } from "./anchors.js";
import type { OpenRow } from "./case-opener.js";
import { chartData, type RowSource } from "./chart-data.js";
import { DiceChart } from "./dice-chart.js";
import type { ColorField } from "./series.js";

/** What {@link chartPrompts} draws. */
export interface ChartPromptsOptions {
  /** What the colors tell apart: `model`, `strategy`, `policy`, or several of them. Default: all that vary. What varies besides is pooled, and named. */
  readonly color?: ColorField | readonly ColorField[];
  /** Default: what the view shows. */
  readonly title?: string;
  /** Of the bootstrap intervals. Default: that of the rows, so that they are those of `result.summary()`. */
  readonly seed?: number;
  /**
   * Makes the widget that is shown below the chart when a point is clicked on, such as `(row) => compareCase(row, { data, models })`. It is closed when
   * another point is picked.
   */
  readonly open?: OpenRow;
  /** Where the widget's comm is opened. Default: the running kernel. */
  readonly host?: CommHost;
}

/** What {@link chartDice} draws. */
export interface ChartDiceOptions extends ChartPromptsOptions {
  /** A row for each modality–label pair, or for each modality. Default: pairs while there are at most 16. */
  readonly by?: "label" | "modality";
  /** What is shown first: means as bars with 95 % intervals (default), boxes, or the single objects. */
  readonly marks?: ChartMarks;
  /** Published figures beside one's own, such as `mazurowskiAnchors()`. */
  readonly anchors?: readonly PublishedAnchor[];
}

/**
 * Dice by modality: means with 95 % bootstrap intervals, boxes or single objects, the best row first; a second view against the object's size,
 * contrast and boundary complexity. Let it be the last value of a cell. Rows without a Dice are counted and named, never drawn as 0.
 *
 * @param rows of an evaluation, or its result
 * @example
 * const chart = chartDice(rows, { anchors: mazurowskiAnchors({ mode: 3 }) });
 * chart
 * // next cell, after a click on a point
 * chart.selection
 * @throws {SamlabError} `environment` outside a samlab kernel; `argument-invalid` when no row has a Dice (with the reasons), or for an option
 */
export function chartDice(rows: RowSource, options: ChartDiceOptions = {}): DiceChart {
  const data = chartData(rows, { ...options, kind: "modalities" });
  return new DiceChart(data, options.host ?? kernelContext("chartDice").comms, options.open);
}

/**
 * Dice over the number of clicks, a line with 95 % bootstrap intervals for each model and strategy. `points:1`, `points:3`, … are one line;
 * strategies without clicks (box, everything) are levels to compare with.
 * @throws as {@link chartDice}
 */
export function chartPrompts(rows: RowSource, options: ChartPromptsOptions = {}): DiceChart {
  const data = chartData(rows, { ...options, kind: "prompts" });
  return new DiceChart(data, options.host ?? kernelContext("chartPrompts").comms, options.open);
}
