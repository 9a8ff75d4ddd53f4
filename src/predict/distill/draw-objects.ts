/**
 * Draws what one step is about, each as likely as the root of its area; one may come twice. A click lands in a large object more often than in a small one: if all were as
 * likely, the many small regions would teach a model to answer a click with too little.
 */
export function drawObjects<T>(
  all: readonly T[],
  areaOf: (one: T) => number,
  count: number,
  random: () => number,
): T[] {
  const reach: number[] = [];
  let total = 0;
  for (const one of all) {
    total += Math.sqrt(areaOf(one));
    reach.push(total);
  }
  return Array.from({ length: count }, () => {
    const at = random() * total;
    return all[reach.findIndex((end) => at < end)];
  });
}
