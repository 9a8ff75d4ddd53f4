import { GraphBuilder } from "../onnx/builder.js";
import { serializeModel } from "../onnx/serialize.js";

const layers = 4;

/**
 * Sides of the trial's square matrices: the small one first, so that a software driver is recognized before it takes
 * half a minute.
 */
export const trialSides = [256, 1024] as const;

/** After a run longer than this, the larger size is not tested, ms. */
export const longEnough = 30;

/** Floating point operations of one run. */
export function trialFlops(side: number): number {
  return 2 * layers * side ** 3;
}

/**
 * Four products of square matrices, scaled so that the values stay near 1. Input `x`; output `y`, the first row of the
 * result.
 */
export function trialModel(side: number): Uint8Array {
  const b = new GraphBuilder("trial");
  const weight = Float32Array.from({ length: side * side }, (_, n) => Math.sin(n * 0.37) / Math.sqrt(side / 2));
  const w = b.constant(weight, [side, side]);
  let x = b.input("x", "float32", [side, side]);
  for (let layer = 0; layer < layers; layer++) x = b.op("MatMul", [x, w]);
  b.output("y", b.slice(x, 0, 0, 1));
  return serializeModel(b.build()).model;
}

export function trialInput(side: number): Float32Array {
  return Float32Array.from({ length: side * side }, (_, n) => Math.cos(n * 0.11));
}

/** What the trial program prints, one JSON line per provider. */
export interface TrialResult {
  readonly provider: string;
  /** Billions of operations per second in the largest size that was run, `null` when none succeeded. */
  readonly gflops: number | null;
  /** The first row of the smallest size's result. */
  readonly row: readonly number[];
  readonly error: string;
}
