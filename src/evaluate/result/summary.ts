import { appendTo } from "../../core/append-to.js";
import { SamlabError, show } from "../../core/errors.js";
import { type Cluster, clusterBootstrap, clusterMean, clusterOf } from "../statistics/bootstrap.js";
import { describeNumbers, mean } from "../statistics/describe.js";
import { groupBy } from "../statistics/group-by.js";
import type { EvaluationRow, MaskPolicy, Metric } from "../types.js";
import { unitOf } from "./columns.js";
import { type ModelTest, testModels } from "./model-tests.js";
import { caseKey, identityNotes, objectKey, withDistinctModels } from "./row-identity.js";

/** Options of `summary`. */
export interface SummaryOptions {
  /** Default `dice`. */
  readonly metric?: Metric;
  /** Seed of the bootstrap. Default: the rows' own seed. */
  readonly seed?: number;
  /** Default 2000. */
  readonly resamples?: number;
}

interface Asked {
  readonly model: string;
  readonly strategy: string;
  readonly policy: MaskPolicy;
  /** Clicks given; strategies with several steps have a group for each step. */
  readonly clicks: number;
  /** Of distances, which have a group for each unit; of NSD, that of its tolerance. Empty for other metrics. */
  readonly unit: "mm" | "px" | "";
}

interface Interval {
  /**
   * Percentile bootstrap over subjects, so that the cases, slices and objects of one stay together. NaN for fewer than
   * two.
   */
  readonly low: number;
  readonly high: number;
}

/** One model × modality × label × strategy × policy × clicks. */
export interface SummaryGroup extends Asked, Interval {
  /** As in the manifest. */
  readonly modality: string;
  /** The object's name in the label map. */
  readonly label: string;
  /** Rows with a score; of seconds, which all objects of a case share, one for each case and run. */
  readonly n: number;
  /** Cases with a score. */
  readonly cases: number;
  /** Subjects with a score. */
  readonly subjects: number;
  /** Mean of the rows. */
  readonly mean: number;
  /** Standard deviation of the rows. */
  readonly sd: number;
  /** Median of the rows. */
  readonly median: number;
  /** Rows without a score because something went wrong. */
  readonly failures: number;
  /** Rows whose score is undefined because of the rule for empty masks; 0 for Dice and other overlap scores. */
  readonly undefinedScores: number;
}

/** One model × strategy × policy × clicks over all modality-label pairs. */
export interface OverallMean extends Asked, Interval {
  /** Number of modality-label pairs. */
  readonly pairs: number;
  /** Rows with a score; of seconds, one for each case, label, and run. */
  readonly n: number;
  /** Cases with a score. */
  readonly cases: number;
  /** Subjects with a score. */
  readonly subjects: number;
  /** The mean of the pairs' means: every modality-label pair has the same weight, however many slices it has. */
  readonly mean: number;
  /** Mean over cases of the means of their rows, as challenges report it. */
  readonly caseMean: number;
  /** Rows without a score because something went wrong. */
  readonly failures: number;
}

/** Groups, overall means, and tests of an evaluation's rows. */
export interface EvaluationSummary {
  /** The score that is summarized. */
  readonly metric: Metric;
  /** Seed of the bootstrap. */
  readonly seed: number;
  /** In the order of first appearance. */
  readonly groups: readonly SummaryGroup[];
  /** Means over all modality-label pairs. */
  readonly overall: readonly OverallMean[];
  /** Tests between every two models on the subjects that both have; empty for one model. */
  readonly tests: readonly ModelTest[];
  /** How the numbers were made, to show under the table. */
  readonly notes: string;
}

const notes =
  "n: rows (objects); sd of rows. Interval: 95 %, percentile bootstrap, resampling subjects so that all slices of one stay together; from fewer than 10 subjects it is too narrow. " +
  "Overall: mean of the means of modality-label pairs; mean per case: mean over cases of the means of their rows. Tests: two-sided Wilcoxon signed-rank on per-subject means (zero differences dropped, " +
  "exact up to 50 cases without ties or 13 with, else normal with tie correction and without continuity correction), p adjusted by Holm over all tests listed.";

/**
 * Summarizes the rows of an evaluation, or of a file by `readRows`: groups, overall means, and tests.
 * @throws {SamlabError} `argument-invalid` for a metric that rows do not have
 */
export function summarize(given: readonly EvaluationRow[], options: SummaryOptions = {}): EvaluationSummary {
  const { metric = "dice", seed = given[0]?.seed ?? 0, resamples = 2000 } = options;
  const rows = withDistinctModels(given);
  const [first] = rows;
  if (first && typeof first[metric] !== "number") {
    throw new SamlabError("argument-invalid", `There is no score ${show(metric)}.`, {
      field: "metric",
      value: metric,
      remedy: "Use a column of scores, such as dice, iou, hd95, or nsd.",
    });
  }
  const bootstrap = { seed, resamples };
  const value = (row: EvaluationRow) => row[metric];
  const all = inUnits(atSteps(rows), metric);
  const entries = metric === "seconds" ? timesOnce(all) : all;
  const split = (all: readonly Entry[]) => {
    const failures = all.filter(({ row }) => row.failure !== "").length;
    const good = all.map(({ row }) => row).filter((row) => row.failure === "" && !Number.isNaN(value(row)));
    return { failures, good, undefinedScores: all.length - good.length - failures };
  };
  const groups = groupBy(entries, (entry) => [entry.row.modality, entry.row.label, ...askedKey(entry)]).map(
    (all): SummaryGroup => {
      const { good, failures, undefinedScores } = split(all);
      const clusters = groupBy(good, (row) => [row.subject]).map((own) => clusterOf(own.map(value)));
      const [low, high] = clusterBootstrap(clusters, clusterMean, bootstrap);
      const { modality, label } = all[0].row;
      const described = describeNumbers(good.map(value));
      return {
        ...asked(all[0]),
        modality,
        label,
        ...described,
        low,
        high,
        cases: casesIn(good),
        subjects: clusters.length,
        failures,
        undefinedScores,
      };
    },
  );
  const overall = groupBy(entries, askedKey).map((all): OverallMean => {
    const { good, failures } = split(all);
    const subjects = groupBy(good, (row) => [row.subject]).map((own) => pairClusters(own, value));
    const [low, high] = clusterBootstrap(subjects, meanOfPairs, bootstrap);
    const pairs = new Set(good.map(pairOf)).size;
    return {
      ...asked(all[0]),
      pairs,
      n: good.length,
      cases: casesIn(good),
      subjects: subjects.length,
      mean: meanOfPairs(subjects),
      caseMean: mean(groupBy(good, (row) => [caseKey(row)]).map((own) => mean(own.map(value)))),
      low,
      high,
      failures,
    };
  });
  return {
    metric,
    seed,
    groups,
    overall,
    tests: testModels(entries === all ? rows : entries.map(({ row }) => row), metric),
    notes: [notes, ...identityNotes(given)].join(" "),
  };
}

/**
 * The time of a case is in the row of each of its objects: it counts once for each label and run, which a device or a
 * seed tells from others, and is of no single part.
 */
function timesOnce(entries: readonly Entry[]): Entry[] {
  const seen = new Set<string>();
  return entries.flatMap((entry) => {
    if (entry.row.failure !== "") return [entry];
    const row = { ...entry.row, part: 0 };
    const key = JSON.stringify([objectKey(row), row.provider, row.seed, ...askedKey(entry)]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ ...entry, row }];
  });
}

const casesIn = (rows: readonly EvaluationRow[]) => new Set(rows.map(caseKey)).size;

const pairOf = ({ modality, label }: EvaluationRow) => JSON.stringify([modality, label]);

/** A row and the step that it counts for. */
interface Entry {
  readonly row: EvaluationRow;
  readonly clicks: number;
  readonly unit: SummaryGroup["unit"];
}

/**
 * What failed has no further steps: it counts as a failure in each step from its own on that the strategy has
 * elsewhere. A strategy of one step, whose number of clicks depends on the object, counts it in its own step, or in
 * each where it has none, as a case that could not be opened.
 */
function atSteps(rows: readonly EvaluationRow[]): Omit<Entry, "unit">[] {
  const steps = new Map<string, Set<number>>();
  const firsts = new Map<string, number>();
  const goOn = new Set<string>();
  for (const row of rows) {
    const { model, strategy, policy, clicks } = row;
    if (row.failure !== "") continue;
    steps.set(strategy, (steps.get(strategy) ?? new Set()).add(clicks));
    const key = JSON.stringify([objectKey(row), model, strategy, policy]);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, clicks);
    else if (first !== clicks) goOn.add(strategy);
  }
  return rows.flatMap((row) => {
    const known = row.failure === "" ? [] : [...(steps.get(row.strategy) ?? [])];
    const isOwn = goOn.has(row.strategy)
      ? (clicks: number) => clicks >= row.clicks
      : (clicks: number) => clicks === row.clicks || !known.includes(row.clicks);
    const counted = known.filter(isOwn);
    return (counted.length > 0 ? counted : [row.clicks]).map((clicks) => ({ row, clicks }));
  });
}

/** A row without scores has no unit of its own: it counts as a failure in one that other rows of its label have. */
function inUnits(entries: readonly Omit<Entry, "unit">[], metric: Metric): Entry[] {
  const units = new Map<string, SummaryGroup["unit"]>();
  const first = (row: EvaluationRow) => units.get(pairOf(row)) ?? [...units.values()][0];
  for (const { row } of entries) {
    if (row.failure === "" && !units.has(pairOf(row))) units.set(pairOf(row), unitOf(row, metric));
  }
  return entries.map(({ row, clicks }) => {
    return { row, clicks, unit: (row.failure === "" ? undefined : first(row)) ?? unitOf(row, metric) };
  });
}

const askedKey = ({ row: { model, strategy, policy }, clicks, unit }: Entry) => [model, strategy, policy, clicks, unit];

function asked({ row: { model, strategy, policy }, clicks, unit }: Entry): Asked {
  return { model, strategy, policy, clicks, unit };
}

/** One subject's rows: pair → sum and count. */
function pairClusters(rows: readonly EvaluationRow[], value: (row: EvaluationRow) => number): Map<string, Cluster> {
  return new Map(groupBy(rows, (row) => [pairOf(row)]).map((own) => [pairOf(own[0]), clusterOf(own.map(value))]));
}

function meanOfPairs(draw: readonly ReadonlyMap<string, Cluster>[]): number {
  const pairs = new Map<string, Cluster[]>();
  for (const one of draw) for (const [pair, cluster] of one) appendTo(pairs, pair, cluster);
  return mean([...pairs.values()].map(clusterMean));
}
