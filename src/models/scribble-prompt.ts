import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { conv2d, maxOfFour } from "./layers.js";
import type { DecodedMasks } from "./mask-decoder.js";
import type { Weights } from "./weights.js";

/** Channels of the prompts, in this order: the box's area, lines and clicks inside and outside the object, logits. */
export const promptChannels = { box: 0, include: 1, exclude: 2, logits: 3, count: 4 } as const;

/** Side of the pictures that the network was trained on; nothing in its weights tells it. */
export const scribblePromptSize = 128;

/** Whether a network is ScribblePrompt's U-Net, which takes a picture and four channels of prompts. */
export function isScribblePrompt(w: Weights): boolean {
  return w.dims("downs.0.conv.0.weight")?.[1] === 1 + promptChannels.count && w.has("final_conv.conv.0.weight");
}

/**
 * ScribblePrompt's U-Net (Wong et al., "ScribblePrompt: fast and flexible interactive segmentation for any biomedical
 * image", 2024; scribbleprompt/models/network.py). It has no image encoder: picture and prompts go through it together.
 * It predicts no IoU; in place of that stands the IoU that its probabilities expect of its mask.
 * @param image [1, 1, side, side], in 0…1
 * @param prompts [batch, 4, side, side], see {@link promptChannels}
 * @returns one mask for each prompt: [batch, 1, side, side] and [batch, 1]
 */
export function scribblePromptNet(b: GraphBuilder, w: Weights, image: Value, prompts: Value): DecodedMasks {
  const levels = w.count("downs.");
  const skips: Value[] = [];
  let x = b.op("Concat", [forEachPrompt(b, image, prompts), prompts], { axis: 1 });
  for (let n = 0; n < levels; n++) {
    const level = convolved(b, w.scope(`downs.${n}`), x);
    skips.push(level);
    x = maxOfFour(b, level);
  }
  x = convolved(b, w.scope("bottleneck"), x);
  for (let n = 0; n < levels; n++) {
    // Its list of modules also counts the upsamplings, which have no weights.
    const joined = b.op("Concat", [skips[levels - 1 - n]!, doubled(b, x)], { axis: 1 });
    x = convolved(b, w.scope(`ups.${2 * n + 1}`), joined);
  }
  const last = w.scope("final_conv.conv.0");
  const weight = last.value(b, "weight", [1, x.dims[1] as number, 1, 1]);
  const lowResLogits = conv2d(b, x, weight, last.value(b, "bias", [1]), { kernel: 1 });
  return { lowResLogits, predictedIou: expectedIou(b, lowResLogits) };
}

function forEachPrompt(b: GraphBuilder, image: Value, prompts: Value): Value {
  const [batch] = prompts.dims;
  const count = b.node("Shape", [prompts], { start: 0, end: 1 }, "int64", [1]);
  const shape = b.op("Concat", [count, b.int64(image.dims.slice(1) as number[])], { axis: 0 });
  return b.expand(image, [batch!, ...image.dims.slice(1)], shape);
}

/** A 3×3 convolution and a ReLU with one learned slope below 0. */
function convolved(b: GraphBuilder, w: Weights, x: Value): Value {
  const [outputs = 0, , kernel = 0] = w.dims("conv.0.weight") ?? [];
  const weight = w.value(b, "conv.0.weight", [outputs, x.dims[1] as number, kernel, kernel]);
  const options = { kernel, pad: (kernel - 1) / 2 };
  const y = conv2d(b, x, weight, w.value(b, "conv.0.bias", [outputs]), options);
  return b.node("PRelu", [y, w.value(b, "conv.1.weight", [1])], {}, y.type, y.dims);
}

/** `nn.UpsamplingBilinear2d`: the corners stay where they are. */
function doubled(b: GraphBuilder, x: Value): Value {
  const [batch, channels, side] = x.dims as [string, number, number];
  const attributes = { mode: "linear", coordinate_transformation_mode: "align_corners" };
  const scales = b.constant(Float32Array.of(1, 1, 2, 2), [4]);
  return b.node("Resize", [x, null, scales], attributes, x.type, [batch, channels, 2 * side, 2 * side]);
}

/**
 * The expected IoU of each mask by its pixels' probabilities: their sum inside the mask, divided by the mask's area
 * plus their sum outside.
 */
function expectedIou(b: GraphBuilder, logits: Value): Value {
  const probability = b.op("Sigmoid", [logits]);
  const isInside = b.op("Greater", [logits, b.scalar(0)]);
  const mask = b.op("Where", [isInside, b.scalar(1), b.scalar(0)]);
  const inside = b.op("Mul", [probability, mask]);
  const either = b.op("Sub", [b.op("Add", [probability, mask]), inside]);
  const sum = (x: Value) => b.reshape(b.reduceSum(x, [2, 3]), [logits.dims[0]!, 1]);
  return b.op("Div", [sum(inside), b.op("Max", [sum(either), b.scalar(1e-9)])]);
}
