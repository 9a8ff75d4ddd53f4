/** SVG paths through values along slices: `line` where neighbours have values, `dots` where a value stands alone; a gap where there is none. */
export interface StripPaths {
  readonly line: string;
  /** Strokes of no length: a round line cap makes them dots. */
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
