/**
 * SVG paths through values along slices: `line` where neighbors have values, `dots` for isolated values; a gap where
 * there is no value.
 */
export interface StripPaths {
  readonly line: string;
  /** Zero-length strokes; a round line cap turns them into dots. */
  readonly dots: string;
}

/** `values`: one per slice, NaN where there is none. */
export function stripPaths(
  values: ArrayLike<number>,
  toX: (slice: number) => number,
  toY: (value: number) => number,
): StripPaths {
  const isKnown = (n: number) => n >= 0 && n < values.length && !Number.isNaN(values[n]);
  let [line, dots] = ["", ""];
  for (let n = 0; n < values.length; n++) {
    if (!isKnown(n)) continue;
    const at = `${toX(n).toFixed(2)} ${toY(values[n]).toFixed(2)}`;
    if (isKnown(n - 1)) line += `L${at}`;
    else if (isKnown(n + 1)) line += `M${at}`;
    else dots += `M${at}h0.001`;
  }
  return { line, dots };
}
