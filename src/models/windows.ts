import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";

/** A square picture of `size`² tokens cut into windows of `length`², padded at the right and bottom to a multiple. */
export interface Windowing {
  readonly size: number;
  readonly length: number;
  /** Number of windows. */
  readonly count: number;
}

export function windowing(size: number, length: number): Windowing {
  return { size, length, count: Math.ceil(size / length) ** 2 };
}

/** For each place in window order the index of its token, `size²` for padding. */
function partitionIndices({ size, length, count }: Windowing): number[] {
  const across = Math.sqrt(count);
  const indices: number[] = [];
  for (let window = 0; window < count; window++) {
    const top = Math.floor(window / across) * length;
    const left = (window % across) * length;
    for (let y = top; y < top + length; y++) {
      for (let x = left; x < left + length; x++) indices.push(y < size && x < size ? y * size + x : size * size);
    }
  }
  return indices;
}

/**
 * Rows of `tokens` [size², channels] in window order, [count·length², channels], padded with the row `padding`. One
 * gather does the padding, the cut and the permutation, where the usual reshapes and transposes copy three times.
 */
export function windowPartition(b: GraphBuilder, tokens: Value, windows: Windowing, padding: Value): Value {
  const indices = indexConstant(b, partitionIndices(windows));
  const isPadded = windows.size % windows.length !== 0;
  const padded = isPadded ? b.op("Concat", [tokens, padding], { axis: 0 }) : tokens;
  return b.op("Gather", [padded, indices], { axis: 0 });
}

/** The inverse: window order back to the picture, padding dropped. */
export function windowReverse(b: GraphBuilder, inside: Value, windows: Windowing): Value {
  const { size } = windows;
  const inverse = new Array<number>(size * size);
  partitionIndices(windows).forEach((token, place) => {
    if (token < size * size) inverse[token] = place;
  });
  return b.op("Gather", [inside, indexConstant(b, inverse)], { axis: 0 });
}

/**
 * Projected tokens as windows by head, [count, heads, length², d], in one gather over rows of one head each.
 * @param tokens [size² + 1, heads·3·d], ordered (head, q | k | v, d); the last row is that of a padded token
 * @param part 0 for queries, 1 for keys, 2 for values
 */
export function headWindows(b: GraphBuilder, tokens: Value, windows: Windowing, heads: number, part: number): Value {
  const { size, length, count } = windows;
  const depth = (tokens.dims[1] as number) / (3 * heads);
  const rows = b.reshape(tokens, [(size * size + 1) * heads * 3, depth]);
  const indices = headOrder(windows, heads, (token, head) => (token * heads + head) * 3 + part);
  return b.reshape(b.op("Gather", [rows, indexConstant(b, indices)], { axis: 0 }), [
    count,
    heads,
    length * length,
    depth,
  ]);
}

/** The inverse: [count, heads, length², d] back to [size², heads·d], padding dropped. */
export function joinWindows(b: GraphBuilder, inside: Value, windows: Windowing): Value {
  const { size } = windows;
  const [count, heads, places, depth] = inside.dims as number[];
  const inverse = new Array<number>(size * size * heads);
  headOrder(windows, heads, (token, head) => token * heads + head).forEach((row, place) => {
    if (row < inverse.length) inverse[row] = place;
  });
  const rows = b.op("Gather", [b.reshape(inside, [count * heads * places, depth]), indexConstant(b, inverse)], {
    axis: 0,
  });
  return b.reshape(rows, [size * size, heads * depth]);
}

/** For each place in the order (window, head, position) what `row` says of the token there and the head. */
function headOrder(windows: Windowing, heads: number, row: (token: number, head: number) => number): number[] {
  const places = windows.length ** 2;
  const tokens = partitionIndices(windows);
  return Array.from({ length: windows.count * heads * places }, (_, n) => {
    const window = Math.floor(n / (heads * places));
    return row(tokens[window * places + (n % places)], Math.floor(n / places) % heads);
  });
}

function indexConstant(b: GraphBuilder, indices: readonly number[]): Value {
  return b.constant(Int32Array.from(indices), [indices.length]);
}
