/**
 * A line through the slices that have a value, as an SVG path: one unit per slice across, one unit for Dice 1 to 0 down. A gap where there is no
 * value, a dot where a slice stands alone.
 */
export function stripPath(dice: ArrayLike<number>, height: number): string {
  const isKnown = (n: number) => n >= 0 && n < dice.length && !Number.isNaN(dice[n]);
  let path = "";
  for (let n = 0; n < dice.length; n++) {
    if (!isKnown(n)) continue;
    const at = `${n + 0.5} ${((1 - dice[n]) * height).toFixed(2)}`;
    if (isKnown(n - 1)) path += `L${at}`;
    else path += isKnown(n + 1) ? `M${at}` : `M${at}h0.001`;
  }
  return path;
}
