import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { affine, conv2d } from "./layers.js";
import { type DecodedMasks, outputTokens, predictIou } from "./mask-decoder.js";
import { densePositions, embedPoints, type PromptSizes } from "./prompt-encoder.js";
import { type TransformerImage, twoWayTransformer } from "./two-way-transformer.js";
import type { Weights } from "./weights.js";

/** Whether the decoder is DeSAM's. */
export function isDeSam(w: Weights): boolean {
  return w.has("mask_decoder.pimm.mask_embedding_fusion.conv1.conv.weight");
}

/** Whether a tensor belongs to the mask module, which a base model does not have. */
export const isMaskModule = (name: string) => name.startsWith("mask_decoder.pimm.");

/** PyTorch's default for `nn.InstanceNorm2d`, and DeSAM's slope below 0. */
const [epsilon, slope] = [1e-5, 0.01];

/**
 * What DeSAM's mask module makes of the image alone, `conv_blocks_context` of its `PIMMDecoder`: the same for every
 * prompt.
 * @param w the model
 * @param features of the image encoder, early ones first, [1, channels, n·embedSize, n·embedSize]
 * @returns [1, channels / 2ᵈ, 2ᵈ·embedSize, 2ᵈ·embedSize] for d = 0, 1, …
 */
export function deSamLevels(b: GraphBuilder, w: Weights, features: readonly Value[]): Value[] {
  const module = w.scope("mask_decoder.pimm");
  return [...features].reverse().map((feature, d) => upwards(b, module.scope(`conv_blocks_context.${d}`), feature));
}

/** The shapes of {@link deSamLevels}, one for each feature. */
export function levelDims(w: Weights, { embedSize }: PromptSizes, features: number): (readonly number[])[] {
  const channels = w.dims("mask_decoder.pimm.conv_blocks_context.0.block_init.conv1.conv.weight")?.[0] ?? 0;
  return Array.from({ length: features }, (_, d) => [1, channels / 2 ** d, embedSize * 2 ** d, embedSize * 2 ** d]);
}

/**
 * DeSAM's decoder (Gao et al., "DeSAM: decoupled segment anything model for generalizable medical image segmentation",
 * 2023; modeling/mask_decoder.py). Prompts only go through SAM's transformer, whose image side then meets features of
 * the image encoder that no prompt has touched: a wrong prompt can spoil less. One mask for each prompt.
 * @param w the model
 * @param image its keys: those of `decoderKeys`, with SAM's embedding of no mask
 * @param levels of {@link deSamLevels}
 */
export function deSamDecoder(
  b: GraphBuilder,
  w: Weights,
  image: TransformerImage,
  levels: readonly Value[],
  prompts: { readonly coords: Value; readonly labels: Value },
  sizes: PromptSizes,
): DecodedMasks {
  const { embedSize, width, normEpsilon } = sizes;
  const encoder = w.scope("prompt_encoder");
  const decoder = w.scope("mask_decoder");
  const positions = b.constant(densePositions(encoder, sizes), [1, embedSize * embedSize, width]);
  const sparse = embedPoints(b, encoder, prompts.coords, prompts.labels, sizes);
  const masks = decoder.dims("mask_tokens.weight")?.[0] ?? 0;
  const tokens = b.op("Concat", [outputTokens(b, decoder, sparse, width), sparse], { axis: 1 });
  const attended = twoWayTransformer(b, decoder.scope("transformer"), image, positions, tokens, normEpsilon);
  const [batch] = tokens.dims;
  const predictedIou = b.slice(predictIou(b, decoder, attended.tokens, masks, width), 1, 0, 1);
  const pictures = b.reshape(b.transpose(attended.image, [0, 2, 1]), [batch, width, embedSize, embedSize]);
  return { lowResLogits: maskModule(b, decoder.scope("pimm"), pictures, levels), predictedIou };
}

/**
 * The rest of DeSAM's prompt-invariant mask module, a small U-Net upwards: `PIMMDecoder`.
 * @param embedding [batch, width, embedSize, embedSize], the transformer's image side
 * @returns [batch, 1, 4·embedSize, 4·embedSize], logits
 */
function maskModule(b: GraphBuilder, w: Weights, embedding: Value, levels: readonly Value[]): Value {
  const fused = b.op("Concat", [embedding, forEachPrompt(b, levels[0], embedding)], { axis: 1 });
  let x = residual(b, w.scope("mask_embedding_fusion"), fused);
  for (let u = 0; u < levels.length - 1; u++) {
    const block = w.scope(`conv_blocks_localization.${u}`);
    const larger = doubled(b, block.scope("transp_conv"), x);
    const skip = forEachPrompt(b, levels[u + 1], larger);
    x = residual(b, block.scope("res_block"), b.op("Concat", [larger, skip], { axis: 1 }));
  }
  const output = w.scope(`seg_outputs.${levels.length - 2}`);
  return conv2d(b, x, output.value(b, "weight", [1, x.dims[1] as number, 1, 1]), null, { kernel: 1 });
}

/** A level's features, doubled in size as often as the block says: `PreUpBlock`. */
function upwards(b: GraphBuilder, w: Weights, feature: Value): Value {
  let x = residual(b, w.scope("block_init"), feature);
  for (let n = 0; n < w.count("residual_block."); n++) {
    const block = w.scope(`residual_block.${n}`);
    x = residual(b, block.scope("1"), doubled(b, block.scope("0"), x));
  }
  return x;
}

/** Two convolutions with norms, weighed by channel, beside a shortcut: `UnetResSEBlock`. */
function residual(b: GraphBuilder, w: Weights, x: Value): Value {
  const [outputs, inputs] = w.dims("conv1.conv.weight") ?? [0, 0];
  const convolved = (name: string, input: Value, from: number, kernel: number) => {
    const weight = w.value(b, `${name}.conv.weight`, [outputs, from, kernel, kernel]);
    return instanceNorm(b, conv2d(b, input, weight, null, { kernel, pad: (kernel - 1) / 2 }));
  };
  const first = leaky(b, convolved("conv1", x, inputs, 3));
  const second = weighed(b, w.scope("se"), convolved("conv2", first, outputs, 3));
  const shortcut = inputs === outputs ? x : convolved("conv3", x, inputs, 1);
  return leaky(b, b.op("Add", [second, shortcut]));
}

/** Each channel times what two small layers make of the means of all: `SELayer`. */
function weighed(b: GraphBuilder, w: Weights, x: Value): Value {
  const [batch, channels] = x.dims as [number, number];
  const hidden = w.dims("fc.0.weight")?.[0] ?? 0;
  const means = b.reshape(b.reduceMean(x, [2, 3]), [batch, channels]);
  const squeezed = b.op("Relu", [affine(b, means, w.value(b, "fc.0.weight", [hidden, channels]), null)]);
  const weights = b.op("Sigmoid", [affine(b, squeezed, w.value(b, "fc.2.weight", [channels, hidden]), null)]);
  return b.op("Mul", [x, b.reshape(weights, [batch, channels, 1, 1])]);
}

/** ReLU with a slope below 0, from operators that have a gradient. */
function leaky(b: GraphBuilder, x: Value): Value {
  const above = b.op("Mul", [b.op("Relu", [x]), b.scalar(1 - slope)]);
  return b.op("Add", [above, b.op("Mul", [x, b.scalar(slope)])]);
}

/** Each channel of each picture to mean 0 and variance 1: layer normalization over its pixels. */
function instanceNorm(b: GraphBuilder, x: Value): Value {
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const pixels = height * width;
  const ones = b.constant(new Float32Array(pixels).fill(1), [pixels]);
  const rows = b.reshape(x, [batch, channels, pixels]);
  return b.reshape(b.op("LayerNormalization", [rows, ones], { axis: -1, epsilon: { float: epsilon } }), x.dims);
}

/** A transposed convolution of 2×2 with stride 2, without bias. */
function doubled(b: GraphBuilder, w: Weights, x: Value): Value {
  const [inputs, outputs] = w.dims("conv.weight") ?? [0, 0];
  const weight = w.value(b, "conv.weight", [inputs, outputs, 2, 2]);
  return b.op("ConvTranspose", [x, weight], { kernel_shape: [2, 2], strides: [2, 2] });
}

/** Features of the image, repeated for each prompt of `like`. */
function forEachPrompt(b: GraphBuilder, x: Value, like: Value): Value {
  const [batch] = like.dims;
  if (batch === x.dims[0]) return x;
  const count = b.node("Shape", [like], { start: 0, end: 1 }, "int64", [1]);
  const shape = b.op("Concat", [count, b.int64(x.dims.slice(1) as number[])], { axis: 0 });
  return b.expand(x, [batch, ...x.dims.slice(1)], shape);
}

/**
 * Names and shapes of the mask module's tensors, including those in the published files that are not used.
 * @param features shapes of what the encoder gives, early ones first
 * @param channels of the first level
 */
export function maskModuleShapes(
  { width, embedSize }: PromptSizes,
  features: readonly (readonly number[])[],
  channels: number,
): [name: string, dims: readonly number[]][] {
  const shapes: [string, readonly number[]][] = [];
  const add = (name: string, dims: readonly number[]) => shapes.push([`mask_decoder.pimm.${name}`, dims]);
  const block = (at: string, inputs: number, outputs: number) => {
    add(`${at}.conv1.conv.weight`, [outputs, inputs, 3, 3]);
    add(`${at}.conv2.conv.weight`, [outputs, outputs, 3, 3]);
    add(`${at}.conv3.conv.weight`, [outputs, inputs, 1, 1]);
    add(`${at}.se.fc.0.weight`, [outputs / 16, outputs]);
    add(`${at}.se.fc.2.weight`, [outputs, outputs / 16]);
  };
  const widths = features.map((_, d) => channels / 2 ** d);
  [...features].reverse().forEach(([, inputs, side], d) => {
    block(`conv_blocks_context.${d}.block_init`, inputs, widths[d]);
    // A feature that is larger than the embedding already needs fewer doublings.
    const doublings = d - Math.log2(side / embedSize);
    for (let n = 0; n < doublings; n++) {
      add(`conv_blocks_context.${d}.residual_block.${n}.0.conv.weight`, [widths[d], widths[d], 2, 2]);
      block(`conv_blocks_context.${d}.residual_block.${n}.1`, widths[d], widths[d]);
    }
  });
  for (let u = 0; u < widths.length - 1; u++) {
    add(`conv_blocks_localization.${u}.transp_conv.conv.weight`, [widths[u], widths[u + 1], 2, 2]);
    block(`conv_blocks_localization.${u}.res_block`, 2 * widths[u + 1], widths[u + 1]);
    add(`seg_outputs.${u}.weight`, [1, widths[u + 1], 1, 1]);
  }
  block("mask_embedding_fusion", width + channels, channels);
  return shapes;
}
