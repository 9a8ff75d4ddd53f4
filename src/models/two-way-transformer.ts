import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import {
  type AttendedImage,
  type AttentionSizes,
  imageToToken,
  type ProjectedImage,
  projectImage,
  selfAttention,
  tokenToImage,
} from "./attention.js";
import { layerNorm, linear } from "./layers.js";
import type { Weights } from "./weights.js";

/**
 * SAM has eight heads everywhere in the decoder and halves the width in cross-attention (transformer.py,
 * mask_decoder.py).
 */
const heads = 8;
const downsampling = 2;

export interface TwoWayResult {
  /** [batch, tokens, width] */
  readonly tokens: Value;
  /** [batch, pixels, width] */
  readonly image: Value;
}

/** The image as the two-way transformer takes it. */
export interface TransformerImage {
  /** [batch or 1, pixels, width], image embedding plus dense prompt */
  readonly keys: Value;
  /** The first layer's projections of it; null to compute what is needed of them for each prompt. */
  readonly projected: ProjectedImage | null;
}

/** The sizes of cross-attention in a decoder of `width` channels. */
export function crossSizes(width: number): AttentionSizes {
  return { width, inner: width / downsampling, heads };
}

/**
 * The first layer's projections of an image.
 * @param keys [1, pixels, width], image embedding plus dense prompt
 * @param positions [1, pixels, width]
 */
export function projectForTransformer(b: GraphBuilder, w: Weights, keys: Value, positions: Value): ProjectedImage {
  const image = { plain: keys, placed: b.op("Add", [keys, positions]) };
  return projectImage(b, w.scope("layers.0"), image, crossSizes(keys.dims[2] as number));
}

/**
 * SAM's two-way transformer (transformer.py, `TwoWayTransformer`): prompt tokens and image attend to each other.
 * @param positions [1, pixels, width]
 * @param tokens [batch, tokens, width], which are also the positions of the queries
 * @param epsilon of the layer norms, PyTorch's by default
 */
export function twoWayTransformer(
  b: GraphBuilder,
  w: Weights,
  { keys: image, projected }: TransformerImage,
  positions: Value,
  tokens: Value,
  epsilon?: number,
): TwoWayResult {
  const width = tokens.dims[2] as number;
  const self: AttentionSizes = { width, inner: width, heads };
  const cross = crossSizes(width);
  const add = (x: Value, y: Value) => b.op("Add", [x, y]);
  const norm = (at: Weights, x: Value) => layerNorm(b, at, x, width, epsilon);
  const place = (x: Value): AttendedImage => ({
    plain: x,
    placed: b.node("Add", [x, positions], {}, x.type, x.dims),
  });
  let queries = tokens;
  let keys = image;
  let attended = projected ?? place(keys);
  // SAM has two: a file without the second is incomplete.
  for (let n = 0; n < Math.max(2, w.count("layers.")); n++) {
    const layer = w.scope(`layers.${n}`);
    if (isEfficient(layer)) {
      if (n > 0) queries = add(queries, tokens);
      queries = add(queries, selfAttention(b, layer.scope("self_attn"), queries, queries, self));
    } else if (n === 0) queries = selfAttention(b, layer.scope("self_attn"), queries, queries, self);
    else queries = add(queries, selfAttention(b, layer.scope("self_attn"), add(queries, tokens), queries, self));
    queries = norm(layer.scope("norm1"), queries);

    const seen = tokenToImage(b, layer.scope("cross_attn_token_to_image"), add(queries, tokens), attended, cross);
    queries = norm(layer.scope("norm2"), add(queries, seen));

    queries = norm(layer.scope("norm3"), add(queries, mlp(b, layer.scope("mlp"), queries, width)));

    const toToken = layer.scope("cross_attn_image_to_token");
    const told = imageToToken(b, toToken, attended, add(queries, tokens), queries, cross);
    const sum = b.node("Add", [keys, told], {}, told.type, told.dims);
    keys = norm(layer.scope("norm4"), sum);
    attended = place(keys);
  }
  const last = tokenToImage(b, w.scope("final_attn_token_to_image"), add(queries, tokens), attended, cross);
  return { tokens: norm(w.scope("norm_final_attn"), add(queries, last)), image: keys };
}

/**
 * EfficientSAM's form of a layer, which Medical SAM Adapter took over: its MLP has other names, self-attention adds to
 * the queries in the first layer too, and in the later ones the positions stay in the queries.
 * @param w the layer
 */
function isEfficient(w: Weights): boolean {
  return w.has("mlp.fc.weight");
}

function mlp(b: GraphBuilder, w: Weights, x: Value, width: number): Value {
  if (w.has("fc.weight")) {
    const inner = w.dims("fc.weight")?.[1] ?? 0;
    return linear(b, w.scope("fc"), b.op("Relu", [linear(b, w.scope("layers.0.0"), x, width, inner)]), inner, width);
  }
  const hidden = w.dims("lin1.weight")?.[0] ?? 0;
  return linear(b, w.scope("lin2"), b.op("Relu", [linear(b, w.scope("lin1"), x, width, hidden)]), hidden, width);
}
