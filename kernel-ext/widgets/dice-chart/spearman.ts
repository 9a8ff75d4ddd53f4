import { meanRanks } from "../../../src/evaluate/statistics/ranks.js";

/**
 * Spearman's rank correlation: Pearson's correlation of the ranks; ties share their mean rank. Pairs with a NaN are
 * excluded, also from `n`. Null for fewer than three pairs or if one side is constant.
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): { rho: number | null; n: number } {
  const kept = Array.from(x, (_, at) => at).filter((at) => Number.isFinite(x[at]) && Number.isFinite(y[at]));
  const n = kept.length;
  if (n < 3) return { rho: null, n };
  const a = meanRanks(kept.map((at) => x[at])).ranks;
  const b = meanRanks(kept.map((at) => y[at])).ranks;
  const middle = (n + 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (let at = 0; at < n; at++) {
    ab += (a[at] - middle) * (b[at] - middle);
    aa += (a[at] - middle) ** 2;
    bb += (b[at] - middle) ** 2;
  }
  return { rho: aa === 0 || bb === 0 ? null : ab / Math.sqrt(aa * bb), n };
}
