import { isAdapterTensor } from "../../src/models/block-adapters.js";
import type { Loaded } from "../../src/models/weights.js";

/** The formulas of test/golden/adapters/make.py. */
function formula(name: string, dims: readonly number[]): Float32Array {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const scale = dims.length === 1 ? 0.1 : (count / dims[0]) ** -0.5;
  const phase = new TextEncoder().encode(name).reduce((sum, byte) => sum + byte, 0);
  return new Float32Array(count).map((_, n) => scale * Math.sin(n * 12.9898 + phase));
}

/** The adapters among the tensors, filled with the formulas instead of a start at which they change nothing. */
export function filledAdapters(tensors: ReadonlyMap<string, Loaded>): Map<string, Loaded> {
  const adapters = [...tensors].filter(([name]) => isAdapterTensor(name));
  return new Map(adapters.map(([name, { dims }]) => [name, { dims, data: formula(name, dims) }]));
}
