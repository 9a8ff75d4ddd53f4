import { isAdapterTensor } from "../../src/models/block-adapters.js";
import type { Loaded } from "../../src/models/weights.js";

/** The formulas of test/golden/adapters/make.py. */
function formula(name: string, dims: readonly number[]): Float32Array {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const scale = dims.length === 1 ? 0.1 : (count / dims[0]) ** -0.5;
  const phase = new TextEncoder().encode(name).reduce((sum, byte) => sum + byte, 0);
  return Float32Array.from({ length: count }, (_, n) => scale * Math.sin(n * 12.9898 + phase));
}

/** The adapters among the tensors, filled with the formulas instead of a start at which they change nothing. */
export function filledAdapters(tensors: ReadonlyMap<string, Loaded>): Map<string, Loaded> {
  const adapters = [...tensors].filter(([name]) => isAdapterTensor(name));
  return new Map(adapters.map(([name, { dims }]) => [name, { dims, data: formula(name, dims) }]));
}

/** [1, 3, size, size] */
export function formulaPicture(size: number): Float32Array {
  return Float32Array.from({ length: 3 * size * size }, (_, n) => 0.5 + 0.5 * Math.sin(n * 0.001));
}

/** A disc on side² pixels. */
export function formulaDisc(side: number): Float32Array {
  return Float32Array.from({ length: side * side }, (_, n) => {
    const [x, y] = [n % side, Math.floor(n / side)];
    return (x - 0.4 * side) ** 2 + (y - 0.4 * side) ** 2 < (side / 8) ** 2 ? 1 : 0;
  });
}
