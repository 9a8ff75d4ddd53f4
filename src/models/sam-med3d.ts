import { SamlabError } from "../core/errors.js";
import { GraphBuilder } from "../onnx/builder.js";
import { type Graph, showDims, type Value } from "../onnx/graph.js";
import { withoutUnused } from "../onnx/prune.js";
import { fusedAttention } from "./attention.js";
import { graphNames } from "./compile.js";
import { affine, layerNorm, linear } from "./layers.js";
import { mlp, outputTokens } from "./mask-decoder.js";
import { embedPositions, type TokenKinds } from "./prompt-encoder.js";
import { twoWayTransformer } from "./two-way-transformer.js";
import type { Weights } from "./weights.js";

/** Side of SAM-Med3D's cube, in voxels. */
export const samMed3dSize = 128;

/** Side of its low-resolution logits. */
export const samMed3dLowRes = 32;

/** Side of its cube of tokens: one for 16×16×16 voxels. */
const grid = 8;
/** Tokens of the cube. */
export const tokenCount = grid ** 3;
const patch = samMed3dSize / grid;

/** Side of the windows of the blocks that do not attend globally (build_sam3D.py): longer than the cube of tokens. */
const windowLength = 14;

/** Of the norms of the encoder, and of those over channels (`LayerNorm3d`). */
const epsilon = 1e-6;

/** Names of the graphs' inputs and outputs; the others are those of {@link graphNames}. */
export const volumeNames = {
  /** [1, 1, 128, 128, 128] float32, preprocessed */
  volume: "volume",
  /** [1, 512, 384] float32, a row for each token; the last axis of the volume is the fastest */
  embedding: "volume_embedding",
} as const;

/** SAM-Med3D as graphs. */
export interface CompiledSamMed3d {
  /** {@link volumeNames.volume} → {@link volumeNames.embedding} */
  readonly encoder: Graph;
  /**
   * The embedding, `point_coords` [1, points, 3] in voxels of the cube, `point_labels` [1, points] (−1 padding, 0, 1),
   * and `mask_input` [1, 1, 32, 32, 32] → `low_res_logits` [1, 1, 32, 32, 32]
   */
  readonly decoder: Graph;
  /** For people. */
  readonly summary: string;
}

/** Whether a model is a SAM for volumes: its positions are those of a cube of tokens. */
export function isForVolumes(w: Weights): boolean {
  return w.dims("image_encoder.pos_embed")?.length === 5;
}

/**
 * Compiles SAM-Med3D (Wang et al., "SAM-Med3D: Towards General-purpose Segmentation Models for Volumetric Medical
 * Images", 2024; segment_anything/build_sam3D.py, `build_sam3D_vit_b_ori`). Width and depth are read from the weights.
 * Every tensor must be used, but for those of the alternative masks, of the predicted IoU, and of no mask: train.py
 * trains none of these.
 * @throws {SamlabError} `model-unknown` for another cube, `tensor-missing`, `tensor-shape`, `checkpoint-invalid`
 */
export function compileSamMed3d(w: Weights): CompiledSamMed3d {
  const positions = w.dims("image_encoder.pos_embed") ?? [];
  const [, rows, columns, slices, channels = 0] = positions;
  const isKnown = positions.length === 5 && [rows, columns, slices].every((length) => length === grid);
  if (!isKnown || w.dims("image_encoder.patch_embed.proj.weight")?.[2] !== patch) {
    throw new SamlabError(
      "model-unknown",
      `${w.file} is a SAM for volumes with positions of ${showDims(positions)}, not SAM-Med3D's ${showDims([1, grid, grid, grid, channels || "channels"])}.`,
      {
        file: w.file,
        field: "image_encoder.pos_embed",
        value: positions,
        remedy: "Supported is SAM-Med3D for 128×128×128 voxels (vit_b_ori), such as sam_med3d_turbo.pth.",
      },
    );
  }
  const encoder = buildEncoder(w.scope("image_encoder"), channels);
  const decoder = buildDecoder(w);
  const unused = w.unused().filter((name) => !spare.test(name));
  if (unused.length > 0) {
    throw new SamlabError(
      "checkpoint-invalid",
      `${w.file} has ${unused.length} tensors that SAM-Med3D has no place for, such as ${unused.slice(0, 3).join(", ")}.`,
      { file: w.file, field: unused[0], value: unused, remedy: "It belongs to a variant this version does not know." },
    );
  }
  const depth = w.count("image_encoder.blocks.");
  const size = [samMed3dSize, samMed3dSize, samMed3dSize].join("×");
  return { encoder, decoder, summary: `SAM-Med3D, ViT ${channels}×${depth}, ${size}` };
}

const spare =
  /^(?:mask_decoder\.(?:output_hypernetworks_mlps\.[1-9]|iou_prediction_head)\.|prompt_encoder\.no_mask_embed\.)/;

function buildEncoder(w: Weights, channels: number): Graph {
  const b = new GraphBuilder("volume_encoder");
  const volume = b.input(volumeNames.volume, "float32", [1, 1, samMed3dSize, samMed3dSize, samMed3dSize]);
  const cut = b.reshape(volume, [grid, patch, grid, patch, grid, patch]);
  const patches = b.reshape(b.transpose(cut, [0, 2, 4, 1, 3, 5]), [tokenCount, patch ** 3]);
  const projection = w.value(b, "patch_embed.proj.weight", [channels, 1, patch, patch, patch]);
  const bias = w.value(b, "patch_embed.proj.bias", [channels]);
  const places = b.reshape(w.value(b, "pos_embed", [1, grid, grid, grid, channels]), [tokenCount, channels]);
  let tokens = b.op("Add", [affine(b, patches, b.reshape(projection, [channels, patch ** 3]), bias), places]);
  for (let n = 0; n < Math.max(1, w.count("blocks.")); n++) tokens = block(b, w.scope(`blocks.${n}`), tokens, channels);
  b.output(volumeNames.embedding, neck(b, w.scope("neck"), tokens, channels));
  return withoutUnused(b.build());
}

/** A block of the encoder. @param tokens [512, channels] */
function block(b: GraphBuilder, w: Weights, tokens: Value, channels: number): Value {
  const normed = layerNorm(b, w.scope("norm1"), tokens, channels, epsilon);
  const attended = b.op("Add", [tokens, attention(b, w.scope("attn"), normed, channels)]);
  const x = layerNorm(b, w.scope("norm2"), attended, channels, epsilon);
  const hidden = w.dims("mlp.lin1.weight")?.[0] ?? 0;
  const inner = b.op("Gelu", [linear(b, w.scope("mlp.lin1"), x, channels, hidden)]);
  return b.op("Add", [attended, linear(b, w.scope("mlp.lin2"), inner, hidden, channels)]);
}

/**
 * Attention with relative positions as the reference has them (image_encoder3D.py, `add_decomposed_rel_pos`): the terms
 * of its three tables are all laid along the last axis of the keys, and two of them are those of the queries at the
 * key's place on the other axes. With a query at (d, h, w) and a key at (e, i, j), the score is
 *
 *     q(d,h,w)·k(e,i,j)/√depth + q(d,h,w)·Rd[d,j] + q(d,h,e)·Rh[h,j] + q(d,h,i)·Rw[i,j]
 *
 * A local block attends within a window of 14³ tokens, of which 8³ are there; the others are zeros, whose queries,
 * keys, and values are the projections' biases. Their values are the same, and their scores differ by the positions
 * alone, so that one key stands for all, with the logarithm of the sum of their exponentials as its score. That is the
 * same result as the reference's, which computes 2744 tokens.
 */
function attention(b: GraphBuilder, w: Weights, tokens: Value, channels: number): Value {
  const [tableRows = 0, depth = 1] = w.dims("rel_pos_d") ?? [];
  const heads = channels / depth;
  const length = tableRows === 2 * windowLength - 1 ? windowLength : grid;
  const [weight, bias] = [w.value(b, "qkv.weight", [3 * channels, channels]), w.value(b, "qkv.bias", [3 * channels])];
  const part = (x: Value, n: number) => b.slice(x, 0, n * channels, (n + 1) * channels);
  const [query, key, value] = [0, 1, 2].map((n) => affine(b, tokens, part(weight, n), part(bias, n)));
  const own = b.reshape(query, [grid, grid, grid, heads, depth]);
  const missing = [grid, grid, length - grid, heads, depth];
  const all =
    length === grid
      ? own
      : b.op("Concat", [own, b.expand(b.reshape(part(bias, 0), [1, 1, 1, heads, depth]), missing, b.int64(missing))], {
          axis: 2,
        });
  const terms = {
    own: positionTerms(b, w, "rel_pos_d", own, 0, length),
    first: positionTerms(b, w, "rel_pos_h", all, 1, length),
    second: positionTerms(b, w, "rel_pos_w", all, 2, length),
  };
  const isPadded = length > grid;
  const scores = b.op("Concat", [insideTerms(b, terms), ...(isPadded ? [paddingTerm(b, terms)] : [])], { axis: 2 });
  const [keys, values] = [key, value].map((x, n) => {
    const rows = isPadded ? b.op("Concat", [x, b.reshape(part(bias, n + 1), [1, channels])], { axis: 0 }) : x;
    return b.reshape(rows, [1, ...rows.dims]);
  });
  const mixed = fusedAttention(
    b,
    b.reshape(query, [1, tokenCount, channels]),
    keys,
    values,
    heads,
    b.reshape(scores, [1, ...scores.dims]),
  );
  return linear(b, w.scope("proj"), b.reshape(mixed, [tokenCount, channels]), channels, channels);
}

/** What is added to the scores of a query at (d, h, w) and a key at (e, i, j). */
interface PositionTerms {
  /** [8 d, 8 h, 8 w, heads, length j] */
  readonly own: Value;
  /** [8 d, 8 h, length e, heads, length j] */
  readonly first: Value;
  /** [8 d, 8 h, length i, heads, length j] */
  readonly second: Value;
}

/**
 * The products of queries and the rows of a table of relative positions.
 * @param queries [8, 8, any, heads, depth], not scaled
 * @param axis whose place chooses the rows
 * @returns [8, 8, any, heads, length]
 */
function positionTerms(
  b: GraphBuilder,
  w: Weights,
  table: string,
  queries: Value,
  axis: number,
  length: number,
): Value {
  const [, , , heads, depth] = queries.dims as number[];
  const places = queries.dims[axis] as number;
  const offsets = Int32Array.from(
    { length: places * length },
    (_, n) => Math.floor(n / length) - (n % length) + length - 1,
  );
  const stored = w.value(b, table, [2 * length - 1, depth]);
  const rows = b.op("Gather", [stored, b.constant(offsets, [offsets.length])], { axis: 0 });
  const byPlace = b.transpose(b.reshape(rows, [places, length, depth]), [0, 2, 1]);
  // The rows depend on the place, which becomes the batch of the product.
  const order = [axis, ...[0, 1, 2].filter((other) => other !== axis), 3, 4];
  const moved = b.transpose(queries, order);
  const [, left, right] = moved.dims as number[];
  const product = b.op("MatMul", [b.reshape(moved, [places, left * right * heads, depth]), byPlace]);
  return b.transpose(
    b.reshape(product, [places, left, right, heads, length]),
    order.map((_, n) => order.indexOf(n)),
  );
}

/** The terms of the keys that are there, [heads, 512, 512]. */
function insideTerms(b: GraphBuilder, { own, first, second }: PositionTerms): Value {
  const [, , , heads] = own.dims as number[];
  const [ownInside, firstInside, secondInside] = [own, first, second].map((x) =>
    b.transpose(b.slice(b.slice(x, 2, 0, grid), 4, 0, grid), [3, 0, 1, 2, 4]),
  );
  const pair = b.op("Add", [
    b.reshape(firstInside, [heads, grid, grid, 1, grid, 1, grid]),
    b.reshape(secondInside, [heads, grid, grid, 1, 1, grid, grid]),
  ]);
  const all = b.op("Add", [pair, b.reshape(ownInside, [heads, grid, grid, grid, 1, 1, grid])]);
  return b.reshape(all, [heads, tokenCount, tokenCount]);
}

/** The logarithm of the sum of the exponentials of the terms of all keys that are not there, [heads, 512, 1]. */
function paddingTerm(b: GraphBuilder, { own, first, second }: PositionTerms): Value {
  const sumOf = (x: Value, axis: number) => {
    const dims = x.dims.map((size, n) => (n === axis ? 1 : size));
    return b.node("ReduceLogSumExp", [x, b.int64([axis])], { keepdims: 1 }, "float32", dims);
  };
  const [inside, beyond] = [
    (x: Value) => sumOf(b.slice(x, 2, 0, grid), 2),
    (x: Value) => sumOf(b.slice(x, 2, grid, windowLength), 2),
  ];
  const both = (x: Value, y: Value) => b.op("Add", [x, y]);
  const allOfSecond = sumOf(second, 2);
  const beyondFirst = both(beyond(first), allOfSecond);
  const beyondSecond = both(inside(first), beyond(second));
  const near = sumOf(
    b.op(
      "Concat",
      [beyondFirst, beyondSecond].map((x) => b.slice(x, 4, 0, grid)),
      { axis: 2 },
    ),
    2,
  );
  const far = b.slice(both(sumOf(first, 2), allOfSecond), 4, grid, windowLength);
  const others = b.op("Concat", [near, far], { axis: 4 });
  const total = sumOf(both(own, others), 4);
  const [, , , heads] = own.dims as number[];
  return b.reshape(b.transpose(total, [3, 0, 1, 2, 4]), [heads, tokenCount, 1]);
}

/** 1×1×1 and 3×3×3 convolutions, each followed by a norm over channels. @returns [1, 512, width] */
function neck(b: GraphBuilder, w: Weights, tokens: Value, channels: number): Value {
  const width = w.dims("0.weight")?.[0] ?? 0;
  const first = b.reshape(w.value(b, "0.weight", [width, channels, 1, 1, 1]), [width, channels]);
  const x = layerNorm(b, w.scope("1"), affine(b, tokens, first, null), width, epsilon);
  const cube = [1, width, grid, grid, grid];
  const kernel = w.value(b, "2.weight", [width, width, 3, 3, 3]);
  const mixed = b.node(
    "Conv",
    [b.reshape(b.transpose(x, [1, 0]), cube), kernel],
    { kernel_shape: [3, 3, 3], strides: [1, 1, 1], pads: [1, 1, 1, 1, 1, 1] },
    "float32",
    cube,
  );
  const rows = b.transpose(b.reshape(mixed, [1, width, tokenCount]), [0, 2, 1]);
  return layerNorm(b, w.scope("3"), rows, width, epsilon);
}

function buildDecoder(w: Weights): Graph {
  const width = w.dims("mask_decoder.mask_tokens.weight")?.[1] ?? 0;
  const b = new GraphBuilder("volume_decoder");
  const embedding = b.input(volumeNames.embedding, "float32", [1, tokenCount, width]);
  const coords = b.input(graphNames.pointCoords, "float32", [1, "points", 3]);
  const labels = b.input(graphNames.pointLabels, "int32", [1, "points"]);
  const side = samMed3dLowRes;
  const mask = b.input(graphNames.maskInput, "float32", [1, 1, side, side, side]);
  const prompts = w.scope("prompt_encoder");
  const sparse = embedPositions(b, prompts, pointFeatures(b, prompts, coords, width), labels, width, pointKinds);
  const dense = embedMask(b, prompts.scope("mask_downscaling"), mask, width);
  const keys = b.op("Add", [embedding, b.reshape(dense, [1, tokenCount, width])]);
  const positions = b.constant(densePositions(prompts, width), [1, tokenCount, width]);
  const own = w.scope("mask_decoder");
  const tokens = b.op("Concat", [outputTokens(b, own, sparse, width), sparse], { axis: 1 });
  const attended = twoWayTransformer(b, own.scope("transformer"), { keys, projected: null }, positions, tokens);
  const filter = mlp(
    b,
    own.scope("output_hypernetworks_mlps.0"),
    b.reshape(b.slice(attended.tokens, 1, 1, 2), [1, width]),
    width,
    width / 8,
  );
  const upscaled = upscale(b, own.scope("output_upscaling"), b.reshape(attended.image, [tokenCount, width]), width);
  const product = b.op("MatMul", [upscaled, b.reshape(filter, [width / 8, 1])]);
  const split = b.reshape(product, [grid, grid, grid, 2, 2, 2, 2, 2, 2]);
  const logits = b.reshape(b.transpose(split, [0, 3, 6, 1, 4, 7, 2, 5, 8]), [1, 1, side, side, side]);
  b.output(graphNames.lowResLogits, logits);
  return b.build();
}

const pointKinds: TokenKinds = ["not_a_point_embed", "point_embeddings.0", "point_embeddings.1"];

/** The random frequencies times 2π, [3, width/3]. */
function frequencies(w: Weights, width: number): Float32Array {
  return w.take("pe_layer.positional_encoding_gaussian_matrix", [3, width / 3]).map((value) => value * 2 * Math.PI);
}

/** Features of points (`PositionEmbeddingRandom3D`: sine, cosine, and the sine again). @returns [1, points, width] */
function pointFeatures(b: GraphBuilder, w: Weights, coords: Value, width: number): Value {
  // To the center of the voxel, then to −1 … 1.
  const scaled = b.op("Mul", [coords, b.scalar(2 / samMed3dSize)]);
  const unit = b.op("Add", [scaled, b.scalar(1 / samMed3dSize - 1)]);
  const angles = b.op("MatMul", [unit, b.constant(frequencies(w, width), [3, width / 3])]);
  const sine = b.op("Sin", [angles]);
  return b.op("Concat", [sine, b.op("Cos", [angles]), sine], { axis: -1 });
}

/**
 * The positions of the tokens, [512, width]. As in the reference, the first two axes are exchanged here, though not for
 * points (prompt_encoder3D.py, `PositionEmbeddingRandom3D.forward`).
 */
function densePositions(w: Weights, width: number): Float32Array {
  const matrix = frequencies(w, width);
  const third = width / 3;
  const out = new Float32Array(tokenCount * width);
  const unit = (at: number) => (2 * (at + 0.5)) / grid - 1;
  for (let n = 0; n < tokenCount; n++) {
    const [first, second, last] = [Math.floor(n / (grid * grid)), Math.floor(n / grid) % grid, n % grid].map(unit);
    for (let c = 0; c < third; c++) {
      const angle = second * matrix[c] + first * matrix[third + c] + last * matrix[2 * third + c];
      out[n * width + c] = Math.sin(angle);
      out[n * width + third + c] = Math.cos(angle);
      out[n * width + 2 * third + c] = Math.sin(angle);
    }
  }
  return out;
}

/** The dense prompt of a mask, a row for each token: [512, width]. @param mask logits, [1, 1, 32, 32, 32] */
function embedMask(b: GraphBuilder, w: Weights, mask: Value, width: number): Value {
  const [first, second] = [w.dims("0.weight")?.[0] ?? 0, w.dims("3.weight")?.[0] ?? 0];
  const split = b.reshape(mask, [grid, 2, 2, grid, 2, 2, grid, 2, 2]);
  const rows = b.reshape(b.transpose(split, [0, 3, 6, 1, 4, 7, 2, 5, 8]), [8 * tokenCount, 8]);
  const halved = halve(b, w.scope("0"), rows, 1, first);
  const x = b.op("Gelu", [layerNorm(b, w.scope("1"), halved, first, epsilon)]);
  const twice = halve(b, w.scope("3"), b.reshape(x, [tokenCount, 8 * first]), first, second);
  const y = b.op("Gelu", [layerNorm(b, w.scope("4"), twice, second, epsilon)]);
  const last = b.reshape(w.value(b, "6.weight", [width, second, 1, 1, 1]), [width, second]);
  return affine(b, y, last, w.value(b, "6.bias", [width]));
}

/** A 2×2×2 convolution with stride 2 as a product. @param rows [n, 8·inputs], ordered (place, channel) */
function halve(b: GraphBuilder, w: Weights, rows: Value, inputs: number, outputs: number): Value {
  const weight = w.value(b, "weight", [outputs, inputs, 2, 2, 2]);
  const byPlace = b.reshape(b.transpose(weight, [0, 2, 3, 4, 1]), [outputs, 8 * inputs]);
  return affine(b, rows, byPlace, w.value(b, "bias", [outputs]));
}

/**
 * Two transposed convolutions that double each axis, with a norm between.
 * @param rows [512, width]
 * @returns [512·8·8, width/8], ordered (token, place in the first doubling, place in the second)
 */
function upscale(b: GraphBuilder, w: Weights, rows: Value, width: number): Value {
  const [first, second] = [width / 4, width / 8];
  const once = b.reshape(double(b, w.scope("0"), rows, width, first), [8 * tokenCount, first]);
  const x = b.op("Gelu", [layerNorm(b, w.scope("1"), once, first, epsilon)]);
  const twice = double(b, w.scope("3"), x, first, second);
  return b.reshape(b.op("Gelu", [twice]), [64 * tokenCount, second]);
}

/** A 2×2×2 transposed convolution with stride 2 as a product: [n, inputs] → [n, 8·outputs], ordered (place, channel) */
function double(b: GraphBuilder, w: Weights, x: Value, inputs: number, outputs: number): Value {
  const weight = w.value(b, "weight", [inputs, outputs, 2, 2, 2]);
  const byPlace = b.reshape(b.transpose(weight, [0, 2, 3, 4, 1]), [inputs, 8 * outputs]);
  const bias = w.value(b, "bias", [outputs]);
  const biases = b.op("Concat", new Array<Value>(8).fill(bias), { axis: 0 });
  return b.op("Add", [b.op("MatMul", [x, byPlace]), b.reshape(biases, [1, 8 * outputs])]);
}
