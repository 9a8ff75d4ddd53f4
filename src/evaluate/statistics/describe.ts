import { interpolatedQuantile } from "../../metrics/quantile.js";

/** Statistics of numbers without NaN. NaN for an empty list. */
export interface Description {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (divided by n − 1); NaN for fewer than two numbers. */
  readonly sd: number;
  readonly median: number;
}

export function describeNumbers(values: readonly number[]): Description {
  const n = values.length;
  const average = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
  return { n, mean: average, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : Number.NaN, median: quantile(values, 0.5) };
}

/** NaN for an empty list. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The p-th quantile (0 to 1), linear between neighbors (numpy's default, Hyndman and Fan's type 7). NaN for an empty
 * list.
 */
export function quantile(values: readonly number[], p: number): number {
  return values.length === 0 ? Number.NaN : interpolatedQuantile(Float64Array.from(values), p);
}
