import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { affine, type ConvolutionWeights, conv2d, convBatchNorm, foldBatchNorm } from "./layers.js";
import { type Encoded, neck, resizeSquare, toTokens } from "./neck.js";
import type { Weights } from "./weights.js";

/** Whether the image encoder is RepViT's. @param w the model */
export function isRepViT(w: Weights): boolean {
  return w.has("image_encoder.features.0.0.c.weight");
}

/** Whether the image encoder is EdgeSAM's, which adds its two last stages. @param w the model */
export function isEdgeSam(w: Weights): boolean {
  return w.has("image_encoder.fuse_stage2.weight");
}

/** Channels of the stages. @param w below `image_encoder` */
export function repVitStages(w: Weights): number[] {
  const first = w.dims("features.0.2.c.weight")?.[0];
  const others = Array.from({ length: w.count("features.") - 1 }, (_, n) => {
    return w.dims(`features.${n + 1}.token_mixer.2.c.weight`)?.[0];
  });
  return [first, ...others].filter((channels) => channels !== undefined);
}

/**
 * RepViT as SAM image encoder: RepViT-SAM, whose last stage keeps the resolution of the one before, and EdgeSAM, which
 * halves it and adds the two. Sources: Wang et al., "RepViT: revisiting mobile CNN from ViT perspective" and
 * "RepViT-SAM", 2023; Zhou et al., "EdgeSAM", 2023. Sizes are read from the weights.
 * @param image [1, 3, size, size], preprocessed
 * @returns the embedding [1, 256, size/16, size/16]; features are what the last three stages give, EdgeSAM's last two
 * as they are added
 */
export function repVit(b: GraphBuilder, w: Weights, image: Value): Encoded {
  const stages = repVitStages(w);
  const isFused = w.has("fuse_stage2.weight");
  const outputs: Value[] = [];
  let x = b.segment(image, (picture) => patchEmbed(b, w.scope("features.0"), picture, stages[0]));
  for (let n = 1; n < w.count("features."); n++) {
    const block = w.scope(`features.${n}`);
    if (isDownsampling(block)) outputs.push(x);
    const isLast = outputs.length === stages.length - 1;
    const stride = isLast && !isFused ? 1 : 2;
    x = b.segment(x, (y) => repVitBlock(b, block, y, stages[outputs.length], stride));
  }
  outputs.push(x);
  const features = isFused ? fuse(b, w, outputs) : outputs.slice(-3);
  const last = isFused ? b.op("Add", features.slice(-2)) : x;
  const [, channels, size] = last.dims as number[];
  return { image: neck(b, w.scope("neck"), toTokens(b, last), channels, size), features, early: null };
}

const gelu = (b: GraphBuilder, x: Value) => b.op("Gelu", [x]);

function patchEmbed(b: GraphBuilder, w: Weights, image: Value, channels: number): Value {
  const options = { kernel: 3, stride: 2, pad: 1 };
  const x = gelu(b, convBatchNorm(b, w.scope("0"), image, channels / 2, options));
  return convBatchNorm(b, w.scope("2"), x, channels, options);
}

const isDownsampling = (w: Weights) => w.has("token_mixer.2.c.weight");

/**
 * A depthwise convolution that mixes pixels, squeeze and excitation in every other block, and an MLP that mixes
 * channels.
 */
function repVitBlock(b: GraphBuilder, w: Weights, x: Value, channels: number, stride: number): Value {
  const inputs = x.dims[1] as number;
  const mixer = w.scope("token_mixer");
  const first = mixer.scope("0");
  const depthwise = { kernel: 3, pad: 1, groups: inputs };
  let y: Value;
  if (isDownsampling(w)) {
    y = gate(b, mixer.scope("1"), convBatchNorm(b, first, x, inputs, { ...depthwise, stride }));
    y = convBatchNorm(b, mixer.scope("2"), y, channels, { kernel: 1 });
  } else {
    const { weight, bias } = mergedBranches(b, first, inputs);
    y = gate(b, mixer.scope("1"), conv2d(b, x, weight, bias, depthwise));
  }
  const mlp = w.scope("channel_mixer.m");
  const hidden = mlp.dims("0.c.weight")?.[0] ?? 0;
  const inner = gelu(b, convBatchNorm(b, mlp.scope("0"), y, hidden, { kernel: 1 }));
  return b.op("Add", [y, convBatchNorm(b, mlp.scope("2"), inner, channels, { kernel: 1 })]);
}

/**
 * The depthwise branches 3×3, 1×1, and identity as one 3×3 convolution. RepViT-SAM normalizes the first and then their
 * sum, EdgeSAM (as RepViT's first version) each of the first two.
 */
function mergedBranches(b: GraphBuilder, w: Weights, channels: number): ConvolutionWeights {
  const wide = { weight: w.value(b, "conv.c.weight", [channels, 1, 3, 3]), bias: null };
  const square = foldBatchNorm(b, w.scope("conv.bn"), wide);
  const [one, of] = [[channels, 1, 1, 1], w.has("conv1.c.weight") ? w.scope("conv1.c") : w.scope("conv1")];
  const weight = of.value(b, "weight", one);
  const point = w.has("conv1.c.weight")
    ? foldBatchNorm(b, w.scope("conv1.bn"), { weight, bias: null })
    : { weight, bias: of.value(b, "bias", [channels]) };
  const center = b.constant(Float32Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0), [1, 1, 3, 3]);
  const middle = b.op("Mul", [b.op("Add", [point.weight, b.scalar(1)]), center]);
  const sum = { weight: b.op("Add", [square.weight, middle]), bias: b.op("Add", [square.bias, point.bias]) };
  return w.has("bn.weight") ? foldBatchNorm(b, w.scope("bn"), sum) : sum;
}

/**
 * Squeeze and excitation, if the block has it: scales each channel by the output of two small layers on the means of
 * all channels.
 */
function gate(b: GraphBuilder, w: Weights, x: Value): Value {
  const hidden = w.dims("fc1.weight")?.[0];
  if (hidden === undefined) return x;
  const channels = x.dims[1] as number;
  const layer = (at: Weights, input: Value, from: number, to: number) => {
    const weight = b.reshape(at.value(b, "weight", [to, from, 1, 1]), [to, from]);
    return affine(b, input, weight, at.value(b, "bias", [to]));
  };
  const means = b.reshape(b.reduceMean(x, [2, 3]), [1, channels]);
  const squeezed = b.op("Relu", [layer(w.scope("fc1"), means, channels, hidden)]);
  const weights = b.op("Sigmoid", [layer(w.scope("fc2"), squeezed, hidden, channels)]);
  return b.op("Mul", [x, b.reshape(weights, [1, channels, 1, 1])]);
}

/** EdgeSAM's last two stages with the neck's width and at one resolution, after the stage before them. */
function fuse(b: GraphBuilder, w: Weights, outputs: readonly Value[]): Value[] {
  const [before, fine, coarse] = outputs.slice(-3);
  const narrowed = (name: string, x: Value) => {
    const width = w.dims(name)?.[0] ?? 0;
    return conv2d(b, x, w.value(b, name, [width, x.dims[1] as number, 1, 1]), null, { kernel: 1 });
  };
  const size = fine.dims[2] as number;
  const [large, small] = [narrowed("fuse_stage2.weight", fine), narrowed("fuse_stage3.op_list.0.weight", coarse)];
  return [before, large, resizeSquare(b, small, size, "bicubic")];
}
