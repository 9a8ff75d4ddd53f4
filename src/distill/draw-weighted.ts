/** Draws `count` items with probability proportional to weight, with replacement. */
export function drawWeighted<T>(
  all: readonly T[],
  weightOf: (one: T) => number,
  count: number,
  random: () => number,
): T[] {
  const reach: number[] = [];
  let total = 0;
  for (const one of all) {
    total += weightOf(one);
    reach.push(total);
  }
  return Array.from({ length: count }, () => {
    const at = random() * total;
    return all[reach.findIndex((end) => at < end)];
  });
}
