import type { EvaluationSummary, OverallMean, SummaryGroup } from "../evaluate/result/summary.js";

/** A table for display: column names, and rows of the same length. */
export interface SummaryTable {
  /** Title; empty for the first table, which covers everything. */
  readonly title: string;
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

type Columns<T> = readonly (readonly [name: string, value: (item: T) => string | number])[];

/** An evaluation's summary as tables: groups, means over all pairs, and tests where several models were compared. */
export function summaryTables({ groups, overall, tests, metric }: EvaluationSummary): SummaryTable[] {
  const grouped = table("", groups, [
    ["modality", (g) => g.modality],
    ["label", (g) => g.label],
    ["model", (g) => g.model],
    ...asked<SummaryGroup>(),
    ["n", (g) => g.n],
    ["cases", (g) => g.cases],
    ["subjects", (g) => g.subjects],
    [meanOf(metric), (g) => g.mean],
    ["sd", (g) => g.sd],
    ["median", (g) => g.median],
    ["low", (g) => g.low],
    ["high", (g) => g.high],
    ...unit(groups),
    ["failed", (g) => g.failures],
  ]);
  const compared = table("Between models", tests, [
    ["models", (t) => t.models.join(" − ")],
    ...asked<(typeof tests)[number]>(),
    ["subjects", (t) => t.n],
    ["difference", (t) => t.difference],
    ...unit(tests),
    ["p", (t) => t.p],
    ["p (Holm)", (t) => t.pHolm],
  ]);
  const pairs = overallTable({ overall, metric });
  return tests.length > 0 ? [grouped, pairs, compared] : [grouped, pairs];
}

/** Means over all pairs of modality and label. */
export function overallTable({ overall, metric }: Pick<EvaluationSummary, "overall" | "metric">): SummaryTable {
  return table("Over all pairs of modality and label", overall, [
    ["model", (o) => o.model],
    ...asked<OverallMean>(),
    ["pairs", (o) => o.pairs],
    ["n", (o) => o.n],
    [meanOf(metric), (o) => o.mean],
    ["low", (o) => o.low],
    ["high", (o) => o.high],
    ["mean per case", (o) => o.caseMean],
    ...unit(overall),
    ["failed", (o) => o.failures],
  ]);
}

function table<T>(title: string, items: readonly T[], columns: Columns<T>): SummaryTable {
  return {
    title,
    names: columns.map(([name]) => name),
    rows: items.map((item) => columns.map(([, value]) => value(item))),
  };
}

const asked = <T extends Pick<SummaryGroup, "strategy" | "clicks" | "policy">>(): Columns<T> => [
  ["prompt", (item) => item.strategy],
  ["clicks", (item) => item.clicks],
  ["policy", (item) => item.policy],
];

/** Only distances have one. */
const unit = <T extends Pick<SummaryGroup, "unit">>(items: readonly T[]): Columns<T> =>
  items.some((item) => item.unit !== "") ? [["unit", (item) => item.unit]] : [];

const meanOf = (metric: EvaluationSummary["metric"]) => (metric === "dice" ? "mean Dice" : `mean ${metric}`);
