/** Ranks from 1, with the mean rank for ties, and the sizes of the groups of ties. */
export function meanRanks(values: readonly number[]): { ranks: number[]; ties: number[] } {
  const order = values.map((_, at) => at).sort((a, b) => values[a] - values[b]);
  const ranks = new Array<number>(values.length);
  const ties: number[] = [];
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let at = start; at < end; at++) ranks[order[at]] = (start + 1 + end) / 2;
    if (end - start > 1) ties.push(end - start);
  }
  return { ranks, ties };
}
