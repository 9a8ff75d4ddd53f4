import { SamlabError, show } from "../core/errors.js";
import { type CroppedMask, gridSize } from "./cropped-mask.js";
import type { DistanceDefinition } from "./distance-definition.js";
import type { MaskLike } from "./mask-like.js";
import { nearestDistances } from "./nearest.js";
import { type Surface, surfaceOf } from "./surface.js";
import { surfaceMeasures } from "./surface-measure.js";

/** Distances from each element of one surface to the nearest of the other. */
export interface DirectedDistances {
  /** mm, in no order of meaning. */
  readonly distances: Float64Array;
  /** Length (mm) or area (mm²) of each element; `null` when all count alike. */
  readonly weights: Float64Array | null;
}

/** The two directed sets between the surfaces of a prediction and a truth, neither of them empty. */
export interface SurfaceDistances {
  readonly definition: DistanceDefinition;
  readonly toTruth: DirectedDistances;
  readonly toPrediction: DirectedDistances;
}

/** mm along x, y, z from what the caller gave for the mask's axes; z is 1 for a 2D mask. */
export function checkSpacing(
  mask: MaskLike,
  spacing: readonly number[] | undefined,
): readonly [number, number, number] {
  const axes = "size" in mask ? 3 : 2;
  if (spacing === undefined) return [1, 1, 1];
  if (spacing.length !== axes || !spacing.every((step) => Number.isFinite(step) && step > 0)) {
    throw new SamlabError(
      "argument-invalid",
      `A ${gridSize(mask).slice(0, axes).join("×")} mask takes ${axes} spacings above 0, not ${show(spacing)}.`,
      { field: "spacing", value: spacing, remedy: "Give the spacing in mm along x, y (and z)." },
    );
  }
  return [spacing[0], spacing[1], axes === 3 ? spacing[2] : 1];
}

/** Distances between the surfaces of two masks that are not empty, on one grid. */
export function surfaceDistances(
  prediction: CroppedMask,
  truth: CroppedMask,
  spacing: readonly [number, number, number],
  definition: DistanceDefinition,
): SurfaceDistances {
  const [predicted, actual] = [surfaceOf(prediction, definition), surfaceOf(truth, definition)];
  const measures = definition === "surface-distance" ? surfaceMeasures(spacing, prediction.size[2] === 1) : null;
  const directed = (from: Surface, to: Surface): DirectedDistances => {
    const distances = nearestDistances(from, to, spacing);
    // MONAI keeps distances in single precision, which decides ties with the tolerance.
    if (definition === "monai") distances.set(Float32Array.from(distances));
    return { distances, weights: measures && weightsOf(from, measures) };
  };
  return { definition, toTruth: directed(predicted, actual), toPrediction: directed(actual, predicted) };
}

function weightsOf({ data, count }: Surface, measures: Float64Array): Float64Array {
  const weights = new Float64Array(count);
  for (let cell = 0, n = 0; n < count; cell++) {
    if (data[cell] !== 0) weights[n++] = measures[data[cell]];
  }
  return weights;
}
