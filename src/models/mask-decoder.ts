import type { GraphBuilder } from "../onnx/builder.js";
import { graphError, type Value } from "../onnx/graph.js";
import { identity } from "./attention.js";
import { layerNorm, linear } from "./layers.js";
import type { PromptSizes } from "./prompt-encoder.js";
import { type TransformerImage, twoWayTransformer } from "./two-way-transformer.js";
import type { Weights } from "./weights.js";

export interface DecodedMasks {
  /** [batch, masks, 4·embedSize, 4·embedSize], logits; mask 0 is SAM's single answer, the others its alternatives */
  readonly lowResLogits: Value;
  /** [batch, masks], the predicted IoU of each */
  readonly predictedIou: Value;
}

/**
 * What SAM's mask decoder makes of an image before it meets a prompt's tokens.
 * @param image [1, width, embedSize, embedSize], the image embedding
 * @param dense broadcastable to [batch, width, embedSize, embedSize], the dense prompt
 * @returns [1 or batch, embedSize², width]
 */
export function decoderKeys(b: GraphBuilder, image: Value, dense: Value, { embedSize, width }: PromptSizes): Value {
  const pixels = embedSize * embedSize;
  const [prompts] = dense.dims;
  const source = b.node("Add", [image, dense], {}, "float32", [prompts, width, embedSize, embedSize]);
  return b.transpose(b.reshape(source, [prompts, width, pixels]), [0, 2, 1]);
}

/**
 * SAM's mask decoder (mask_decoder.py, `MaskDecoder.predict_masks`). The upscaling stays in pixel-major layout: a 2×2
 * transposed convolution with stride 2 is a matrix product per pixel, so only the finished masks have to be laid out as
 * pictures.
 * @param image its `keys` of {@link decoderKeys}
 * @param positions [1, embedSize², width]
 * @param sparse [batch, points, width], prompt tokens
 */
export function maskDecoder(
  b: GraphBuilder,
  w: Weights,
  image: TransformerImage,
  positions: Value,
  sparse: Value,
  sizes: PromptSizes,
): DecodedMasks {
  const masks = w.dims("mask_tokens.weight")?.[0] ?? 0;
  if (masks === 0) throw graphError("mask decoder", "it has no mask tokens");
  const tokens = b.op("Concat", [outputTokens(b, w, sparse, sizes.width), sparse], { axis: 1 });
  return decodeTokens(b, w, image, positions, tokens, masks, sizes);
}

/** Masks, and what they were made of. */
export interface DecodedTokens extends DecodedMasks {
  /** [batch, tokens, width], as the transformer leaves them */
  readonly tokens: Value;
  /** The upscaled image side, in the layout of {@link doubledTwice}. */
  readonly upscaled: Value;
}

/**
 * The masks of tokens.
 * @param tokens [batch, 1 + masks + any, width]: the IoU token, one for each mask, prompts
 * @param answers how many of the masks are computed, from the first
 * @param highRes of SAM 2: see {@link doubledTwice}
 * @returns `answers` masks, and the predicted IoU of all
 */
export function decodeTokens(
  b: GraphBuilder,
  w: Weights,
  image: TransformerImage,
  positions: Value,
  tokens: Value,
  masks: number,
  { embedSize, width, normEpsilon }: PromptSizes,
  answers: number = masks,
  highRes: readonly Value[] = [],
): DecodedTokens {
  const [batch] = tokens.dims;
  const attended = twoWayTransformer(b, w.scope("transformer"), image, positions, tokens, normEpsilon);

  const predictedIou = predictIou(b, w, attended.tokens, masks, width);
  const filters = hypernetworks(b, w, b.slice(attended.tokens, 1, 1, 1 + answers), answers);
  const upscaled = b.op("Gelu", [doubledTwice(b, w.scope("output_upscaling"), attended.image, highRes)]);
  const products = b.op("MatMul", [upscaled, filters]);
  const grid = b.reshape(products, [batch, embedSize, embedSize, 2, 2, answers, 2, 2]);
  const picture = b.transpose(grid, [0, 5, 1, 3, 6, 2, 4, 7]);
  const side = 4 * embedSize;
  const lowResLogits = b.reshape(picture, [batch, answers, side, side]);
  return { lowResLogits, predictedIou, tokens: attended.tokens, upscaled };
}

/** The predicted IoU of each mask, [batch, masks]. @param tokens as the transformer leaves them */
export function predictIou(b: GraphBuilder, w: Weights, tokens: Value, masks: number, width: number): Value {
  const [batch] = tokens.dims;
  const iouToken = b.reshape(b.slice(tokens, 1, 0, 1), [batch, width]);
  return mlp(b, w.scope("iou_prediction_head"), iouToken, width, masks);
}

/**
 * The learned tokens, once for each prompt: [batch, 1 + masks, width]
 * @param names of their tables, each [count, width]
 */
export function outputTokens(
  b: GraphBuilder,
  w: Weights,
  sparse: Value,
  width: number,
  names: readonly string[] = ["iou_token", "mask_tokens"],
): Value {
  const [batch] = sparse.dims;
  // Another number of IoU tokens would move all tokens behind them.
  const rows = (name: string) => (name === "iou_token" ? 1 : (w.dims(`${name}.weight`)?.[0] ?? 0));
  const tables = names.map((name) => w.value(b, `${name}.weight`, [rows(name), width]));
  const learned = b.op("Concat", tables, { axis: 0 });
  const count = learned.dims[0] as number;
  const batchSize = b.node("Shape", [sparse], { start: 0, end: 1 }, "int64", [1]);
  const shape = b.op("Concat", [batchSize, b.int64([count, width])], { axis: 0 });
  return b.expand(b.reshape(learned, [1, count, width]), [batch, count, width], shape);
}

/**
 * Two transposed convolutions with a norm between: [batch, pixels, width] → [batch, 4·pixels, 4·channels], rows in the
 * order (pixel, y₁, x₁) of the first doubling, the second doubling's (y₂, x₂, channel) in each.
 * @param highRes what is added after each doubling, in its order; none, or two
 */
export function doubledTwice(b: GraphBuilder, w: Weights, image: Value, highRes: readonly Value[] = []): Value {
  const [batch, pixels, width] = image.dims as [string, number, number];
  const first = w.dims("0.weight")?.[1] ?? 0;
  const second = w.dims("3.weight")?.[1] ?? 0;
  const refined = (x: Value, n: number) => (highRes.length > 0 ? b.op("Add", [x, highRes[n]]) : x);
  let x = refined(b.reshape(doubling(b, w.scope("0"), image, width, first), [batch, 4 * pixels, first]), 0);
  x = b.op("Gelu", [layerNorm(b, w.scope("1"), x, first, 1e-6)]);
  return refined(doubling(b, w.scope("3"), x, first, second), 1);
}

/** What {@link doubledTwice} gives as pictures, [batch, channels, 4·embedSize, 4·embedSize]. */
export function upscaledPicture(b: GraphBuilder, rows: Value, { embedSize }: PromptSizes): Value {
  const [batch, , columns] = rows.dims;
  const channels = (columns as number) / 4;
  const grid = b.reshape(rows, [batch, embedSize, embedSize, 2, 2, 2, 2, channels]);
  const picture = b.transpose(grid, [0, 7, 1, 3, 5, 2, 4, 6]);
  return b.reshape(picture, [batch, channels, 4 * embedSize, 4 * embedSize]);
}

/**
 * A 2×2 transposed convolution with stride 2 as a product: [batch, n, inputs] → [batch, n, 4·outputs], ordered (y, x,
 * channel).
 */
function doubling(b: GraphBuilder, w: Weights, x: Value, inputs: number, outputs: number): Value {
  const byPlace = b.transpose(w.value(b, "weight", [inputs, outputs, 2, 2]), [0, 2, 3, 1]);
  const bias = w.value(b, "bias", [outputs]);
  const product = b.op("MatMul", [x, b.reshape(byPlace, [inputs, 4 * outputs])]);
  const biases = b.op("Concat", [bias, bias, bias, bias], { axis: 0 });
  // ONNX Runtime would fuse a bias of one axis with the Gelu after it, which is slower than the two.
  return b.op("Add", [product, b.reshape(biases, [1, 1, 4 * outputs])]);
}

/**
 * The filters that turn upscaled features into masks, one small network for each mask token; all run as one batch. Each
 * stands four times in a block-diagonal matrix, once for each sub-pixel of the second doubling: one wide product is
 * faster than a thin one over four times as many rows.
 * @returns [batch, 4·channels, masks·4], ordered (sub-pixel, channel) and (mask, sub-pixel)
 */
function hypernetworks(b: GraphBuilder, w: Weights, tokens: Value, masks: number): Value {
  const networks = Array.from({ length: masks }, (_, n) => w.scope(`output_hypernetworks_mlps.${n}.layers`));
  let x = b.transpose(tokens, [1, 0, 2]);
  const depth = networks[0].count("");
  for (let layer = 0; layer < depth; layer++) {
    const [outputs, inputs] = networks[0].dims(`${layer}.weight`) ?? [0, 0];
    const stack = (name: string, dims: readonly number[]) =>
      b.op(
        "Concat",
        networks.map((network) => b.reshape(network.value(b, `${layer}.${name}`, dims), [1, ...dims])),
        { axis: 0 },
      );
    const weight = b.transpose(stack("weight", [outputs, inputs]), [0, 2, 1]);
    const bias = b.reshape(stack("bias", [outputs]), [masks, 1, outputs]);
    x = b.op("Add", [b.op("MatMul", [x, weight]), bias]);
    if (layer < depth - 1) x = b.op("Relu", [x]);
  }
  const [, batch, channels] = x.dims;
  const filters = b.reshape(b.transpose(x, [1, 2, 0]), [batch, 1, channels, masks, 1]);
  const blocks = b.op("Mul", [filters, b.constant(identity(4), [1, 4, 1, 1, 4])]);
  return b.reshape(blocks, [batch, 4 * (channels as number), 4 * masks]);
}

/** SAM's small `MLP`: linear layers with ReLU between. */
export function mlp(b: GraphBuilder, w: Weights, x: Value, inputs: number, outputs: number): Value {
  const depth = w.count("layers.");
  let y = x;
  for (let layer = 0; layer < depth; layer++) {
    const out = layer === depth - 1 ? outputs : (w.dims(`layers.${layer}.weight`)?.[0] ?? 0);
    y = linear(
      b,
      w.scope(`layers.${layer}`),
      y,
      layer === 0 ? inputs : (w.dims(`layers.${layer}.weight`)?.[1] ?? 0),
      out,
    );
    if (layer < depth - 1) y = b.op("Relu", [y]);
  }
  return y;
}
