import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { adaptMlp, adaptTokens } from "./block-adapters.js";
import { affine, convBatchNorm, layerNorm, linear } from "./layers.js";
import { type Encoded, neck, toImage, toTokens } from "./neck.js";
import type { Weights } from "./weights.js";
import { headWindows, joinWindows, windowing } from "./windows.js";

/**
 * TinyViT as SAM image encoder: LiteMedSAM (256×256 in) and MobileSAM (1024×1024 in).
 * Source: Wu et al., "TinyViT", 2022; MobileSAM and LiteMedSAM's tiny_vit_sam.py. Sizes are read from the weights.
 * @param image [1, 3, size, size], preprocessed
 * @returns the embedding [1, 256, 64, 64]; features are what the stages with attention give; `early`
 * is what enters the third stage
 */
export function tinyVit(b: GraphBuilder, w: Weights, image: Value): Encoded {
  const dims = stageDims(w);
  const features: Value[] = [];
  let early: Value | null = null;
  let x = b.segment(image, (picture) => patchEmbed(b, w.scope("patch_embed.seq"), picture, dims[0]));
  for (let n = 0; n < w.scope("layers.0").count("blocks."); n++) {
    x = b.segment(x, (y) => mobileConv(b, w.scope(`layers.0.blocks.${n}`), y, dims[0]));
  }
  let size = x.dims[2] as number;
  for (let stage = 1; stage < dims.length; stage++) {
    x = b.segment(x, (y) => patchMerging(b, w.scope(`layers.${stage - 1}.downsample`), y, dims[stage]));
    size = x.dims[2] as number;
    if (stage === 2) early = x;
    let tokens = toTokens(b, x);
    for (let n = 0; n < w.scope(`layers.${stage}`).count("blocks."); n++) {
      tokens = b.segment(tokens, (y) => block(b, w.scope(`layers.${stage}.blocks.${n}`), y, dims[stage], size));
    }
    x = toImage(b, tokens, size);
    features.push(x);
    if (stage === dims.length - 1)
      return { image: neck(b, w.scope("neck"), tokens, dims[stage], size), features, early };
  }
  throw new RangeError("TinyViT has at least two stages");
}

/** Channels of each stage: those of the patch embedding, then of each downsampling. */
function stageDims(w: Weights): number[] {
  const dims = [w.dims("patch_embed.seq.2.c.weight")?.[0] ?? 0];
  for (let stage = 0; w.has(`layers.${stage}.downsample.conv1.c.weight`); stage++) {
    dims.push(w.dims(`layers.${stage}.downsample.conv1.c.weight`)?.[0] ?? 0);
  }
  return dims;
}

const gelu = (b: GraphBuilder, x: Value) => b.op("Gelu", [x]);

/** LiteMedSAM embeds pixels one by one (1×1); TinyViT itself and MobileSAM use 3×3 with stride 2. */
function patchEmbed(b: GraphBuilder, w: Weights, image: Value, channels: number): Value {
  const kernel = w.dims("0.c.weight")?.[2] ?? 1;
  const options = kernel === 1 ? { kernel } : { kernel, stride: 2, pad: 1 };
  const x = gelu(b, convBatchNorm(b, w.scope("0"), image, channels / 2, options));
  return convBatchNorm(b, w.scope("2"), x, channels, options);
}

/** MobileNet's inverted bottleneck with a residual. */
function mobileConv(b: GraphBuilder, w: Weights, x: Value, channels: number): Value {
  const hidden = w.dims("conv1.c.weight")?.[0] ?? 0;
  let y = gelu(b, convBatchNorm(b, w.scope("conv1"), x, hidden, { kernel: 1 }));
  y = gelu(b, convBatchNorm(b, w.scope("conv2"), y, hidden, { kernel: 3, pad: 1, groups: hidden }));
  y = convBatchNorm(b, w.scope("conv3"), y, channels, { kernel: 1 });
  return gelu(b, b.op("Add", [y, x]));
}

/** Widths that TinyViT-SAM keeps at the same resolution (tiny_vit_sam.py, `PatchMerging`). */
const sameResolution = new Set([320, 448, 576]);

function patchMerging(b: GraphBuilder, w: Weights, x: Value, channels: number): Value {
  const stride = sameResolution.has(channels) ? 1 : 2;
  let y = gelu(b, convBatchNorm(b, w.scope("conv1"), x, channels, { kernel: 1 }));
  y = gelu(b, convBatchNorm(b, w.scope("conv2"), y, channels, { kernel: 3, stride, pad: 1, groups: channels }));
  return convBatchNorm(b, w.scope("conv3"), y, channels, { kernel: 1 });
}

/** Window attention, a depthwise convolution, an MLP; `tokens` is [size², channels]. */
function block(b: GraphBuilder, w: Weights, tokens: Value, channels: number, size: number): Value {
  const answer = adaptTokens(
    b,
    w.scope("Space_Adapter"),
    windowAttention(b, w.scope("attn"), tokens, channels, size),
    channels,
  );
  const attended = b.op("Add", [tokens, answer]);
  const local = convBatchNorm(b, w.scope("local_conv"), toImage(b, attended, size), channels, {
    kernel: 3,
    pad: 1,
    groups: channels,
  });
  const mixed = toTokens(b, local);
  const normed = layerNorm(b, w.scope("mlp.norm"), mixed, channels);
  const result = b.op("Add", [mixed, mlp(b, w.scope("mlp"), normed, channels)]);
  return adaptMlp(b, w, result, { besideMlp: mixed, normed }, { channels, size });
}

function mlp(b: GraphBuilder, w: Weights, normed: Value, channels: number): Value {
  const hidden = w.dims("fc1.weight")?.[0] ?? 0;
  const y = linear(b, w.scope("fc1"), normed, channels, hidden);
  return linear(b, w.scope("fc2"), gelu(b, y), hidden, channels);
}

/**
 * Attention inside square windows, softmax(q kᵀ/√d + bias) v. Where the picture is no multiple of the window it is
 * padded at the right and bottom with zeros *before* the norm, so that a padded token is the norm's bias: one such row
 * is appended. The projections are taken once for each token; gathers then pad, cut windows and separate the heads,
 * where the usual way reshapes and transposes seven times.
 */
function windowAttention(b: GraphBuilder, w: Weights, tokens: Value, channels: number, size: number): Value {
  const [heads, offsets] = w.dims("attention_biases") ?? [0, 0];
  const windows = windowing(size, Math.sqrt(offsets));
  const normed = layerNorm(b, w.scope("norm"), tokens, channels);
  const padding = b.reshape(w.scope("norm").value(b, "bias", [channels]), [1, channels]);
  const rows = b.op("Concat", [normed, padding], { axis: 0 });
  const projected = scaledProjection(b, w.scope("qkv"), rows, channels, heads);
  // TinyViT's projections are ordered [head][q | k | v][d].
  const [query, key, value] = [0, 1, 2].map((part) => headWindows(b, projected, windows, heads, part));
  const table = pairBiases(b, w.value(b, "attention_biases", [heads, offsets]), heads, windows.length);
  const scores = b.op("Add", [b.op("MatMul", [query, b.transpose(key, [0, 1, 3, 2])]), table]);
  const mixed = b.op("MatMul", [b.op("Softmax", [scores], { axis: -1 }), value]);
  return linear(b, w.scope("proj"), joinWindows(b, mixed, windows), channels, channels);
}

/** Query, key and value of each row, with the queries' scale 1/√d folded into the weights. */
function scaledProjection(b: GraphBuilder, w: Weights, rows: Value, channels: number, heads: number): Value {
  const depth = channels / heads;
  const isQuery = (row: number) => Math.floor(row / depth) % 3 === 0;
  const scale = Float32Array.from({ length: 3 * channels }, (_, row) => (isQuery(row) ? depth ** -0.5 : 1));
  const weight = b.op("Mul", [w.value(b, "weight", [3 * channels, channels]), b.constant(scale, [3 * channels, 1])]);
  const bias = b.op("Mul", [w.value(b, "bias", [3 * channels]), b.constant(scale, [3 * channels])]);
  return affine(b, rows, weight, bias);
}

/**
 * The learned bias of each pair of positions in a window, [1, heads, length², length²]: it depends on |Δrow|, |Δcolumn|
 * only, and offsets are numbered in the order in which they first occur (tiny_vit_sam.py, `Attention`), which for a
 * square window is row-major.
 */
function pairBiases(b: GraphBuilder, biases: Value, heads: number, length: number): Value {
  const places = length * length;
  const indices = Int32Array.from({ length: places * places }, (_, n) => {
    const [p, q] = [Math.floor(n / places), n % places];
    const rows = Math.abs(Math.floor(p / length) - Math.floor(q / length));
    return rows * length + Math.abs((p % length) - (q % length));
  });
  const gathered = b.op("Gather", [biases, b.constant(indices, [places * places])], { axis: 1 });
  return b.reshape(gathered, [1, heads, places, places]);
}
