import { appendTo } from "../core/append-to.js";
import { SamlabError, show } from "../core/errors.js";
import { evaluate } from "./evaluate.js";
import { type EvaluateOptions, list } from "./options.js";
import type { EvaluationResult } from "./result/evaluation-result.js";
import { objectKey, withDistinctModels } from "./result/row-identity.js";
import { clusterBootstrap, clusterMean, clusterOf } from "./statistics/bootstrap.js";
import { describeNumbers, mean } from "./statistics/describe.js";
import { groupBy } from "./statistics/group-by.js";
import type { EvaluationRow } from "./types.js";

/** Options of {@link promptSensitivity}. */
export interface SensitivityOptions extends Omit<EvaluateOptions, "prompts" | "volume" | "preset" | "shard"> {
  /**
   * Each edge of the tight box is moved by up to this many pixels. Default 0, 2, 5, 10, 20; an empty list leaves boxes
   * out.
   */
  readonly boxShifts?: readonly number[];
  /**
   * A click on the object's deepest pixel is moved by up to this many pixels along x and y. Default 0, 2, 5, 10, 20.
   */
  readonly clickShifts?: readonly number[];
  /** Numbers of points given at once, in the order of choice and in reverse. Default 1, 2, 3, 5, 9. */
  readonly points?: readonly number[];
  /** Random draws of each shift, for each object. Default 3. */
  readonly draws?: number;
}

/** What is changed about a prompt. */
export type SensitivityKind = "box" | "click" | "points" | "reversed";

/** The mean Dice at one size of the change. */
export interface SensitivityPoint {
  /** `box` and `click`: pixels. `points` and `reversed`: how many points. */
  readonly amount: number;
  /** Objects on slices. */
  readonly n: number;
  /** Mean over objects; for each object, the mean over its draws. */
  readonly dice: number;
  /** 95 % percentile bootstrap interval, whole subjects resampled; NaN for a single one. */
  readonly interval: readonly [low: number, high: number];
  /**
   * How much the draws of one object differ: the mean over objects of their standard deviation. NaN if nothing is
   * drawn.
   */
  readonly spread: number;
  /** Share of objects with a draw whose Dice is more than 0.1 below the object's best draw over all amounts. */
  readonly failing: number;
}

/** Dice of a model against the size of one kind of change. */
export interface SensitivityCurve {
  /** The model's name. */
  readonly model: string;
  /** What is changed. */
  readonly kind: SensitivityKind;
  /** By ascending amount. */
  readonly points: readonly SensitivityPoint[];
}

/** Result of {@link promptSensitivity}. */
export interface PromptSensitivity {
  /**
   * One for each model and kind. A kind that only has the prompt of one point, where other curves begin with it, has
   * none.
   */
  readonly curves: readonly SensitivityCurve[];
  /** All rows. `result.save(path)` saves them; {@link sensitivityCurves} computes the curves from them again. */
  readonly result: EvaluationResult;
  /** How the numbers were made. */
  readonly footnote: string;
}

const defaultShifts = [0, 2, 5, 10, 20];
const defaultPoints = [1, 2, 3, 5, 9];

/**
 * Measures how much a model's masks depend on the prompt: the Dice against shifts of the box or click in pixels,
 * against the number of points, and against their order.
 *
 * @example
 * const study = await promptSensitivity({ models: "lite-medsam-clicks", data: "samples" });
 * for (const { model, kind, points } of study.curves) {
 *   console.log(model, kind, points.map(({ amount, dice }) => `${amount}: ${dice.toFixed(3)}`).join("  "));
 * }
 * @throws {SamlabError} `argument-invalid`, and as {@link evaluate}
 */
export async function promptSensitivity(options: SensitivityOptions): Promise<PromptSensitivity> {
  const {
    boxShifts = defaultShifts,
    clickShifts = defaultShifts,
    points = defaultPoints,
    draws = 3,
    ...rest
  } = options;
  wholeNumbers("boxShifts", boxShifts, 0);
  wholeNumbers("clickShifts", clickShifts, 0);
  wholeNumbers("points", points, 1);
  wholeNumbers("draws", [draws], 1);
  if (list(rest.policy ?? "first").length > 1) {
    throw new SamlabError("argument-invalid", "A sensitivity study takes one mask policy.", {
      field: "policy",
      value: rest.policy,
      remedy: "Give one policy, or run a study for each.",
    });
  }
  const drawn = (name: string) => Array.from({ length: draws }, (_, n) => `${name},draw=${n + 1}`);
  const prompts = [
    ...boxShifts.flatMap((shift) => (shift === 0 ? ["box"] : drawn(`box:jitter=${shift}`))),
    ...clickShifts.flatMap((shift) => (shift === 0 ? ["points:1"] : drawn(`points:1,shift=${shift}`))),
    ...points.flatMap((count) => [`points:${count}`, ...(count > 1 ? [`points:${count},reversed`] : [])]),
  ];
  const result = await evaluate({ ...rest, prompts: [...new Set(prompts)] });
  const { seed } = result.plan;
  return {
    curves: sensitivityCurves(result.rows, seed),
    result,
    footnote: `${result.footnote} Shifts: drawn ${draws} times for each object, evenly from −N to N pixels for each edge or coordinate; the mean over the draws, then over objects. Intervals: 95 %, percentile bootstrap over subjects.`,
  };
}

/** The kinds that a strategy belongs to, by its name, each with its amount. */
function amountsOf(strategy: string): (readonly [SensitivityKind, number])[] {
  const found = /^(box|points:(\d+))(?::jitter=(\d+)|,shift=(\d+))?(,reversed)?(?:,draw=\d+)?$/.exec(strategy);
  if (!found) return [];
  const [, head, count, jitter, shift, reversed] = found;
  if (head === "box") return [["box", Number(jitter ?? 0)]];
  if (reversed) return [["reversed", Number(count)]];
  if (count !== "1") return [["points", Number(count)]];
  if (shift) return [["click", Number(shift)]];
  return [
    ["click", 0],
    ["points", 1],
    ["reversed", 1],
  ];
}

/** The rows of a model and kind, by amount. */
interface Varied {
  readonly model: string;
  readonly kind: SensitivityKind;
  readonly amounts: Map<number, EvaluationRow[]>;
}

/**
 * False for the prompt of one point alone, which begins three curves: it is drawn with those that go on from it, or
 * where there is none, as one of `points`.
 */
const isOwnCurve = ({ amounts }: Varied) =>
  [...amounts.values()].some(([row]) => row !== undefined && amountsOf(row.strategy).length === 1);

const goesOn = ({ model }: Varied, other: Varied) => other.model === model && other.kind !== "box" && isOwnCurve(other);

/**
 * Computes the curves from rows of {@link promptSensitivity}, as that function does. Rows without a Dice are left out.
 * @param seed of the bootstrap; default that of the rows
 */
export function sensitivityCurves(
  rows: readonly EvaluationRow[],
  seed: number = rows[0]?.seed ?? 0,
): SensitivityCurve[] {
  const groups = new Map<string, Varied>();
  for (const row of withDistinctModels(rows)) {
    if (Number.isNaN(row.dice)) continue;
    for (const [kind, amount] of amountsOf(row.strategy)) {
      const key = `${row.model}\n${kind}`;
      const group = groups.get(key) ?? { model: row.model, kind, amounts: new Map() };
      groups.set(key, group);
      appendTo(group.amounts, amount, row);
    }
  }
  return [...groups.values()]
    .filter((group, _, all) => isOwnCurve(group) || (group.kind === "points" && !all.some((one) => goesOn(group, one))))
    .map(({ model, kind, amounts }) => {
      const best = new Map<string, number>();
      for (const row of [...amounts.values()].flat()) {
        best.set(objectKey(row), Math.max(best.get(objectKey(row)) ?? 0, row.dice));
      }
      const points = [...amounts]
        .sort(([a], [b]) => a - b)
        .map(([amount, at]): SensitivityPoint => pointOf(amount, at, best, seed));
      return { model, kind, points };
    });
}

function pointOf(
  amount: number,
  rows: readonly EvaluationRow[],
  best: ReadonlyMap<string, number>,
  seed: number,
): SensitivityPoint {
  const found = groupBy(rows, (row) => [objectKey(row)]).map((draws) => ({
    subject: draws[0]!.subject,
    dice: mean(draws.map(({ dice }) => dice)),
    sd: describeNumbers(draws.map(({ dice }) => dice)).sd,
    isFailing: draws.some(({ dice }) => dice < (best.get(objectKey(draws[0])) ?? 0) - 0.1),
  }));
  const spreads = found.map(({ sd }) => sd).filter((sd) => !Number.isNaN(sd));
  const clusters = groupBy(found, (object) => [object.subject]).map((own) => clusterOf(own.map(({ dice }) => dice)));
  return {
    amount,
    n: found.length,
    dice: mean(found.map(({ dice }) => dice)),
    interval: clusterBootstrap(clusters, clusterMean, { seed }),
    spread: spreads.length > 0 ? mean(spreads) : Number.NaN,
    failing: found.filter(({ isFailing }) => isFailing).length / found.length,
  };
}

function wholeNumbers(field: string, values: readonly number[], least: number): void {
  const wrong = values.find((value) => !Number.isInteger(value) || value < least);
  if (wrong === undefined && new Set(values).size === values.length) return;
  throw new SamlabError("argument-invalid", `${field} cannot be ${show(values)}.`, {
    field,
    value: values,
    remedy: `Give different whole numbers from ${least}.`,
  });
}
