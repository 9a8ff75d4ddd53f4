/**
 * The q-quantile (0 to 1) of at least one value, linear between neighbors: numpy's default.
 * @param isSingle find the place between the neighbors in single precision, as torch.quantile does: among thousands of
 * values that is 1e-5 off
 */
export function interpolatedQuantile(values: Float64Array, q: number, isSingle = false): number {
  const sorted = values.slice().sort();
  const last = sorted.length - 1;
  const at = isSingle ? Math.fround(Math.fround(q) * last) : q * last;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(low + 1, last)] - sorted[low]) * (at - low);
}

/**
 * The smallest value up to which at least the share q of all weight lies; nothing is interpolated.
 *
 * Where the share is met exactly (19 of 20 equal elements), rounding decides. To decide as surface-distance does,
 * weights are added in its order (by value, then weight) and compared as its numpy code compares.
 */
export function weightedQuantile(values: Float64Array, weights: Float64Array, q: number): number {
  const [valueRanks, weightRanks] = [ranks(values), ranks(weights)];
  const levels = weightRanks.sorted.length;
  const order = values.map(
    (value, n) => (valueRanks.of.get(value) ?? 0) * levels + (weightRanks.of.get(weights[n]) ?? 0),
  );
  order.sort();
  const total = pairwiseSum(order.map((key) => weightRanks.sorted[key % levels]));
  let sum = 0;
  for (const key of order) {
    sum += weightRanks.sorted[key % levels];
    if (sum / total >= q) return valueRanks.sorted[Math.floor(key / levels)];
  }
  return valueRanks.sorted[valueRanks.sorted.length - 1];
}

/**
 * The distinct values in ascending order, and each one's place. They are few: distances on a grid, areas of a table.
 */
function ranks(values: Float64Array) {
  const sorted = Float64Array.from(new Set(values)).sort();
  const of = new Map<number, number>();
  sorted.forEach((value, n) => {
    of.set(value, n);
  });
  return { sorted, of };
}

/** The sum as numpy's np.sum rounds it: halves of blocks of at most 128 values, each added in eight strands. */
function pairwiseSum(values: Float64Array): number {
  const { length } = values;
  if (length < 8) return values.reduce((sum, value) => sum + value, 0);
  if (length > 128) {
    const half = length >> 1;
    const middle = half - (half % 8);
    return pairwiseSum(values.subarray(0, middle)) + pairwiseSum(values.subarray(middle));
  }
  const strands = Float64Array.from(values.subarray(0, 8));
  const end = length - (length % 8);
  for (let n = 8; n < end; n += 8) for (let k = 0; k < 8; k++) strands[k] += values[n + k];
  const [a, b, c, d, e, f, g, h] = strands;
  let sum = a + b + (c + d) + (e + f + (g + h));
  for (let n = end; n < length; n++) sum += values[n];
  return sum;
}
