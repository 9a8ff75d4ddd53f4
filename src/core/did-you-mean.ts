/**
 * The end of a message about an unknown name: ` Did you mean lite-medsam-clicks?` for the nearest known one by edit
 * distance, or nothing if more than a third of the name (and more than two characters), or all of it, would have to
 * change.
 */
export function didYouMean(given: string, known: readonly string[]): string {
  const editsTo = (name: string) => distance(given.toLowerCase(), name.toLowerCase());
  const [nearest] = known.map((name) => ({ name, edits: editsTo(name) })).sort((a, b) => a.edits - b.edits);
  const isNear = nearest && nearest.edits <= Math.max(2, given.length / 3) && nearest.edits < given.length;
  return isNear ? ` Did you mean ${nearest.name}?` : "";
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
