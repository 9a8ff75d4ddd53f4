import { seededRandom } from "../../core/random.js";
import { quantile } from "./describe.js";

export interface BootstrapOptions {
  /** Resamples. Default 2000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
  readonly seed: number;
}

/**
 * Percentile bootstrap interval of a statistic over clusters (Efron and Tibshirani 1993, §13.3): as many clusters as
 * there are, drawn with replacement, so that the slices of one subject stay together. NaN for fewer than two clusters.
 * @param statistic statistic of a draw; draws with a NaN are left out
 */
export function clusterBootstrap<T>(
  clusters: readonly T[],
  statistic: (draw: readonly T[]) => number,
  { resamples = 2000, level = 0.95, seed }: BootstrapOptions,
): [low: number, high: number] {
  if (clusters.length < 2) return [Number.NaN, Number.NaN];
  const random = seededRandom("bootstrap", seed);
  const draw = new Array<T>(clusters.length);
  const results: number[] = [];
  for (let n = 0; n < resamples; n++) {
    for (let at = 0; at < draw.length; at++) draw[at] = clusters[Math.floor(random() * clusters.length)];
    const result = statistic(draw);
    if (!Number.isNaN(result)) results.push(result);
  }
  const tail = (1 - level) / 2;
  return [quantile(results, tail), quantile(results, 1 - tail)];
}

/** A cluster's sum and count, from which the mean of all values is computed. */
export interface Cluster {
  readonly sum: number;
  readonly n: number;
}

export const clusterOf = (values: readonly number[]): Cluster => ({
  sum: values.reduce((sum, value) => sum + value, 0),
  n: values.length,
});

export function clusterMean(draw: readonly Cluster[]): number {
  let [sum, n] = [0, 0];
  for (const cluster of draw) {
    sum += cluster.sum;
    n += cluster.n;
  }
  return sum / n;
}
