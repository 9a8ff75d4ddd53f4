import type { EvaluationSummary } from "../evaluate/result/summary.js";

/** A table for display: column names, and rows of the same length. */
export interface SummaryTable {
  /** Title; empty for the first table, which covers everything. */
  readonly title: string;
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** An evaluation's summary as tables: groups, means over all pairs, and tests where several models were compared. */
export function summaryTables({ groups, overall, tests, metric }: EvaluationSummary): SummaryTable[] {
  const grouped: SummaryTable = {
    title: "",
    names: [
      "modality",
      "label",
      "model",
      "prompt",
      "clicks",
      "policy",
      "n",
      "cases",
      meanOf(metric),
      "sd",
      "median",
      "low",
      "high",
      "failed",
    ],
    rows: groups.map((g) => [
      g.modality,
      g.label,
      g.model,
      g.strategy,
      g.clicks,
      g.policy,
      g.n,
      g.cases,
      g.mean,
      g.sd,
      g.median,
      g.low,
      g.high,
      g.failures,
    ]),
  };
  const pairs = overallTable({ overall, metric });
  const compared: SummaryTable = {
    title: "Between models",
    names: ["models", "prompt", "clicks", "policy", "cases", "difference", "p", "p (Holm)"],
    rows: tests.map((t) => [t.models.join(" − "), t.strategy, t.clicks, t.policy, t.n, t.difference, t.p, t.pHolm]),
  };
  return tests.length > 0 ? [grouped, pairs, compared] : [grouped, pairs];
}

/** Means over all pairs of modality and label. */
export function overallTable({ overall, metric }: Pick<EvaluationSummary, "overall" | "metric">): SummaryTable {
  return {
    title: "Over all pairs of modality and label",
    names: ["model", "prompt", "clicks", "policy", "pairs", "n", meanOf(metric), "low", "high", "failed"],
    rows: overall.map((o) => [
      o.model,
      o.strategy,
      o.clicks,
      o.policy,
      o.pairs,
      o.n,
      o.mean,
      o.low,
      o.high,
      o.failures,
    ]),
  };
}

const meanOf = (metric: EvaluationSummary["metric"]) => (metric === "dice" ? "mean Dice" : `mean ${metric}`);
