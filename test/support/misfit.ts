import { maxDifference } from "./golden.js";

/** As test/golden/families/make.py thins what it writes. */
export const thinned = (data: Float32Array) => data.filter((_, n) => n % (data.length <= 100_000 ? 61 : 997) === 0);

/** The largest difference as a share of the values' size. */
export function misfit(data: Float32Array, expected: Float32Array): number {
  const scale = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0) / expected.length);
  return maxDifference(data, expected) / scale;
}
