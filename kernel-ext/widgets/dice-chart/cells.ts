import { clusterBootstrap } from "../../../src/evaluate/statistics/bootstrap.js";
import { quantile } from "../../../src/evaluate/statistics/describe.js";
import { groupBy } from "../../../src/evaluate/statistics/group-by.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import type { ChartCell } from "../../../src/protocol/dice-chart.js";

/** Group and series index of each row. */
export interface Placement {
  readonly group: Uint16Array;
  readonly series: Uint16Array;
}

export const resamples = 2000;

/** Row indices by cell, ordered by group and series; empty cells are omitted. */
export function rowsByCell({ group, series }: Placement): { group: number; series: number; rows: number[] }[] {
  const cells = new Map<number, { group: number; series: number; rows: number[] }>();
  for (let n = 0; n < group.length; n++) {
    const key = group[n] * 65536 + series[n];
    const cell = cells.get(key);
    if (cell) cell.rows.push(n);
    else cells.set(key, { group: group[n], series: series[n], rows: [n] });
  }
  return [...cells].sort(([a], [b]) => a - b).map(([, cell]) => cell);
}

/** Statistics of each cell: means and intervals as computed by `summarize`. */
export function cellsOf(rows: readonly EvaluationRow[], placement: Placement, seed: number): ChartCell[] {
  return rowsByCell(placement).map(({ group, series, rows: numbers }) => {
    const own = numbers.map((n) => rows[n]);
    const values = own.map(diceOf);
    const [q1, median, q3] = [0.25, 0.5, 0.75].map((p) => quantile(values, p));
    const reach = 1.5 * (q3 - q1);
    const within = values.filter((value) => value >= q1 - reach && value <= q3 + reach);
    return {
      group,
      series,
      n: values.length,
      ...meanOfPairs(own, seed),
      q1,
      median,
      q3,
      fenceLow: within.reduce((a, b) => Math.min(a, b), q1),
      fenceHigh: within.reduce((a, b) => Math.max(a, b), q3),
    };
  });
}

/** A Dice read back from float32 may be slightly above 1. */
export const diceOf = (row: EvaluationRow) => Math.min(1, row.dice);

/** Sums for one subject: pair index, sum and count for each modality–label pair. */
type SubjectSums = readonly (readonly [pair: number, sum: number, n: number])[];

/**
 * The mean over modality–label pairs of their means (for a single pair, its mean), with a 95 % percentile interval
 * bootstrapped over subjects, so slices of one stay together. No interval for fewer than two.
 */
function meanOfPairs(rows: readonly EvaluationRow[], seed: number) {
  const pairs = new Map<string, number>();
  const pairOf = ({ modality, label }: EvaluationRow) => {
    const key = JSON.stringify([modality, label]);
    const known = pairs.get(key) ?? pairs.size;
    pairs.set(key, known);
    return known;
  };
  const subjects = groupBy(rows, (row) => [row.subject]).map(
    (own): SubjectSums =>
      groupBy(own, (row) => [pairOf(row)]).map((own) => [
        pairOf(own[0]),
        own.reduce((sum, row) => sum + diceOf(row), 0),
        own.length,
      ]),
  );
  const sums = new Float64Array(pairs.size);
  const counts = new Float64Array(pairs.size);
  const statistic = (draw: readonly SubjectSums[]): number => {
    sums.fill(0);
    counts.fill(0);
    for (const one of draw) {
      for (const [pair, sum, n] of one) {
        sums[pair] += sum;
        counts[pair] += n;
      }
    }
    let [total, drawn] = [0, 0];
    for (let pair = 0; pair < sums.length; pair++) {
      if (counts[pair] === 0) continue;
      total += sums[pair] / counts[pair];
      drawn++;
    }
    return total / drawn;
  };
  const [low, high] = clusterBootstrap(subjects, statistic, { seed, resamples });
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  return { subjects: subjects.length, mean: statistic(subjects), low: orNull(low), high: orNull(high) };
}
