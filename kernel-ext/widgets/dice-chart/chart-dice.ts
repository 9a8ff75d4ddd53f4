import type { ChartMarks } from "../../../src/protocol/dice-chart.js";
import type { CommHost } from "../../comm/comm.js";
import { kernelContext } from "../../context.js";
import type { PublishedAnchor } from "./anchors.js";
import type { OpenRow } from "./case-opener.js";
import { chartData, type RowSource } from "./chart-data.js";
import { DiceChart } from "./dice-chart.js";
import type { RowKind } from "./groups.js";
import type { ColorField } from "./series.js";

/** Options of {@link chartPrompts}. */
export interface ChartPromptsOptions {
  /**
   * What colors distinguish: `model`, `strategy`, `policy`, `modality`, or several. Default: every field that varies
   * and that the rows of the chart do not tell apart. Other varying fields are pooled and noted in the footnote.
   */
  readonly color?: ColorField | readonly ColorField[];
  /** Default: describes the view. */
  readonly title?: string;
  /** Seed of the bootstrap intervals. Default: the seed of the rows, so intervals match `result.summary()`. */
  readonly seed?: number;
  /**
   * Creates the widget shown below the chart when a point is clicked, such as `(row) => compareCase(row, { data, models
   * })`. It is closed when another point is picked.
   */
  readonly open?: OpenRow;
  /** Where the widget's comm is opened. Default: the running kernel. */
  readonly host?: CommHost;
}

/** Options of {@link chartDice}. */
export interface ChartDiceOptions extends ChartPromptsOptions {
  /**
   * One row per modality–label pair, per modality, or per model, to compare many of them (with `color: "modality"` each
   * modality has its color). Default: pairs if there are at most 16.
   */
  readonly by?: RowKind;
  /** Initial marks: means as bars with 95 % intervals (default), box plots, or individual objects. */
  readonly marks?: ChartMarks;
  /** Published figures to show alongside, such as `mazurowskiAnchors()`. */
  readonly anchors?: readonly PublishedAnchor[];
}

/**
 * Dice by modality: means with 95 % bootstrap intervals, box plots or individual objects, best row first. A second view
 * plots Dice against object size, contrast and boundary complexity. Return it as the last value of a cell. Rows without
 * a Dice are counted and listed, never drawn as 0.
 *
 * @param rows of an evaluation, or its result
 * @example
 * const chart = chartDice(rows, { anchors: mazurowskiAnchors({ mode: 3 }) });
 * chart
 * // next cell, after clicking a point
 * chart.selection
 * @throws {SamlabError} `environment` outside a samlab kernel; `argument-invalid` if no row has a Dice (with the
 * reasons) or for an invalid option
 */
export function chartDice(rows: RowSource, options: ChartDiceOptions = {}): DiceChart {
  const data = chartData(rows, { ...options, kind: "modalities" });
  return new DiceChart(data, options.host ?? kernelContext("chartDice").comms, options.open);
}

/**
 * Dice by number of clicks: one line with 95 % bootstrap intervals per model and strategy. `points:1`, `points:3`, …
 * form one line; strategies without clicks (box, everything) are horizontal reference levels.
 * @throws as {@link chartDice}
 */
export function chartPrompts(rows: RowSource, options: ChartPromptsOptions = {}): DiceChart {
  const data = chartData(rows, { ...options, kind: "prompts" });
  return new DiceChart(data, options.host ?? kernelContext("chartPrompts").comms, options.open);
}
