import { interpolatedQuantile, weightedQuantile } from "./quantile.js";
import type { DirectedDistances, SurfaceDistances } from "./surface-distances.js";

/** The Hausdorff distance: the farthest that any element of either surface lies from the other surface, mm. */
export function hausdorffOf({ toTruth, toPrediction }: SurfaceDistances): number {
  return Math.max(largest(toTruth.distances), largest(toPrediction.distances));
}

/** The 95 % Hausdorff distance, mm, as its definition has it. */
export function hd95Of({ definition, toTruth, toPrediction }: SurfaceDistances): number {
  const both = [toTruth, toPrediction] as const;
  if (definition === "medpy") {
    const all = new Float64Array(toTruth.distances.length + toPrediction.distances.length);
    all.set(toTruth.distances);
    all.set(toPrediction.distances, toTruth.distances.length);
    return interpolatedQuantile(all, 0.95);
  }
  return Math.max(
    ...both.map(({ distances, weights }) =>
      weights ? weightedQuantile(distances, weights, 0.95) : interpolatedQuantile(distances, 0.95, true),
    ),
  );
}

/** The average distance from the prediction's surface to the truth's, mm. */
export function asdOf({ toTruth }: SurfaceDistances): number {
  return weightedSum(toTruth) / totalWeight(toTruth);
}

/** The average symmetric surface distance, mm: over both surfaces put together. */
export function assdOf({ toTruth, toPrediction }: SurfaceDistances): number {
  return (weightedSum(toTruth) + weightedSum(toPrediction)) / (totalWeight(toTruth) + totalWeight(toPrediction));
}

/** The share of both surfaces that lies within the tolerance of the other, 0 to 1. */
export function nsdOf({ definition, toTruth, toPrediction }: SurfaceDistances, tolerance: number): number {
  const limit = definition === "monai" ? Math.fround(tolerance) : tolerance;
  const near = weightWithin(toTruth, limit) + weightWithin(toPrediction, limit);
  return near / (totalWeight(toTruth) + totalWeight(toPrediction));
}

function largest(values: Float64Array): number {
  let max = 0;
  for (const value of values) if (value > max) max = value;
  return max;
}

function totalWeight({ distances, weights }: DirectedDistances): number {
  return weights ? weights.reduce((sum, weight) => sum + weight, 0) : distances.length;
}

function weightedSum({ distances, weights }: DirectedDistances): number {
  let sum = 0;
  for (let n = 0; n < distances.length; n++) sum += distances[n] * (weights ? weights[n] : 1);
  return sum;
}

function weightWithin({ distances, weights }: DirectedDistances, tolerance: number): number {
  let sum = 0;
  for (let n = 0; n < distances.length; n++) if (distances[n] <= tolerance) sum += weights ? weights[n] : 1;
  return sum;
}
