import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { fusedAttention } from "./attention.js";
import { adaptTokens } from "./block-adapters.js";
import { conv2d, linear, maxOfFour } from "./layers.js";
import { type Encoded, neck, resizeSquare, toImage, toTokens } from "./neck.js";
import { channelNorm } from "./prompt-encoder.js";
import { isGlobal, vitBlock } from "./vit.js";
import type { Weights } from "./weights.js";

/** Side of SAMUS's pictures in pixels, and of its embedding; its code fixes both (`PatchEmbed0`). */
export const [samusSize, samusGrid] = [256, 32];

/** Patches of 16×16 pixels, one every 8, are cut from the picture enlarged to this side. */
const enlargedSize = 264;

/** How much of the convolutions' branch is added to the last block's tokens. */
const detailShare = 0.5;

/** Whether the image encoder is SAMUS's. @param w the model */
export function isSamus(w: Weights): boolean {
  return w.has("image_encoder.cnn_embed.inc.conv.0.weight") && w.has("image_encoder.input_Adapter.D_fc1.weight");
}

/**
 * SAMUS's image encoder (Lin et al., "SAMUS: adapting segment anything model for clinically-friendly and generalizable
 * ultrasound image segmentation", 2023; segment_anything_samus/modeling/image_encoder.py): SAM's ViT on overlapping
 * patches of a small picture, with a parallel branch of convolutions that the global blocks attend to.
 * @param image [1, 3, 256, 256], preprocessed
 * @param isTrained whether gradients will be taken
 * @returns the embedding [1, 256, 32, 32]; `features`: outputs of all global blocks but the last; `early`: output of
 * the first
 */
export function samus(b: GraphBuilder, w: Weights, image: Value, isTrained: boolean): Encoded {
  const [channels = 0, , kernel = 0] = w.dims("patch_embed.proj.weight") ?? [];
  let details = b.segment(image, (picture) => toTokens(b, convolutions(b, w.scope("cnn_embed"), picture)));
  const patches = b.segment(image, (picture) => {
    const weight = w.value(b, "patch_embed.proj.weight", [channels, 3, kernel, kernel]);
    const bias = w.value(b, "patch_embed.proj.bias", [channels]);
    const enlarged = resizeSquare(b, picture, enlargedSize, "bilinear");
    const cut = conv2d(b, enlarged, weight, bias, { kernel, stride: samusSize / samusGrid });
    return adaptTokens(b, w.scope("input_Adapter"), toTokens(b, cut), channels);
  });
  let tokens = b.op("Add", [patches, positions(b, w, channels)]);
  const sizes = { channels, size: samusGrid, isTrained };
  const features: Value[] = [];
  for (let n = 0; n < w.count("blocks."); n++) {
    const own = w.scope(`blocks.${n}`);
    if (!isGlobal(own)) {
      tokens = b.segment(tokens, (x) => vitBlock(b, own, x, sizes));
      continue;
    }
    const beside = details;
    tokens = b.segment(tokens, (x) => {
      const withDetails = (normed: Value) => b.op("Add", [normed, crossAttention(b, own, normed, beside, channels)]);
      return vitBlock(b, own, x, sizes, withDetails);
    });
    const refine = own.scope("refine_Adapter.conv");
    details = b.segment(beside, (x) => toTokens(b, convolved(b, refine, ["0", "1"], toImage(b, x, samusGrid))));
    features.push(toImage(b, tokens, samusGrid));
  }
  const sum = b.op("Add", [tokens, b.op("Mul", [details, b.scalar(detailShare)])]);
  const embedding = neck(b, w.scope("neck"), sum, channels, samusGrid);
  return { image: embedding, features: features.slice(0, -1), early: features[0] ?? null };
}

/** The branch of convolutions (`SingleCNNEmbed`): as many channels as the ViT has, at its resolution. */
function convolutions(b: GraphBuilder, w: Weights, image: Value): Value {
  let x = convolved(b, w.scope("inc.conv"), ["0", "1"], image);
  for (let n = 0; n < w.count("downs."); n++) x = halved(b, w.scope(`downs.${n}`), x);
  return x;
}

/** SAM's positions of 64×64 tokens, brought to 32×32 by learned convolutions (`PostPosEmbed`): [32², channels]. */
function positions(b: GraphBuilder, w: Weights, channels: number): Value {
  const stored = w.dims("pos_embed")?.[1] ?? 0;
  const table = b.reshape(w.value(b, "pos_embed", [1, stored, stored, channels]), [stored * stored, channels]);
  let x = toImage(b, table, stored);
  for (let n = 0; n < w.count("post_pos_embed.downs."); n++) x = halved(b, w.scope(`post_pos_embed.downs.${n}`), x);
  return toTokens(b, x);
}

function halved(b: GraphBuilder, w: Weights, x: Value): Value {
  return convolved(b, w.scope("maxpool_conv"), ["1", "2"], maxOfFour(b, x));
}

/** A 3×3 convolution, a norm over channels, GELU. @param names of the first two */
function convolved(b: GraphBuilder, w: Weights, [conv, norm]: readonly [string, string], x: Value): Value {
  const outputs = w.dims(`${conv}.weight`)?.[0] ?? 0;
  const weight = w.value(b, `${conv}.weight`, [outputs, x.dims[1] as number, 3, 3]);
  const y = conv2d(b, x, weight, null, { kernel: 3, pad: 1 });
  return b.op("Gelu", [channelNorm(b, w.scope(norm), y, outputs)]);
}

/**
 * Cross-attention of the tokens to the branch of convolutions (`qkvAttention`).
 * @param w the block
 * @param tokens [32², channels], the queries
 * @param details [32², channels], keys and values
 */
function crossAttention(b: GraphBuilder, w: Weights, tokens: Value, details: Value, channels: number): Value {
  const own = w.scope("Space_Adapter");
  const heads = channels / (w.dims("attn.rel_pos_h")?.[1] ?? 1);
  const project = (name: string, x: Value) =>
    b.reshape(linear(b, own.scope(name), x, channels, channels), [1, samusGrid ** 2, channels]);
  const mixed = fusedAttention(b, project("q", tokens), project("k", details), project("v", details), heads, null);
  return linear(b, own.scope("proj"), b.reshape(mixed, [samusGrid ** 2, channels]), channels, channels);
}
