import type { GraphBuilder } from "../onnx/builder.js";
import { graphError, type Value } from "../onnx/graph.js";
import { fusedAttention } from "./attention.js";
import { adaptMlp, adaptTokens } from "./block-adapters.js";
import { affine, conv2d, layerNorm, linear } from "./layers.js";
import { type Encoded, neck, toImage, toTokens } from "./neck.js";
import { resizeGrid } from "./resize-positions.js";
import type { Weights } from "./weights.js";
import { type Windowing, windowing, windowPartition, windowReverse } from "./windows.js";

/** SAM's ViT normalizes with this epsilon (build_sam.py). */
const epsilon = 1e-6;

/** The window of SAM's local blocks; a block whose position table is longer attends globally. */
const windowLength = 14;

/**
 * The ViT image encoder of SAM and MedSAM (Kirillov et al., "Segment Anything", 2023;
 * segment_anything/modeling/image_encoder.py). Width, depth, number of heads and the places of global attention are
 * read from the weights.
 * @param image [1, 3, imageSize, imageSize], preprocessed
 * @param isTrained whether gradients will be taken
 * @returns the embedding [1, 256, imageSize/16, imageSize/16]; `features`: outputs of all global blocks but the last;
 * `early`: output of the first
 */
export function vit(b: GraphBuilder, w: Weights, image: Value, isTrained: boolean): Encoded {
  const channels = w.dims("pos_embed")?.[3] ?? 0;
  const size = vitGrid(w);
  const patch = w.dims("patch_embed.proj.weight")?.[2] ?? 0;
  const patches = conv2d(
    b,
    image,
    w.value(b, "patch_embed.proj.weight", [channels, 3, patch, patch]),
    w.value(b, "patch_embed.proj.bias", [channels]),
    { kernel: patch, stride: patch },
  );
  const places = positions(b, w, channels, size);
  let tokens = b.op("Add", [toTokens(b, patches), places]);
  const features: Value[] = [];
  for (let n = 0; n < w.count("blocks."); n++) {
    const own = w.scope(`blocks.${n}`);
    tokens = b.segment(tokens, (x) => vitBlock(b, own, x, { channels, size, isTrained }));
    if (isGlobal(own)) features.push(toImage(b, tokens, size));
  }
  const embedding = neck(b, w.scope("neck"), tokens, channels, size);
  return { image: embedding, features: features.slice(0, -1), early: features[0] ?? null };
}

/** Whether a block attends to the whole picture. @param w the block */
export function isGlobal(w: Weights): boolean {
  const attention = w.scope("attn");
  return attention.dims(tableNames(attention)[0])?.[0] !== 2 * windowLength - 1;
}

/**
 * Side of the token grid. Medical SAM Adapter keeps SAM's positions for 64×64 tokens whatever the input is, and
 * interpolates them; its tables of global attention tell the input's.
 * @param w below `image_encoder`
 */
export function vitGrid(w: Weights): number {
  const stored = w.dims("pos_embed")?.[1] ?? 0;
  for (let n = 0; w.has(`blocks.${n}.norm1.weight`); n++) {
    const length = ((w.dims(`blocks.${n}.attn.rel_h`)?.[0] ?? 0) + 1) / 2;
    if (length > 1 && length !== windowLength) return length;
  }
  return stored;
}

/** The learned positions of the tokens, [size², channels]. */
function positions(b: GraphBuilder, w: Weights, channels: number, size: number): Value {
  const stored = w.dims("pos_embed")?.[1] ?? 0;
  if (stored === size) return b.reshape(w.value(b, "pos_embed", [1, size, size, channels]), [size * size, channels]);
  const data = w.take("pos_embed", [1, stored, stored, channels]);
  return b.constant(resizeGrid(data, stored, size, channels, "bicubic"), [size * size, channels]);
}

/** What the blocks of a ViT have in common. */
export interface BlockSizes {
  readonly channels: number;
  /** Side of the token grid. */
  readonly size: number;
  /** Whether gradients will be taken. */
  readonly isTrained: boolean;
}

/**
 * A block of SAM's ViT, with the adapters that it has.
 * @param w the block
 * @param tokens [size², channels]
 * @param before what is done with the normalized tokens before they attend to each other; null for nothing
 */
export function vitBlock(
  b: GraphBuilder,
  w: Weights,
  tokens: Value,
  sizes: BlockSizes,
  before: ((normed: Value) => Value) | null = null,
): Value {
  const { channels, size } = sizes;
  const normed = layerNorm(b, w.scope("norm1"), tokens, channels, epsilon);
  // SAM pads windows after the norm, with zeros; the blocks of Medical SAM Adapter before it, where the norm makes its
  // bias of them.
  const isPaddedBefore = w.has("attn.rel_h") && w.has("Space_Adapter.D_fc1.weight");
  const padding = () =>
    isPaddedBefore
      ? b.reshape(w.scope("norm1").value(b, "bias", [channels]), [1, channels])
      : b.constant(new Float32Array(channels), [1, channels]);
  const seen = before ? before(normed) : normed;
  const mixed = attention(b, w.scope("attn"), seen, padding, sizes);
  const attended = b.op("Add", [tokens, adaptTokens(b, w.scope("Space_Adapter"), mixed, channels)]);
  const x = layerNorm(b, w.scope("norm2"), attended, channels, epsilon);
  const result = b.op("Add", [attended, mlp(b, w.scope("mlp"), x, channels)]);
  return adaptMlp(b, w, result, { besideMlp: x, normed: x }, { channels, size });
}

function mlp(b: GraphBuilder, w: Weights, x: Value, channels: number): Value {
  const hidden = w.dims("lin1.weight")?.[0] ?? 0;
  return linear(b, w.scope("lin2"), b.op("Gelu", [linear(b, w.scope("lin1"), x, channels, hidden)]), hidden, channels);
}

/** Attention with decomposed relative positions, softmax(q kᵀ/√d + q·R_row + q·R_column) v. */
function attention(
  b: GraphBuilder,
  w: Weights,
  tokens: Value,
  padding: () => Value,
  { channels, size, isTrained }: BlockSizes,
): Value {
  const tables = tableNames(w);
  // What is not there is said by name.
  if (!w.has(tables[0])) w.take(tables[0], []);
  const [tableRows, depth] = w.dims(tables[0]) ?? [0, 0];
  if (!Number.isInteger(channels / depth)) throw graphError("attention", `${channels} channels in heads of ${depth}`);
  const heads = channels / depth;
  const length = (tableRows + 1) / 2;
  if (length !== size && length !== windowLength)
    throw graphError("attention", `a position table for ${length} of ${size} tokens`);
  const windows = windowing(size, length);
  const inside = windowPartition(b, tokens, windows, padding());
  const weight = w.scope("qkv").value(b, "weight", [3 * channels, channels]);
  const bias = w.scope("qkv").value(b, "bias", [3 * channels]);
  const [query, key, value] = [0, 1, 2].map((part) => {
    const own = (x: Value) => b.slice(x, 0, part * channels, (part + 1) * channels);
    return affine(b, inside, own(weight), own(bias));
  });
  const terms = positionTerms(b, w, query, windows, heads, depth);
  const attend = length > longestJoined && !isTrained ? attendByRows : attendJoined;
  const mixed = attend(b, { query, key, value, terms }, windows, heads, depth);
  return linear(
    b,
    w.scope("proj"),
    windowReverse(b, b.reshape(mixed, [inside.dims[0], channels]), windows),
    channels,
    channels,
  );
}

/** Names of the tables of relative rows and columns: SAM's, or Medical SAM Adapter's. */
function tableNames(w: Weights): readonly [rows: string, columns: string] {
  return w.has("rel_h") ? ["rel_h", "rel_w"] : ["rel_pos_h", "rel_pos_w"];
}

/** What the attention of a block is computed from: the projections are [count·length², channels]. */
interface Attended {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  readonly terms: PositionTerms;
}

/** q·R for each row and each column of the keys, both [count, length, length, heads, length]. */
interface PositionTerms {
  readonly rows: Value;
  readonly columns: Value;
}

function positionTerms(
  b: GraphBuilder,
  w: Weights,
  query: Value,
  { count, length }: Windowing,
  heads: number,
  depth: number,
): PositionTerms {
  const grid = b.reshape(query, [count, length, length, heads, depth]);
  const [rowTable, columnTable] = tableNames(w);
  const rows = relativeTable(b, w.value(b, rowTable, [2 * length - 1, depth]), length, depth);
  const columns = relativeTable(b, w.value(b, columnTable, [2 * length - 1, depth]), length, depth);
  // The table depends on the query's own row (or column), so that axis becomes the batch of the product.
  const byRow = b.reshape(b.transpose(grid, [1, 0, 2, 3, 4]), [length, count * length * heads, depth]);
  const rowTerms = b.transpose(
    b.reshape(b.op("MatMul", [byRow, rows]), [length, count, length, heads, length]),
    [1, 0, 2, 3, 4],
  );
  const byColumn = b.reshape(b.transpose(grid, [2, 0, 1, 3, 4]), [length, count * length * heads, depth]);
  const columnTerms = b.transpose(
    b.reshape(b.op("MatMul", [byColumn, columns]), [length, count, length, heads, length]),
    [1, 2, 0, 3, 4],
  );
  return { rows: rowTerms, columns: columnTerms };
}

/** The longest side of a window whose position terms are joined to query and key; measured on CPUs. */
const longestJoined = 16;

/**
 * The two position terms become extra channels of query and key: the query carries them for every row and column, the
 * key marks its own row and column with a one. One product then gives the whole score.
 * @returns [count, length², channels]
 */
function attendJoined(
  b: GraphBuilder,
  { query, key, value, terms }: Attended,
  windows: Windowing,
  heads: number,
  depth: number,
): Value {
  const { count, length } = windows;
  const grid = b.reshape(query, [count, length, length, heads, depth]);
  const scaled = b.op("Mul", [grid, b.scalar(depth ** -0.5)]);
  const joined = b.op("Concat", [scaled, terms.rows, terms.columns], { axis: -1 });
  return fusedAttention(
    b,
    b.reshape(joined, [count, length * length, heads * (depth + 2 * length)]),
    positionedKey(b, key, windows, heads, depth),
    b.reshape(value, [count, length * length, heads * depth]),
    heads,
    null,
    1,
  );
}

/** Rows of queries that attend together: at 64×64 tokens and 12 heads, their biases are 100 MB. */
const rowsAtOnce = 8;

/**
 * The sum of the position terms is the bias of the scores, which is made for some rows of queries at a time: that of
 * all would be 805 MB at 64×64 tokens and 12 heads. With channels for 64 rows and 64 columns, the product of query and
 * key would be three times as long. A backward pass would keep the biases of all rows.
 * @returns [count, length², channels]
 */
function attendByRows(
  b: GraphBuilder,
  { query, key, value, terms }: Attended,
  { count, length }: Windowing,
  heads: number,
  depth: number,
): Value {
  const channels = heads * depth;
  const places = length * length;
  const [queries, keys, values] = [query, key, value].map((x) => b.reshape(x, [count, places, channels]));
  const [rows, columns] = [terms.rows, terms.columns].map((x) => b.transpose(x, [0, 3, 1, 2, 4]));
  const parts: Value[] = [];
  for (let from = 0; from < length; from += rowsAtOnce) {
    const to = Math.min(length, from + rowsAtOnce);
    const shape = [count, heads, to - from, length];
    const [own, beside] = [rows, columns].map((x) => b.slice(x, 2, from, to));
    const bias = b.op("Add", [b.reshape(own, [...shape, length, 1]), b.reshape(beside, [...shape, 1, length])]);
    const asking = b.slice(queries, 1, from * length, to * length);
    const table = b.reshape(bias, [count, heads, (to - from) * length, places]);
    parts.push(fusedAttention(b, asking, keys, values, heads, table));
  }
  return b.op("Concat", parts, { axis: 1 });
}

/** [count·length², channels] → [count, length², heads·(d + 2·length)]: k, then a one at its own row and column. */
function positionedKey(b: GraphBuilder, key: Value, { count, length }: Windowing, heads: number, depth: number): Value {
  const places = length * length;
  const marks = new Float32Array(places * 2 * length);
  for (let p = 0; p < places; p++) {
    marks[p * 2 * length + Math.floor(p / length)] = 1;
    marks[p * 2 * length + length + (p % length)] = 1;
  }
  const shape = [count, places, heads, 2 * length];
  const marked = b.expand(b.constant(marks, [1, places, 1, 2 * length]), shape, b.int64(shape));
  const joined = b.op("Concat", [b.reshape(key, [count, places, heads, depth]), marked], { axis: -1 });
  return b.reshape(joined, [count, places, heads * (depth + 2 * length)]);
}

/** `table[offset]`, offset = query − key + length − 1, as one matrix per query position: [query, d, key]. */
function relativeTable(b: GraphBuilder, table: Value, length: number, depth: number): Value {
  const offsets = Int32Array.from(
    { length: length * length },
    (_, n) => Math.floor(n / length) - (n % length) + length - 1,
  );
  const gathered = b.op("Gather", [table, b.constant(offsets, [length * length])], { axis: 0 });
  return b.transpose(b.reshape(gathered, [length, length, depth]), [0, 2, 1]);
}
