import { fileURLToPath } from "node:url";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import { readFloat32 } from "../../src/checkpoint/tensor-map.js";

/** A file below test/golden. */
export function goldenPath(name: string): string {
  return fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
}

export interface GoldenTensor {
  readonly dims: readonly number[];
  /** The numbers, whatever type they are stored in. */
  readonly data: Float32Array;
}

export interface Golden {
  readonly metadata: Readonly<Record<string, string>>;
  get(name: string): GoldenTensor;
}

/** Reads golden values made by a reference implementation; 8-bit integers are given as numbers too. */
export async function readGolden(name: string): Promise<Golden> {
  const file = await openSafetensors(goldenPath(name));
  const tensors = new Map<string, GoldenTensor>();
  for (const [key, tensor] of file.tensors) {
    const bytes = await tensor.read();
    const data =
      tensor.dtype === "uint8"
        ? Float32Array.from(bytes)
        : tensor.dtype === "int8"
          ? Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
          : await readFloat32(key, tensor);
    tensors.set(key, { dims: tensor.dims, data });
  }
  await file.close();
  return {
    metadata: file.metadata,
    get(key) {
      const tensor = tensors.get(key);
      if (!tensor) throw new Error(`${name} has no golden tensor ${key}`);
      return tensor;
    },
  };
}

/** The largest absolute difference of two lists of equal length. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let worst = 0;
  for (let n = 0; n < a.length; n++) {
    const difference = Math.abs(a[n] - b[n]);
    // A NaN on either side is the worst difference of all.
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return worst;
}

/** Every `step`-th pixel of both last axes of a [planes, height, width] tensor. */
export function everyNth(
  data: Float32Array,
  planes: number,
  height: number,
  width: number,
  step: number,
): Float32Array {
  const out: number[] = [];
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < height; y += step) {
      for (let x = 0; x < width; x += step) out.push(data[(plane * height + y) * width + x]);
    }
  }
  return Float32Array.from(out);
}
