import { crc32 } from "node:zlib";
import type { Checkpoint } from "../../src/checkpoint/tensor-map.js";
import { bytesView } from "../../src/core/dtype.js";
import type { Image2d } from "../../src/io/image/image.js";
import type { Loaded } from "../../src/models/weights.js";

/** Numbers in [-1, 1) from a name, as test/golden/families/drawn.py draws them. */
export function uniform(name: string, count: number): Float64Array {
  const seed = crc32(name);
  const values = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    let x = (Math.imul(n, 0x9e3779b1) + seed) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    values[n] = ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
  }
  return values;
}

/** A tensor of a model by its name and shape, as test/golden/families/drawn.py draws it. */
export function drawn(name: string, dims: readonly number[]): Loaded {
  const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);
  const values = uniform(name, product(dims));
  const shaped = (value: number): number => {
    if (name.endsWith("running_var")) return 1 + 0.5 * value;
    if (dims.length <= 1) return name.endsWith("weight") ? 1 + 0.2 * value : 0.1 * value;
    if (/(gaussian_matrix|positional_embedding)$/.test(name)) return value;
    return value * Math.sqrt(3 / product(dims.slice(1)));
  };
  return { dims, data: Float32Array.from(values, shaped) };
}

/** A prepared picture, [1, 3, size, size]. */
export function drawnPicture(size: number): Float32Array {
  return Float32Array.from(uniform(`picture ${size}`, 3 * size * size), (value) => 2 * value);
}

/** A picture of colors, as a user has it. */
export function drawnImage(name: string, width: number, height: number): Image2d {
  const data = Uint8Array.from(uniform(name, 3 * width * height), (value) => Math.floor(128 + 120 * value));
  return { width, height, channels: 3, data, spacing: null, window: null, source: name };
}

/** A checkpoint of drawn tensors, as if it had been opened. */
export function drawnCheckpoint(file: string, shapes: Iterable<readonly [string, readonly number[]]>): Checkpoint {
  const tensors = new Map(
    [...shapes].map(([name, dims]) => [
      name,
      { dtype: "float32" as const, dims, read: async () => bytesView(drawn(name, dims).data) },
    ]),
  );
  return { file, format: "pth", tensors, unread: new Map(), notes: [], metadata: {}, close: async () => undefined };
}
