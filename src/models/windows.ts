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

/** For each place in window order the token that stands there, `size²` for padding. */
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
 * Rows of `tokens` [size², channels] in window order, [count·length², channels], padded with the row `padding`. One gather does the padding,
 * the cut and the permutation, where the usual reshapes and transposes copy three times.
 */
export function windowPartition(b: GraphBuilder, tokens: Value, windows: Windowing, padding: Float32Array): Value {
  const indices = b.int64(partitionIndices(windows));
  const isPadded = windows.size % windows.length !== 0;
  const padded = isPadded ? b.op("Concat", [tokens, b.constant(padding, [1, padding.length])], { axis: 0 }) : tokens;
  return b.op("Gather", [padded, indices], { axis: 0 });
}

/** The inverse: window order back to the picture, padding dropped. */
export function windowReverse(b: GraphBuilder, inside: Value, windows: Windowing): Value {
  const { size } = windows;
  const inverse = new Array<number>(size * size);
  partitionIndices(windows).forEach((token, place) => {
    if (token < size * size) inverse[token] = place;
  });
  return b.op("Gather", [inside, b.int64(inverse)], { axis: 0 });
}
