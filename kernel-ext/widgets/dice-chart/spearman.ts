/** Ranks from 1; equal values share the mean of their ranks. */
export function meanRanks(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => values[a] - values[b]);
  const ranks = new Array<number>(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let at = start; at < end; at++) ranks[order[at]] = (start + 1 + end) / 2;
  }
  return ranks;
}

/**
 * Spearman's rank correlation: Pearson's of the ranks, ties sharing their mean rank. Pairs with a NaN are left out of it and of `n`.
 * Null for fewer than three pairs, or when one side is constant.
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): { rho: number | null; n: number } {
  const kept = Array.from(x, (_, at) => at).filter((at) => Number.isFinite(x[at]) && Number.isFinite(y[at]));
  const n = kept.length;
  if (n < 3) return { rho: null, n };
  const a = meanRanks(kept.map((at) => x[at]));
  const b = meanRanks(kept.map((at) => y[at]));
  const middle = (n + 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (let at = 0; at < n; at++) {
    ab += (a[at] - middle) * (b[at] - middle);
    aa += (a[at] - middle) ** 2;
    bb += (b[at] - middle) ** 2;
  }
  return { rho: aa === 0 || bb === 0 ? null : ab / Math.sqrt(aa * bb), n };
}
