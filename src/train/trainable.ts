import type { Weights } from "../models/weights.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";

/** A trained tensor and its initial value. */
export interface TrainedTensor {
  readonly name: string;
  readonly dims: readonly number[];
  initial(): Float32Array;
}

/** How one weight of the model is computed from trained tensors. */
export interface TrainablePart {
  readonly tensors: readonly TrainedTensor[];
  /** The weight in a training graph. `stored` gives the checkpoint's constant. */
  value(b: GraphBuilder, stored: () => Value, trained: readonly Value[]): Value;
  /** The weight's elements after training. */
  merge(stored: Float32Array, trained: readonly Float32Array[]): Float32Array;
}

/** How a recipe trains a weight; `null` freezes it. */
export type PartOf = (name: string, dims: readonly number[], w: Weights) => TrainablePart | null;

/** The weight itself is trained. */
export function wholeWeight(name: string, dims: readonly number[], w: Weights): TrainablePart {
  return {
    tensors: [{ name, dims, initial: () => w.data(name) ?? new Float32Array(0) }],
    value: (_b, _stored, [trained]) => trained,
    merge: (_stored, [trained]) => trained,
  };
}
