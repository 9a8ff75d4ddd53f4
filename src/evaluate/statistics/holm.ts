/**
 * Holm's step-down correction: adjusted p-values in the order given. NaN stays NaN and does not count as a test (Holm
 * 1979).
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.flatMap((p, at) => (Number.isNaN(p) ? [] : [at])).sort((a, b) => pValues[a] - pValues[b]);
  const adjusted = pValues.map(() => Number.NaN);
  let least = 0;
  order.forEach((at, rank) => {
    least = Math.max(least, Math.min(1, (order.length - rank) * pValues[at]));
    adjusted[at] = least;
  });
  return adjusted;
}
