import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { affine, linear } from "./layers.js";
import type { Weights } from "./weights.js";

/**
 * Multi-head attention with an additive bias, softmax(q kᵀ / √d + bias) v, by ONNX Runtime's fused operator.
 * @param query [batch, tokens, heads·d]; `key` and `value` alike, with their own number of tokens
 * @param bias [batch or 1, heads, tokens, tokens] or null
 * @param scale of q kᵀ; default 1/√d
 * @returns [batch, tokens, heads·d]
 */
export function fusedAttention(
  b: GraphBuilder,
  query: Value,
  key: Value,
  value: Value,
  heads: number,
  bias: Value | null,
  scale?: number,
): Value {
  return b.op("com.microsoft.MultiHeadAttention", [query, key, value, null, null, bias], {
    num_heads: heads,
    ...(scale === undefined ? {} : { scale: { float: scale } }),
  });
}

/**
 * Sizes of one of the mask decoder's attention layers: tokens of `width` channels, projected to `inner` in `heads`
 * heads.
 */
export interface AttentionSizes {
  readonly width: number;
  readonly inner: number;
  readonly heads: number;
}

/**
 * SAM's decoder attention among the prompt tokens (transformer.py, `Attention`).
 * @param w holds q_proj, k_proj, v_proj, out_proj
 * @param query [batch, tokens, width], also the keys
 * @param value [batch, tokens, width]
 */
export function selfAttention(b: GraphBuilder, w: Weights, query: Value, value: Value, sizes: AttentionSizes): Value {
  const { width, inner, heads } = sizes;
  const depth = inner / heads;
  const project = (name: string, x: Value) => splitHeads(b, linear(b, w.scope(name), x, width, inner), sizes);
  const keys = b.transpose(project("k_proj", query), [0, 1, 3, 2]);
  const scores = b.op("Mul", [b.op("MatMul", [project("q_proj", query), keys]), b.scalar(depth ** -0.5)]);
  const mixed = b.op("MatMul", [b.op("Softmax", [scores], { axis: -1 }), project("v_proj", value)]);
  return linear(b, w.scope("out_proj"), joinHeads(b, mixed, inner), inner, width);
}

/** An image as the decoder's cross-attention takes it. */
export interface PlacedImage {
  /** [batch or 1, pixels, width] */
  readonly plain: Value;
  /** The same plus the positions. */
  readonly placed: Value;
}

/**
 * The projections of an image by a layer's two cross-attentions. They depend on no prompt in the first layer, so that
 * they can be computed once per image.
 */
export interface ProjectedImage {
  /** [batch or 1, heads, d, pixels], from token to image */
  readonly key: Value;
  /** [batch or 1, heads, pixels, d], from token to image */
  readonly value: Value;
  /** [batch or 1, pixels, heads·d], from image to token */
  readonly query: Value;
}

export type AttendedImage = PlacedImage | ProjectedImage;

/** @param w the two-way layer */
export function projectImage(
  b: GraphBuilder,
  w: Weights,
  { plain, placed }: PlacedImage,
  sizes: AttentionSizes,
): ProjectedImage {
  const { width, inner } = sizes;
  const [toImage, toToken] = [w.scope("cross_attn_token_to_image"), w.scope("cross_attn_image_to_token")];
  const key = affine(b, placed, toImage.value(b, "k_proj.weight", [inner, width]), null);
  return {
    key: b.transpose(splitHeads(b, key, sizes), [0, 1, 3, 2]),
    value: splitHeads(b, linear(b, toImage.scope("v_proj"), plain, width, inner), sizes),
    query: linear(b, toToken.scope("q_proj"), placed, width, inner),
  };
}

/**
 * Attention from few prompt tokens to many image tokens. The projections of an image that is not yet projected are
 * moved to the token side, (k Wᵀ) q = k (Wᵀ q): with the usual 7 tokens this halves the arithmetic and needs no copy of
 * the image per head. The key bias adds the same to all scores of a row and drops out of the softmax.
 * @param tokens [batch, tokens, width], with their positions
 * @returns [batch, tokens, width]
 */
export function tokenToImage(
  b: GraphBuilder,
  w: Weights,
  tokens: Value,
  image: AttendedImage,
  sizes: AttentionSizes,
): Value {
  const { width, inner, heads } = sizes;
  const depth = inner / heads;
  w.scope("k_proj").take("bias", [inner]);
  const scaled = b.op("Mul", [linear(b, w.scope("q_proj"), tokens, width, inner), b.scalar(depth ** -0.5)]);
  const query = splitHeads(b, scaled, sizes);
  const mixed = "key" in image ? attendProjected(b, query, image, sizes) : attendPlaced(b, w, query, image, sizes);
  return linear(b, w.scope("out_proj"), mixed, inner, width);
}

function attendProjected(
  b: GraphBuilder,
  query: Value,
  { key, value }: ProjectedImage,
  { inner }: AttentionSizes,
): Value {
  const weights = b.op("Softmax", [b.op("MatMul", [query, key])], { axis: -1 });
  return joinHeads(b, b.op("MatMul", [weights, value]), inner);
}

function attendPlaced(
  b: GraphBuilder,
  w: Weights,
  query: Value,
  { plain, placed }: PlacedImage,
  { width, inner, heads }: AttentionSizes,
): Value {
  const depth = inner / heads;
  const [batch, , count] = query.dims;
  const pixels = placed.dims[1];
  const keyWeight = b.reshape(w.scope("k_proj").value(b, "weight", [inner, width]), [1, heads, depth, width]);
  const rows = rowName(count, heads);
  const question = b.reshape(b.op("MatMul", [query, keyWeight]), [batch, rows, width]);
  const scores = b.node("MatMul", [question, b.transpose(placed, [0, 2, 1])], {}, "float32", [batch, rows, pixels]);
  const weights = b.op("Softmax", [scores], { axis: -1 });
  const context = b.node("MatMul", [weights, plain], {}, "float32", [batch, rows, width]);
  const valueWeight = headWeights(b, w.scope("v_proj").value(b, "weight", [inner, width]), heads);
  const byHead = b.op("MatMul", [b.reshape(context, [batch, heads, count, width]), valueWeight]);
  return b.op("Add", [joinHeads(b, byHead, inner), w.scope("v_proj").value(b, "bias", [inner])]);
}

/**
 * Attention from the image tokens to the prompt tokens, with the image side's projections moved to the token side as in
 * {@link tokenToImage}.
 * @param keys [batch, tokens, width] with positions; `values` without
 * @returns [batch, pixels, width]
 */
export function imageToToken(
  b: GraphBuilder,
  w: Weights,
  image: AttendedImage,
  keys: Value,
  values: Value,
  sizes: AttentionSizes,
): Value {
  const { width, inner, heads } = sizes;
  const depth = inner / heads;
  const [batch, count] = keys.dims;
  // The scale goes to the few keys.
  const projected = b.op("Mul", [linear(b, w.scope("k_proj"), keys, width, inner), b.scalar(depth ** -0.5)]);
  const key = b.transpose(splitHeads(b, projected, sizes), [0, 1, 3, 2]);
  const scores = "query" in image ? scoreProjected(b, image, key, sizes) : scorePlaced(b, w, image, key, sizes);
  const [, pixels, rows] = scores.dims;
  const weights = b.op("Softmax", [b.reshape(scores, [batch, pixels, heads, count])], { axis: -1 });
  const value = splitHeads(b, linear(b, w.scope("v_proj"), values, width, inner), sizes);
  const outWeight = b.reshape(b.transpose(w.scope("out_proj").value(b, "weight", [width, inner]), [1, 0]), [
    1,
    heads,
    depth,
    width,
  ]);
  const answers = b.reshape(b.op("MatMul", [value, outWeight]), [batch, rows, width]);
  // The weights of each head sum to 1, so each answer can carry its head's share of the bias.
  const share = b.op("Mul", [w.scope("out_proj").value(b, "bias", [width]), b.scalar(1 / heads)]);
  return b.op("MatMul", [b.reshape(weights, [batch, pixels, rows]), b.op("Add", [answers, share])]);
}

/**
 * The keys of all heads stand in one block-diagonal matrix, so that one large product replaces many thin ones.
 * @param key [batch, heads, d, tokens]
 * @returns [batch, pixels, heads·tokens]
 */
function scoreProjected(
  b: GraphBuilder,
  { query }: ProjectedImage,
  key: Value,
  { inner, heads }: AttentionSizes,
): Value {
  const [batch, , depth, count] = key.dims;
  const blocks = b.op("Mul", [
    b.reshape(key, [batch, heads, depth, 1, count]),
    b.constant(identity(heads), [1, heads, 1, heads, 1]),
  ]);
  const rows = rowName(count, heads);
  const columns = b.reshape(blocks, [batch, inner, rows]);
  return b.node("MatMul", [query, columns], {}, "float32", [batch, query.dims[1], rows]);
}

/** As {@link scoreProjected}. */
function scorePlaced(
  b: GraphBuilder,
  w: Weights,
  { placed }: PlacedImage,
  key: Value,
  { width, inner, heads }: AttentionSizes,
): Value {
  const [batch, , depth, count] = key.dims;
  const rows = rowName(count, heads);
  const queryWeight = headWeights(b, w.scope("q_proj").value(b, "weight", [inner, width]), heads);
  const queryBias = b.reshape(w.scope("q_proj").value(b, "bias", [inner]), [1, heads, 1, depth]);
  const asked = b.op("MatMul", [queryWeight, key]);
  const columns = b.reshape(b.transpose(asked, [0, 2, 1, 3]), [batch, width, rows]);
  const offset = b.op("MatMul", [queryBias, key]);
  const product = b.node("MatMul", [placed, columns], {}, "float32", [batch, placed.dims[1], rows]);
  return b.op("Add", [product, b.reshape(offset, [batch, 1, rows])]);
}

/** The identity matrix, row-major. */
export function identity(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, n) => (n % (size + 1) === 0 ? 1 : 0));
}

/** The name of a size of `heads` × tokens. */
function rowName(count: number | string, heads: number): number | string {
  return typeof count === "number" ? count * heads : `${heads}*(${count})`;
}

/** [batch, tokens, heads·d] → [batch, heads, tokens, d] */
function splitHeads(b: GraphBuilder, x: Value, { inner, heads }: AttentionSizes): Value {
  const [batch, tokens] = x.dims;
  return b.transpose(b.reshape(x, [batch, tokens, heads, inner / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, tokens, d] → [batch, tokens, heads·d] */
function joinHeads(b: GraphBuilder, x: Value, inner: number): Value {
  const joined = b.transpose(x, [0, 2, 1, 3]);
  return b.reshape(joined, [joined.dims[0], joined.dims[1], inner]);
}

/** A projection [heads·d, width] by head and transposed, [1, heads, width, d]. */
function headWeights(b: GraphBuilder, weight: Value, heads: number): Value {
  const [inner, width] = weight.dims as number[];
  return b.transpose(b.reshape(weight, [1, heads, inner / heads, width]), [0, 1, 3, 2]);
}
