import { add } from "../autodiff/arithmetic.js";
import { seededRandom } from "../core/random.js";
import type { Weights } from "../models/weights.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import type { TrainablePart, TrainedTensor } from "./trainable.js";

/** Names of the trained factors are the weight's with one of these and the projection behind it: `….qkv.weight.lora_a.q`. */
const suffix = { a: ".lora_a.", b: ".lora_b." } as const;

/** One block of rows of a weight that gets an update of low rank: the q or v part of a joint projection, or a whole one. */
interface Block {
  readonly projection: "q" | "v";
  /** Row of the weight for each row of the block. */
  readonly rows: readonly number[];
}

/**
 * Low-rank adaptation of the query and value projections (Hu et al. 2022; in SAM: Zhang and Liu, "SAMed", 2023): weight + B·A with A [rank, inputs]
 * random and B [outputs, rank] zero at first, so that training starts from the base model.
 * @param rank SAMed uses 4
 */
export function loraPart(
  name: string,
  dims: readonly number[],
  w: Weights,
  options: { readonly rank: number; readonly seed: number },
): TrainablePart | null {
  const blocks = blocksOf(name, dims, w);
  if (blocks.length === 0 || dims.length !== 2) return null;
  const [outputs, inputs] = dims;
  const { rank, seed } = options;
  const tensors = blocks.flatMap(({ projection, rows }): TrainedTensor[] => [
    {
      name: name + suffix.a + projection,
      dims: [rank, inputs],
      initial: () => uniform(rank * inputs, inputs ** -0.5, seededRandom("lora", seed, name, projection)),
    },
    {
      name: name + suffix.b + projection,
      dims: [rows.length, rank],
      initial: () => new Float32Array(rows.length * rank),
    },
  ]);
  return {
    tensors,
    value(b, stored, trained) {
      const updates = blocks.map((_, n) => b.op("MatMul", [trained[2 * n + 1], trained[2 * n]]));
      return add(b, stored(), placeRows(b, blocks, updates, outputs, inputs));
    },
    merge(stored, trained) {
      const merged = stored.slice();
      blocks.forEach(({ rows }, n) => {
        addProduct(merged, trained[2 * n + 1], trained[2 * n], rows, rank, inputs);
      });
      return merged;
    },
  };
}

/** The factors of an adapter file, as parts of the weights they belong to. */
export function isLoraFactor(tensor: string): boolean {
  return tensor.includes(suffix.a) || tensor.includes(suffix.b);
}

/** The weight that a factor belongs to. */
export function loraTarget(tensor: string): string {
  return tensor.slice(0, Math.max(tensor.indexOf(suffix.a), tensor.indexOf(suffix.b)));
}

/** PyTorch's default for a linear layer: uniform in ±1/√inputs. */
function uniform(count: number, bound: number, random: () => number): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * random() - 1) * bound);
}

function blocksOf(name: string, dims: readonly number[], w: Weights): Block[] {
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
  if (/\b(q|v)_proj\.weight$/.test(name)) {
    return [{ projection: name.endsWith("q_proj.weight") ? "q" : "v", rows: range(0, dims[0]) }];
  }
  if (!name.endsWith(".qkv.weight")) return [];
  const width = dims[0] / 3;
  const biases = w.dims(name.replace(/qkv\.weight$/, "attention_biases"));
  if (!biases)
    return [
      { projection: "q", rows: range(0, width) },
      { projection: "v", rows: range(2 * width, 3 * width) },
    ];
  // TinyViT's joint projection is ordered [head][q | k | v][d].
  const [heads] = biases;
  const depth = width / heads;
  const rowsOf = (part: number) =>
    range(0, heads).flatMap((head) => range((head * 3 + part) * depth, (head * 3 + part + 1) * depth));
  return [
    { projection: "q", rows: rowsOf(0) },
    { projection: "v", rows: rowsOf(2) },
  ];
}

/** The blocks' updates at their rows, zeros elsewhere: [outputs, inputs]. */
function placeRows(
  b: GraphBuilder,
  blocks: readonly Block[],
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

function addProduct(
  target: Float32Array,
  left: Float32Array,
  right: Float32Array,
  rows: readonly number[],
  rank: number,
  inputs: number,
): void {
  rows.forEach((row, n) => {
    for (let r = 0; r < rank; r++) {
      const factor = left[n * rank + r];
      if (factor === 0) continue;
      for (let column = 0; column < inputs; column++)
        target[row * inputs + column] += factor * right[r * inputs + column];
    }
  });
}
