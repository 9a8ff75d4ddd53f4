import { mean } from "../statistics/describe.js";
import { holm } from "../statistics/holm.js";
import { wilcoxon } from "../statistics/wilcoxon.js";
import type { EvaluationRow, MaskPolicy, Metric } from "../types.js";

/** A paired comparison of two models on the same cases. */
export interface ModelTest {
  /** The two models, by name. */
  readonly models: readonly [string, string];
  /** The prompt strategy that both were given. */
  readonly strategy: string;
  /** Which of their masks were scored. */
  readonly policy: MaskPolicy;
  /** Clicks given. */
  readonly clicks: number;
  /** Cases that both models have scores for, each with the mean over the objects that both scored. */
  readonly n: number;
  /** The mean over cases of the first model's score minus the second's. */
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
 * Two-sided Wilcoxon signed-rank tests between every two models, for each strategy × policy × clicks. Paired by case,
 * since slices of one case are not independent; only objects that both models have a score for are included.
 */
export function testModels(rows: readonly EvaluationRow[], metric: Metric): ModelTest[] {
  const models = [...new Set(rows.map(({ model }) => model))];
  const good = rows.filter((row) => row.failure === "" && !Number.isNaN(row[metric]));
  const asked = new Map<string, EvaluationRow[]>();
  for (const row of good) {
    const key = JSON.stringify([row.strategy, row.policy, row.clicks]);
    const known = asked.get(key);
    if (known) known.push(row);
    else asked.set(key, [row]);
  }
  const tests = [...asked.values()].flatMap((own) =>
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
  const objectKey = (row: EvaluationRow) => JSON.stringify([row.case, row.plane, row.slice, row.label, row.part]);
  const other = new Map(rows.filter(({ model }) => model === second).map((row) => [objectKey(row), row[metric]]));
  const byCase = new Map<string, number[]>();
  for (const row of rows) {
    const paired = row.model === first ? other.get(objectKey(row)) : undefined;
    if (paired !== undefined) byCase.set(row.case, [...(byCase.get(row.case) ?? []), row[metric] - paired]);
  }
  const differences = [...byCase.values()].map(mean);
  const { statistic, p, method } = wilcoxon(differences);
  const { strategy, policy, clicks } = rows[0];
  return {
    models: [first, second],
    strategy,
    policy,
    clicks,
    n: differences.length,
    difference: mean(differences),
    statistic,
    p,
    method,
  };
}
