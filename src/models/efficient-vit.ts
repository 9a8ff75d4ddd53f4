import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { conv2d, foldBatchNorm } from "./layers.js";
import { type Encoded, resizeSquare } from "./neck.js";
import { channelNorm } from "./prompt-encoder.js";
import type { Weights } from "./weights.js";

/** Whether the image encoder is EfficientViT's. @param w the model */
export function isEfficientViT(w: Weights): boolean {
  return w.has("image_encoder.backbone.stages.0.op_list.0.conv.weight");
}

/** Channels of the stages. @param w below `image_encoder` */
export function efficientVitStages(w: Weights): number[] {
  return Array.from({ length: w.scope("backbone").count("stages.") }, (_, n) => {
    const first = w.scope(`backbone.stages.${n}.op_list.0`);
    const last = first.dims("conv.weight") ?? lastConvolution(first.scope("main"))?.dims("conv.weight");
    return last?.[0] ?? 0;
  });
}

/** EfficientViT-SAM sets it for all its norms, those of the decoder included (sam_model_zoo.py). */
export const efficientVitEpsilon = 1e-6;

/** SAM's embedding, whatever the input. */
const embedSize = 64;

/**
 * EfficientViT as SAM image encoder: EfficientViT-SAM L0, L1, and L2 (512×512 in), XL0 and XL1 (1024×1024 in). Sources:
 * Cai et al., "EfficientViT: multi-scale linear attention for high-resolution dense prediction", 2023; Zhang et al.,
 * "EfficientViT-SAM", 2024. Kinds and sizes of blocks are read from the weights.
 * @param image [1, 3, size, size], preprocessed
 * @returns the embedding [1, 256, 64, 64]; features are the last three stages as the neck adds them
 */
export function efficientVit(b: GraphBuilder, w: Weights, image: Value): Encoded {
  let x = image;
  const outputs: Value[] = [];
  for (let stage = 0; stage < w.scope("backbone").count("stages."); stage++) {
    const list = w.scope(`backbone.stages.${stage}`);
    for (let n = 0; n < list.count("op_list."); n++) {
      x = b.segment(x, (y) => backboneBlock(b, list.scope(`op_list.${n}`), y, n === 0));
    }
    outputs.push(x);
  }
  // Late stages first.
  const inputs = outputs.slice(-3).reverse();
  const features = inputs.map((output, n) => {
    const narrowed = convolution(b, w.scope(`neck.input_ops.${n}.op_list.0`), output, {});
    return resizeSquare(b, narrowed, embedSize, "bicubic");
  });
  let y = features.reduce((sum, feature) => b.op("Add", [sum, feature]));
  const middle = w.scope("neck.middle");
  for (let n = 0; n < middle.count("op_list."); n++) {
    y = b.segment(y, (before) => residual(b, before, local(b, middle.scope(`op_list.${n}.main`), before, 1)));
  }
  const embedding = convolution(b, w.scope("neck.output_ops.0.op_list.0"), y, {});
  const channels = embedding.dims[1] as number;
  return { image: channelNorm(b, w.scope("norm"), embedding, channels), features: features.reverse(), early: null };
}

/** The first block of a stage halves the resolution; the others add to what comes in. */
function backboneBlock(b: GraphBuilder, w: Weights, x: Value, isFirst: boolean): Value {
  if (w.has("conv.weight")) return convolution(b, w, x, { stride: 2, isActive: true });
  if (isFirst) return local(b, w.scope("main"), x, 2);
  if (!w.has("context_module.main.qkv.conv.weight")) return residual(b, x, local(b, w.scope("main"), x, 1));
  const attended = residual(b, x, linearAttention(b, w.scope("context_module.main"), x));
  return residual(b, attended, local(b, w.scope("local_module.main"), attended, 1));
}

const residual = (b: GraphBuilder, x: Value, y: Value) => b.op("Add", [x, y]);

/**
 * Names of a block's convolutions, in order. Each kind of block has some of them; all but the last have an activation.
 */
const parts = ["inverted_conv", "conv1", "spatial_conv", "depth_conv", "conv2", "point_conv"] as const;

function lastConvolution(w: Weights): Weights | undefined {
  return parts
    .map((part) => w.scope(part))
    .filter((part) => part.has("conv.weight"))
    .at(-1);
}

/**
 * A block of convolutions: MobileNet's inverted bottleneck (`MBConv`), the same with its first two fused
 * (`FusedMBConv`), or ResNet's two (`ResBlock`). The stride is that of the first with a wide kernel.
 */
function local(b: GraphBuilder, w: Weights, x: Value, stride: number): Value {
  const there = parts.filter((part) => w.has(`${part}.conv.weight`));
  const wide = there.find((part) => w.dims(`${part}.conv.weight`)?.[2] !== 1);
  return there.reduce((y, part) => {
    const isActive = part !== there.at(-1);
    return convolution(b, w.scope(part), y, { isActive, ...(part === wide ? { stride } : {}) });
  }, x);
}

/**
 * A convolution and what follows it: batch normalization if there is one, and the approximate GELU of its activations
 * (nn/act.py).
 */
function convolution(
  b: GraphBuilder,
  w: Weights,
  x: Value,
  { stride = 1, isActive = false }: { readonly stride?: number; readonly isActive?: boolean },
): Value {
  const inputs = x.dims[1] as number;
  const [outputs = 0, perGroup = 1, kernel = 1] = w.dims("conv.weight") ?? [];
  const groups = perGroup === 1 ? inputs : 1;
  const plain = {
    weight: w.value(b, "conv.weight", [outputs, inputs / groups, kernel, kernel]),
    bias: w.has("conv.bias") ? w.value(b, "conv.bias", [outputs]) : null,
  };
  const { weight, bias } = w.has("norm.weight") ? foldBatchNorm(b, w.scope("norm"), plain, efficientVitEpsilon) : plain;
  const y = conv2d(b, x, weight, bias, { kernel, stride, pad: (kernel - 1) / 2, groups });
  return isActive ? b.op("Gelu", [y], { approximate: "tanh" }) : y;
}

/**
 * Linear attention at two scales (`LiteMLA`): softmax is replaced by ReLU, so that Σ v·kᵀ over all pixels is made once
 * and not for each query. The second scale is a depthwise convolution and a product within each head of queries, keys,
 * and values.
 * @param x [1, channels, h, w]
 */
function linearAttention(b: GraphBuilder, w: Weights, x: Value): Value {
  const qkv = convolution(b, w.scope("qkv"), x, {});
  const [, total, height, width] = qkv.dims as number[];
  const depth = w.dims("aggreg.0.1.weight")?.[1] ?? 0;
  const heads = total / (3 * depth);
  const pixels = height * width;
  const scales = Array.from({ length: w.count("aggreg.") }, (_, n) => aggregate(b, w.scope(`aggreg.${n}`), qkv, depth));
  const all = b.op(
    "Concat",
    [qkv, ...scales].map((scale) => b.reshape(scale, [1, heads, 3 * depth, pixels])),
    { axis: 1 },
  );
  const [query, key, value] = [0, 1, 2].map((part) => b.slice(all, 2, part * depth, (part + 1) * depth));
  const [q, k] = [b.op("Relu", [query]), b.op("Relu", [key])];
  const context = b.op("MatMul", [value, b.transpose(k, [0, 1, 3, 2])]);
  const sum = b.transpose(b.reduceSum(k, [3]), [0, 1, 3, 2]);
  const norm = b.op("Add", [b.op("MatMul", [sum, q]), b.scalar(attentionEpsilon)]);
  const mixed = b.op("Div", [b.op("MatMul", [context, q]), norm]);
  const channels = heads * depth * (1 + scales.length);
  return convolution(b, w.scope("proj"), b.reshape(mixed, [1, channels, height, width]), {});
}

const attentionEpsilon = 1e-15;

/**
 * A depthwise convolution, then products in groups of `depth` channels: as a batch of matrices, which has a gradient.
 * @param x [1, channels, h, w]
 * @returns [1, channels / depth, depth, h·w]
 */
function aggregate(b: GraphBuilder, w: Weights, x: Value, depth: number): Value {
  const [, channels, height, width] = x.dims as number[];
  const kernel = w.dims("0.weight")?.[2] ?? 1;
  const wide = w.value(b, "0.weight", [channels, 1, kernel, kernel]);
  const mixed = conv2d(b, x, wide, null, { kernel, pad: (kernel - 1) / 2, groups: channels });
  const groups = channels / depth;
  const weight = b.reshape(w.value(b, "1.weight", [channels, depth, 1, 1]), [1, groups, depth, depth]);
  return b.op("MatMul", [weight, b.reshape(mixed, [1, groups, depth, height * width])]);
}
