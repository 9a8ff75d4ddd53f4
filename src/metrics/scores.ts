import { SamlabError, show } from "../core/errors.js";
import { affineSpacing } from "../core/geometry.js";
import { type CroppedMask, cropPair, gridSize } from "./cropped-mask.js";
import { type DistanceDefinition, distanceDefinitions } from "./distance-definition.js";
import { asdOf, assdOf, hausdorffOf, hd95Of, nsdOf } from "./distance-scores.js";
import { type EmptyDistanceRule, emptyDistanceRules, emptyScore } from "./empty.js";
import { type MaskLike, onOneGrid, placedGrid } from "./mask-like.js";
import { checkSpacing, type SurfaceDistances, surfaceDistances } from "./surface-distances.js";

export type { EmptyDistanceRule };

/** Spacing, definition of distances, and rules for empty masks. */
export interface ScoreOptions {
  /**
   * mm between cells along x, y (and z) of the prediction. Default: the spacing that both masks carry, as mask volumes
   * do; else 1 each, and distances are in pixels.
   */
  readonly spacing?: readonly number[];
  /** Default `surface-distance`. */
  readonly definition?: DistanceDefinition;
  /** How far off, in mm (pixels without spacing), a piece of surface still counts as right for NSD. Default 2. */
  readonly nsdTolerance?: number;
  /** Default `nan`. */
  readonly empty?: EmptyDistanceRule;
  /** Compare this label only: cells equal to it are inside. Default: every value above 0 is. */
  readonly label?: number;
}

/** How well a prediction agrees with the truth. Distances in mm, or in pixels without spacing. */
export interface MaskScores {
  /** 2·|P∩T| / (|P| + |T|), 0 to 1. */
  readonly dice: number;
  /** |P∩T| / |P∪T|, 0 to 1. */
  readonly iou: number;
  /** Share of the prediction that is in the truth, 0 to 1. */
  readonly precision: number;
  /** Share of the truth that is in the prediction, 0 to 1. */
  readonly recall: number;
  /** Hausdorff distance. */
  readonly hd: number;
  /** 95 % Hausdorff distance. */
  readonly hd95: number;
  /** Average surface distance from the prediction to the truth. */
  readonly asd: number;
  /** Average symmetric surface distance. */
  readonly assd: number;
  /** Normalized surface Dice at the tolerance, 0 to 1. */
  readonly nsd: number;
  /** (|P| − |T|) / |T|; below 0 where the prediction is too small. */
  readonly volumeDifference: number;
}

/** The scores' names and what they are, for the footnotes of tables. */
export const scoreDescriptions: Readonly<Record<keyof MaskScores, string>> = {
  dice: "Dice coefficient 2·|P∩T| / (|P| + |T|), 0 to 1",
  iou: "intersection over union |P∩T| / |P∪T|, 0 to 1",
  precision: "share of the prediction that is in the truth |P∩T| / |P|, 0 to 1",
  recall: "share of the truth that is in the prediction |P∩T| / |T|, 0 to 1",
  hd: "Hausdorff distance: the farthest a surface point lies from the other surface",
  hd95: "95 % Hausdorff distance",
  asd: "average surface distance from the prediction to the truth",
  assd: "average symmetric surface distance",
  nsd: "normalized surface Dice: share of both surfaces within the tolerance of the other, 0 to 1",
  volumeDifference: "relative volume difference (|P| − |T|) / |T|; below 0 where the prediction is too small",
};

interface Pair {
  readonly prediction: CroppedMask;
  readonly truth: CroppedMask;
}

interface Compared {
  /** `null` when both masks are empty. */
  readonly pair: Pair | null;
  /** As given, else as both masks carry it. */
  readonly spacing: readonly number[] | undefined;
}

/**
 * All scores of a prediction against the truth, in one pass. Mask volumes on grids that differ in the order or
 * direction of axes alone are compared where they lie.
 * @throws {SamlabError} `geometry-mismatch` when the grids differ otherwise, `argument-invalid` for options out of
 * range
 */
export function maskScores(prediction: MaskLike, truth: MaskLike, options: ScoreOptions = {}): MaskScores {
  const { pair, spacing } = compared(prediction, truth, options);
  const distances = distancesOf(prediction, pair, spacing, options);
  const distance = (of: (distances: SurfaceDistances) => number) =>
    typeof distances === "number" ? distances : of(distances);
  return {
    ...overlapScores(pair),
    hd: distance(hausdorffOf),
    hd95: distance(hd95Of),
    asd: distance(asdOf),
    assd: distance(assdOf),
    nsd: nsdScore(pair, distances, options),
  };
}

/**
 * The Hausdorff distance, mm. The three definitions agree but for where the surface lies. See {@link maskScores} for
 * errors.
 */
export function hausdorff(prediction: MaskLike, truth: MaskLike, options: ScoreOptions = {}): number {
  return distanceScore(prediction, truth, options, hausdorffOf);
}

/** The 95 % Hausdorff distance, mm. See {@link maskScores} for errors. */
export function hd95(prediction: MaskLike, truth: MaskLike, options: ScoreOptions = {}): number {
  return distanceScore(prediction, truth, options, hd95Of);
}

/** The average surface distance from the prediction to the truth (directed), mm. See {@link maskScores} for errors. */
export function averageSurfaceDistance(prediction: MaskLike, truth: MaskLike, options: ScoreOptions = {}): number {
  return distanceScore(prediction, truth, options, asdOf);
}

/** The average symmetric surface distance, mm. See {@link maskScores} for errors. */
export function assd(prediction: MaskLike, truth: MaskLike, options: ScoreOptions = {}): number {
  return distanceScore(prediction, truth, options, assdOf);
}

/**
 * Normalized surface Dice: the share of both surfaces within the tolerance of the other, 0 to 1. See {@link maskScores}
 * for errors.
 */
export function nsd(prediction: MaskLike, truth: MaskLike, options: ScoreOptions = {}): number {
  const { pair, spacing } = compared(prediction, truth, options);
  return nsdScore(pair, distancesOf(prediction, pair, spacing, options), options);
}

/** The share of the prediction that is in the truth, 0 to 1. */
export function precision(prediction: MaskLike, truth: MaskLike, options: Pick<ScoreOptions, "label"> = {}): number {
  return overlapScores(compared(prediction, truth, options).pair).precision;
}

/** The share of the truth that is in the prediction, 0 to 1. */
export function recall(prediction: MaskLike, truth: MaskLike, options: Pick<ScoreOptions, "label"> = {}): number {
  return overlapScores(compared(prediction, truth, options).pair).recall;
}

/** The relative volume difference (|P| − |T|) / |T|: −1 when nothing was found, NaN when there was nothing to find. */
export function volumeDifference(
  prediction: MaskLike,
  truth: MaskLike,
  options: Pick<ScoreOptions, "label"> = {},
): number {
  return overlapScores(compared(prediction, truth, options).pair).volumeDifference;
}

function compared(prediction: MaskLike, truth: MaskLike, { label, spacing }: ScoreOptions): Compared {
  const pair = cropPair(...onOneGrid(prediction, truth), label);
  const grid = placedGrid(truth) && placedGrid(prediction);
  return {
    pair: pair && { prediction: pair[0], truth: pair[1] },
    spacing: spacing ?? (grid ? affineSpacing(grid.affine) : undefined),
  };
}

/** The distances, or the one figure that the rule for empty masks puts in their place. */
function distancesOf(
  mask: MaskLike,
  pair: Pair | null,
  spacing: Compared["spacing"],
  options: ScoreOptions,
): SurfaceDistances | number {
  const { definition = "surface-distance", empty = "nan", nsdTolerance = 2 } = options;
  const steps = checkSpacing(mask, spacing);
  if (!distanceDefinitions.includes(definition)) {
    throw new SamlabError("argument-invalid", `There is no distance definition ${show(definition)}.`, {
      field: "definition",
      value: definition,
      remedy: `Use one of ${distanceDefinitions.join(", ")}.`,
    });
  }
  if (!emptyDistanceRules.includes(empty)) {
    throw new SamlabError("argument-invalid", `There is no rule ${show(empty)} for empty masks.`, {
      field: "empty",
      value: empty,
      remedy: `Use one of ${emptyDistanceRules.join(", ")}.`,
    });
  }
  if (!(nsdTolerance >= 0 && Number.isFinite(nsdTolerance))) {
    throw new SamlabError("argument-invalid", `An NSD tolerance is 0 mm or more, not ${show(nsdTolerance)}.`, {
      field: "nsdTolerance",
      value: nsdTolerance,
    });
  }
  if (pair && pair.prediction.area > 0 && pair.truth.area > 0) {
    return surfaceDistances(pair.prediction, pair.truth, steps, definition);
  }
  if (empty === "szu") return 0;
  if (empty === "nan" || pair === null) return Number.NaN;
  const axes = "size" in mask ? 3 : 2;
  return Math.hypot(
    ...gridSize(mask)
      .slice(0, axes)
      .map((cells, axis) => cells * steps[axis]),
  );
}

function distanceScore(
  prediction: MaskLike,
  truth: MaskLike,
  options: ScoreOptions,
  of: (distances: SurfaceDistances) => number,
): number {
  const { pair, spacing } = compared(prediction, truth, options);
  const distances = distancesOf(prediction, pair, spacing, options);
  return typeof distances === "number" ? distances : of(distances);
}

function nsdScore(pair: Pair | null, distances: SurfaceDistances | number, { nsdTolerance = 2 }: ScoreOptions): number {
  if (typeof distances !== "number") return nsdOf(distances, nsdTolerance);
  return emptyScore(pair?.prediction.area ?? 0, pair?.truth.area ?? 0) ?? Number.NaN;
}

function overlapScores(pair: Pair | null) {
  const [predicted, actual] = [pair?.prediction.area ?? 0, pair?.truth.area ?? 0];
  let both = 0;
  if (pair) {
    const [a, b] = [pair.prediction.data, pair.truth.data];
    for (let n = 0; n < a.length; n++) both += a[n] & b[n];
  }
  const empty = emptyScore(predicted, actual);
  return {
    dice: empty ?? (2 * both) / (predicted + actual),
    iou: empty ?? both / (predicted + actual - both),
    precision: empty ?? both / predicted,
    recall: empty ?? both / actual,
    volumeDifference: actual === 0 ? Number.NaN : (predicted - actual) / actual,
  };
}
