import { add } from "../autodiff/arithmetic.js";
import { seededRandom } from "../core/random.js";
import { type LoraBlock, loraUpdate } from "../models/lora.js";
import type { Weights } from "../models/weights.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { type AdapterMaker, noBlocks } from "./adapters.js";
import type { TrainablePart } from "./trainable.js";

/**
 * Low-rank adaptation of the query and value projections: weight + B·A with A random and B zero initially, so that
 * training starts from the base model.
 * @param rank SAMed uses 4
 */
export function loraPart(
  name: string,
  dims: readonly number[],
  w: Weights,
  options: { readonly rank: number; readonly seed: number },
): TrainablePart | null {
  const { rank, seed } = options;
  const update = loraUpdate(name, dims, w, rank);
  if (!update) return null;
  const [outputs, inputs] = dims;
  const { blocks, factors, merge } = update;
  return {
    tensors: factors.map((factor, n) => ({
      ...factor,
      initial: () =>
        n % 2 === 0
          ? uniform(rank * inputs, inputs ** -0.5, seededRandom("lora", seed, name, blocks[n / 2].projection))
          : new Float32Array(factor.dims[0] * rank),
    })),
    value(b, stored, trained) {
      const updates = blocks.map((_, n) => b.op("MatMul", [trained[2 * n + 1], trained[2 * n]]));
      return add(b, stored(), placeRows(b, blocks, updates, outputs, inputs));
    },
    merge,
  };
}

/**
 * Nothing: low-rank updates are no tensors of the model.
 * @throws {SamlabError} `argument-invalid` when the image encoder has no weight that could have one
 */
export const requireLoraBlocks: AdapterMaker = (w) => {
  const isThere = w.names().some((name) => {
    return name.startsWith("image_encoder.") && loraUpdate(name, w.dims(name) ?? [], w, 1) !== null;
  });
  if (!isThere) throw noBlocks(w, "a low-rank update");
  return new Map();
};

/** PyTorch's default for a linear layer: uniform in ±1/√inputs. */
function uniform(count: number, bound: number, random: () => number): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * random() - 1) * bound);
}

/** The blocks' updates in their rows, zeros elsewhere: [outputs, inputs]. */
function placeRows(
  b: GraphBuilder,
  blocks: readonly LoraBlock[],
  updates: readonly Value[],
  outputs: number,
  inputs: number,
): Value {
  const source = new Array<number>(outputs).fill(-1);
  let at = 0;
  for (const { rows } of blocks) for (const row of rows) source[row] = at++;
  if (at === outputs && source.every((place, row) => place === row)) return updates[0];
  const zeros = b.constant(new Float32Array(inputs), [1, inputs]);
  const all = b.op("Concat", [...updates, zeros], { axis: 0 });
  const order = Int32Array.from(source, (place) => (place < 0 ? at : place));
  return b.op("Gather", [all, b.constant(order, [outputs])], { axis: 0 });
}
