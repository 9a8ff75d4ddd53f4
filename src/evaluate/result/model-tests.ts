import { mean } from "../statistics/describe.js";
import { groupBy } from "../statistics/group-by.js";
import { holm } from "../statistics/holm.js";
import { wilcoxon } from "../statistics/wilcoxon.js";
import type { EvaluationRow, MaskPolicy, Metric } from "../types.js";
import { unitOf } from "./columns.js";
import { objectKey } from "./row-identity.js";

/** A paired comparison of two models on the same subjects. */
export interface ModelTest {
  /** The two models, by name. */
  readonly models: readonly [string, string];
  /** The prompt strategy that both were given. */
  readonly strategy: string;
  /** Which of their masks were scored. */
  readonly policy: MaskPolicy;
  /** Clicks given. */
  readonly clicks: number;
  /** Of the difference, as in the summary's groups. */
  readonly unit: "mm" | "px" | "";
  /** Subjects that both models have scores for, each with the mean over the objects that both scored. */
  readonly n: number;
  /** The mean over subjects of the first model's score minus the second's. */
  readonly difference: number;
  /** Wilcoxon's signed-rank statistic: the smaller sum of ranks. */
  readonly statistic: number;
  /** Two-sided, before adjustment. */
  readonly p: number;
  /** Adjusted by Holm over all tests of the summary. */
  readonly pHolm: number;
  /** Exact distribution, or the normal approximation with tie correction. */
  readonly method: "exact" | "normal";
}

/**
 * Two-sided Wilcoxon signed-rank tests between every two models, for each strategy × policy × clicks. Paired by
 * subject, since slices and cases of one subject are not independent; only objects that both models have a score for
 * are included.
 */
export function testModels(rows: readonly EvaluationRow[], metric: Metric): ModelTest[] {
  const models = [...new Set(rows.map(({ model }) => model))];
  const good = rows.filter((row) => row.failure === "" && !Number.isNaN(row[metric]));
  const asked = (row: EvaluationRow) => [row.strategy, row.policy, row.clicks, unitOf(row, metric)];
  const tests = groupBy(good, asked).flatMap((own) =>
    models.flatMap((first, n) => models.slice(n + 1).map((second) => testPair(own, first, second, metric))),
  );
  const made = tests.filter(({ n }) => n > 0);
  const adjusted = holm(made.map(({ p }) => p));
  return made.map((test, n) => ({ ...test, pHolm: adjusted[n] }));
}

function testPair(
  rows: readonly EvaluationRow[],
  first: string,
  second: string,
  metric: Metric,
): Omit<ModelTest, "pHolm"> {
  // Several runs, as on other devices or with other seeds, have several rows of an object.
  const objects = (model: string) =>
    groupBy(
      rows.filter((row) => row.model === model),
      (row) => [objectKey(row)],
    ).map((own) => ({ row: own[0], score: mean(own.map((row) => row[metric])) }));
  const other = new Map(objects(second).map(({ row, score }) => [objectKey(row), score]));
  const paired = objects(first).flatMap(({ row, score }) => {
    const its = other.get(objectKey(row));
    return its === undefined ? [] : [{ subject: row.subject, difference: score - its }];
  });
  const differences = groupBy(paired, (pair) => [pair.subject]).map((own) => mean(own.map((pair) => pair.difference)));
  const { statistic, p, method } = wilcoxon(differences);
  const { strategy, policy, clicks } = rows[0];
  const unit = unitOf(rows[0], metric);
  return {
    models: [first, second],
    strategy,
    policy,
    clicks,
    unit,
    n: differences.length,
    difference: mean(differences),
    statistic,
    p,
    method,
  };
}
