import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { conv2d, layerNorm } from "./layers.js";
import type { Weights } from "./weights.js";

/** Labels of prompt tokens: padding, click outside, click inside, left top and right bottom corner of a box. */
export const tokenLabels = { padding: -1, exclude: 0, include: 1, boxLeftTop: 2, boxRightBottom: 3 } as const;

export interface PromptSizes {
  /** Side of the square that prompts lie in, in pixels. */
  readonly imageSize: number;
  /** Side of the square image embedding. */
  readonly embedSize: number;
  /** Channels of the embedding. */
  readonly width: number;
  /** Epsilon of the decoder's layer norms. Default PyTorch's 1e-5. */
  readonly normEpsilon?: number;
}

/**
 * SAM's sparse prompt embedding (prompt_encoder.py, `_embed_points` and `_embed_boxes`): random Fourier features of the
 * position plus a learned vector of the kind.
 * @param coords [batch, points, 2], x and y in pixels of the model's input
 * @param labels [batch, points], int32, see {@link tokenLabels}
 * @returns [batch, points, width]
 */
export function embedPoints(b: GraphBuilder, w: Weights, coords: Value, labels: Value, sizes: PromptSizes): Value {
  const { imageSize, width } = sizes;
  // (coordinate + 0.5) / size · 2 − 1: to the center of the pixel, then to −1 … 1
  const unit = b.op("Add", [b.op("Mul", [coords, b.scalar(2 / imageSize)]), b.scalar(1 / imageSize - 1)]);
  const angles = b.op("MatMul", [unit, b.constant(frequencies(w, width), [2, width / 2])]);
  const position = b.op("Concat", [b.op("Sin", [angles]), b.op("Cos", [angles])], { axis: -1 });
  return embedPositions(b, w, position, labels, width, tokenKinds);
}

/** Names of the learned vectors of padding, and of each kind of token by its label. */
export type TokenKinds = readonly [padding: string, ...others: string[]];

const tokenKinds: TokenKinds = ["not_a_point_embed", ...[0, 1, 2, 3].map((n) => `point_embeddings.${n}`)];

/**
 * Features of positions plus the learned vector of the token's kind.
 * @param position [batch, points, width]
 * @param labels [batch, points], int32, −1 for padding
 * @returns [batch, points, width]
 */
export function embedPositions(
  b: GraphBuilder,
  w: Weights,
  position: Value,
  labels: Value,
  width: number,
  kinds: TokenKinds,
): Value {
  const table = b.op(
    "Concat",
    kinds.map((kind) => w.value(b, `${kind}.weight`, [1, width])),
    { axis: 0 },
  );
  const index = b.op("Add", [labels, b.constant(Int32Array.of(1), [])]);
  const kind = b.op("Gather", [table, index], { axis: 0 });
  // A padding token has no position.
  const isPlaced = Float32Array.from(kinds, (_, n) => (n === 0 ? 0 : 1));
  const hasPosition = b.op("Gather", [b.constant(isPlaced, [kinds.length, 1]), index], { axis: 0 });
  return b.op("Add", [b.op("Mul", [position, hasPosition]), kind]);
}

/**
 * SAM's dense prompt embedding: of an earlier mask where there is one, else a learned constant.
 * @param mask [batch, 1, 4·embedSize, 4·embedSize], logits; `null` for a graph that never has one
 * @param hasMask bool scalar, whether to read `mask`; `null` for a graph that always does
 * @returns broadcastable to [batch, width, embedSize, embedSize]: the mask's embedding in full, the constant as [1,
 * width, 1, 1]
 */
export function embedMask(
  b: GraphBuilder,
  w: Weights,
  mask: Value | null,
  hasMask: Value | null,
  { width }: PromptSizes,
): Value {
  if (!mask) return noMask(b, w, width);
  if (!hasMask) return maskDownscaling(b, w.scope("mask_downscaling"), mask, width);
  return b.branch(
    hasMask,
    ["dense_batch", width, "dense_height", "dense_width"],
    (inner) => maskDownscaling(inner, w.scope("mask_downscaling"), mask, width),
    (inner) => noMask(inner, w, width),
  );
}

/** The embedding used if there is no mask, [1, width, 1, 1]. */
function noMask(b: GraphBuilder, w: Weights, width: number): Value {
  return b.reshape(w.value(b, "no_mask_embed.weight", [1, width]), [1, width, 1, 1]);
}

function maskDownscaling(b: GraphBuilder, w: Weights, mask: Value, width: number): Value {
  const [first, second] = [w.dims("0.weight")?.[0] ?? 0, w.dims("3.weight")?.[0] ?? 0];
  let x = halve(b, w.scope("0"), mask, 1, first);
  x = b.op("Gelu", [channelNorm(b, w.scope("1"), x, first)]);
  x = halve(b, w.scope("3"), x, first, second);
  x = b.op("Gelu", [channelNorm(b, w.scope("4"), x, second)]);
  return conv2d(b, x, w.value(b, "6.weight", [width, second, 1, 1]), w.value(b, "6.bias", [width]), { kernel: 1 });
}

function halve(b: GraphBuilder, w: Weights, x: Value, inputs: number, outputs: number): Value {
  const weight = w.value(b, "weight", [outputs, inputs, 2, 2]);
  return conv2d(b, x, weight, w.value(b, "bias", [outputs]), { kernel: 2, stride: 2 });
}

/** Up to this many channels, arithmetic on whole channels is faster than ONNX Runtime's normalization of short rows. */
const fewChannels = 64;

/** SAM's `LayerNorm2d`: over channels, pixel by pixel. */
export function channelNorm(b: GraphBuilder, w: Weights, x: Value, channels: number): Value {
  const epsilon = 1e-6;
  if (channels > fewChannels) {
    return b.transpose(layerNorm(b, w, b.transpose(x, [0, 2, 3, 1]), channels, epsilon), [0, 3, 1, 2]);
  }
  const centered = b.op("Sub", [x, b.reduceMean(x, [1])]);
  const variance = b.reduceMean(b.op("Mul", [centered, centered]), [1]);
  const deviation = b.op("Sqrt", [b.op("Add", [variance, b.scalar(epsilon)])]);
  const [weight, bias] = ["weight", "bias"].map((name) => b.reshape(w.value(b, name, [channels]), [channels, 1, 1]));
  return b.op("Add", [b.op("Mul", [b.op("Div", [centered, deviation]), weight]), bias]);
}

/** The random frequencies times 2π, [2, width/2]. */
function frequencies(w: Weights, width: number): Float32Array {
  return w.take("pe_layer.positional_encoding_gaussian_matrix", [2, width / 2]).map((value) => value * 2 * Math.PI);
}

/**
 * The positions of the image embedding's pixels (prompt_encoder.py, `PositionEmbeddingRandom.forward`), a constant of
 * the model.
 * @returns [embedSize², width], row-major
 */
export function densePositions(w: Weights, { embedSize, width }: PromptSizes): Float32Array {
  const matrix = w.take("pe_layer.positional_encoding_gaussian_matrix", [2, width / 2]);
  const half = width / 2;
  const out = new Float32Array(embedSize * embedSize * width);
  for (let y = 0, at = 0; y < embedSize; y++) {
    for (let x = 0; x < embedSize; x++, at += width) {
      const u = (2 * (x + 0.5)) / embedSize - 1;
      const v = (2 * (y + 0.5)) / embedSize - 1;
      for (let n = 0; n < half; n++) {
        const angle = 2 * Math.PI * (u * matrix[n] + v * matrix[half + n]);
        out[at + n] = Math.sin(angle);
        out[at + half + n] = Math.cos(angle);
      }
    }
  }
  return out;
}
