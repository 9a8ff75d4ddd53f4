import type { Weights } from "./weights.js";

/** Names of the factors are the weight's with one of these and the projection behind it: `….qkv.weight.lora_a.q`. */
const suffix = { a: ".lora_a.", b: ".lora_b." } as const;

/**
 * One block of rows of a weight that gets an update of low rank: the q or v part of a joint projection, or a whole one.
 */
export interface LoraBlock {
  readonly projection: "q" | "v";
  /** Row of the weight for each row of the block. */
  readonly rows: readonly number[];
}

/** The low-rank update of one weight. */
export interface LoraUpdate {
  readonly blocks: readonly LoraBlock[];
  /** Of each block A [rank, inputs] and B [rows, rank]. */
  readonly factors: readonly { readonly name: string; readonly dims: readonly number[] }[];
  /** weight + B·A. @param factors in the order of {@link LoraUpdate.factors} */
  merge(weight: Float32Array, factors: readonly Float32Array[]): Float32Array;
}

/**
 * The low-rank update that a weight can have: query and value projections do (Hu et al. 2022; in SAM: Zhang and Liu,
 * "SAMed", 2023), `null` for others.
 * @param w the model's weights, which tell how a joint projection is ordered
 */
export function loraUpdate(name: string, dims: readonly number[], w: Weights, rank: number): LoraUpdate | null {
  const blocks = blocksOf(name, dims, w);
  if (blocks.length === 0 || dims.length !== 2) return null;
  const [, inputs] = dims;
  return {
    blocks,
    factors: blocks.flatMap(({ projection, rows }) => [
      { name: name + suffix.a + projection, dims: [rank, inputs] },
      { name: name + suffix.b + projection, dims: [rows.length, rank] },
    ]),
    merge(weight, factors) {
      const merged = weight.slice();
      blocks.forEach(({ rows }, n) => {
        addProduct(merged, factors[2 * n + 1], factors[2 * n], rows, rank, inputs);
      });
      return merged;
    },
  };
}

/** Whether a tensor of an adapter file is a factor, which belongs to another tensor. */
export function isLoraFactor(tensor: string): boolean {
  return tensor.includes(suffix.a) || tensor.includes(suffix.b);
}

/** The weight that a factor belongs to. */
export function loraTarget(tensor: string): string {
  return tensor.slice(0, Math.max(tensor.indexOf(suffix.a), tensor.indexOf(suffix.b)));
}

/** The rank of the factors among tensors that belong to a weight; 0 where there are none. */
export function loraRank(tensors: ReadonlyMap<string, { readonly dims: readonly number[] }>, target: string): number {
  return [...tensors].find(([name]) => name.startsWith(target + suffix.a))?.[1].dims[0] ?? 0;
}

function blocksOf(name: string, dims: readonly number[], w: Weights): LoraBlock[] {
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
