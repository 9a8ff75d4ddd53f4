import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { type ConvOptions, conv2d } from "./layers.js";
import { type DecodedMasks, decodeTokens } from "./mask-decoder.js";
import { channelNorm, densePositions, type PromptSizes } from "./prompt-encoder.js";
import type { Loaded, Weights } from "./weights.js";

const own = "dense_prompt";

/** Whether prompts are made by a network that sees the image. */
export function isDensePrompt(w: Weights): boolean {
  return w.has(`${own}.final.weight`);
}

/** Whether a tensor belongs to the network that makes the prompt, which a base model does not have. */
export const isDensePromptPart = (name: string) => name.startsWith(`${own}.`);

/** The number of classes, the background not among them. */
export const classesOfDensePrompt = (w: Weights, width: number) => (w.dims(`${own}.final.weight`)?.[0] ?? 0) / width;

/** Channels at the embedding's size, at half of it, and at a quarter. */
const widths = [64, 128, 128] as const;

/**
 * SAM's decoder with a dense prompt that a small network makes of the image embedding, in place of the embedding of no
 * mask; there are no sparse prompts. The idea comes from AutoSAM by Shaharabany et al. ("AutoSAM: adapting SAM to
 * medical images by overloading the prompt encoder", 2023), whose network is a HarDNet-85 on the picture; this one is a
 * U-Net of two levels on the embedding, which can be trained on a CPU.
 * @param w the model
 * @param image [1, width, embedSize, embedSize], the image embedding
 * @returns one mask for each class: [1, classes, 4·embedSize, 4·embedSize] and [1, classes]
 */
export function densePromptDecoder(b: GraphBuilder, w: Weights, image: Value, sizes: PromptSizes): DecodedMasks {
  const { embedSize, width } = sizes;
  const pixels = embedSize * embedSize;
  const classes = classesOfDensePrompt(w, width);
  const dense = densePrompts(b, w.scope(own), image, classes, sizes);
  const source = b.op("Add", [b.reshape(image, [1, width, pixels]), dense]);
  const decoder = w.scope("mask_decoder");
  const masks = decoder.dims("mask_tokens.weight")?.[0] ?? 0;
  const learned = b.op(
    "Concat",
    [decoder.value(b, "iou_token.weight", [1, width]), decoder.value(b, "mask_tokens.weight", [masks, width])],
    { axis: 0 },
  );
  // The same tokens for each class.
  const one = b.reshape(learned, [1, 1 + masks, width]);
  const tokens = b.op("Concat", new Array(classes).fill(one), { axis: 0 });
  const places = b.constant(densePositions(w.scope("prompt_encoder"), sizes), [1, pixels, width]);
  const keys = b.transpose(source, [0, 2, 1]);
  const found = decodeTokens(b, decoder, { keys, projected: null }, places, tokens, masks, sizes, 1);
  const side = 4 * embedSize;
  return {
    lowResLogits: b.reshape(found.lowResLogits, [1, classes, side, side]),
    predictedIou: b.reshape(b.slice(found.predictedIou, 1, 0, 1), [1, classes]),
  };
}

/** [classes, width, pixels], in −1 … 1 */
function densePrompts(b: GraphBuilder, w: Weights, image: Value, classes: number, sizes: PromptSizes): Value {
  const { embedSize, width } = sizes;
  const skips: Value[] = [];
  let x = image;
  widths.forEach((outputs, n) => {
    const inputs = x.dims[1] as number;
    x = block(b, w.scope(`down.${n}`), x, inputs, outputs, n === 0 ? { kernel: 1 } : { kernel: 3, pad: 1, stride: 2 });
    skips.push(x);
  });
  for (let n = widths.length - 2; n >= 0; n--) {
    const [inputs, outputs] = [widths[n + 1]!, widths[n]!];
    const up = w.scope(`up.${n}`);
    const weight = up.value(b, "larger.weight", [inputs, outputs, 2, 2]);
    const larger = b.op("ConvTranspose", [x, weight], { kernel_shape: [2, 2], strides: [2, 2] });
    x = block(b, up, b.op("Add", [larger, skips[n]!]), outputs, outputs, { kernel: 3, pad: 1 });
  }
  const kernel = w.value(b, "final.weight", [classes * width, widths[0], 1, 1]);
  const last = conv2d(b, x, kernel, w.value(b, "final.bias", [classes * width]), { kernel: 1 });
  return b.reshape(tanh(b, last), [classes, width, embedSize * embedSize]);
}

function block(b: GraphBuilder, w: Weights, x: Value, inputs: number, outputs: number, conv: ConvOptions): Value {
  const weight = w.value(b, "conv.weight", [outputs, inputs, conv.kernel, conv.kernel]);
  const convolved = conv2d(b, x, weight, w.value(b, "conv.bias", [outputs]), conv);
  return b.op("Gelu", [channelNorm(b, w.scope("norm"), convolved, outputs)]);
}

/** From operators that have a gradient. */
function tanh(b: GraphBuilder, x: Value): Value {
  const half = b.op("Sigmoid", [b.op("Mul", [x, b.scalar(2)])]);
  return b.op("Sub", [b.op("Mul", [half, b.scalar(2)]), b.scalar(1)]);
}

/**
 * The network as training begins: layers uniform in ±1/√fan-in as PyTorch begins with them, the last one so that its
 * prompt is close to SAM's embedding of no mask.
 * @param noMask [width]
 * @param uniform numbers in −1 … 1 for a tensor
 */
export function initialDensePrompt(
  { width }: PromptSizes,
  classes: number,
  noMask: Float32Array,
  uniform: (name: string) => () => number,
): Map<string, Loaded> {
  const tensors = new Map<string, Loaded>();
  const fill = (name: string, dims: readonly number[], value: () => number) => {
    const length = dims.reduce((product, dim) => product * dim, 1);
    tensors.set(`${own}.${name}`, { dims, data: Float32Array.from({ length }, value) });
  };
  const drawn = (name: string, dims: readonly number[], fanIn: number, scale = 1) => {
    const draw = uniform(`${own}.${name}`);
    fill(name, dims, () => (scale * draw()) / Math.sqrt(fanIn));
  };
  const addBlock = (at: string, inputs: number, outputs: number, kernel: number) => {
    const fanIn = kernel * kernel * inputs;
    drawn(`${at}.conv.weight`, [outputs, inputs, kernel, kernel], fanIn);
    drawn(`${at}.conv.bias`, [outputs], fanIn);
    fill(`${at}.norm.weight`, [outputs], () => 1);
    fill(`${at}.norm.bias`, [outputs], () => 0);
  };
  widths.forEach((outputs, n) => {
    addBlock(`down.${n}`, widths[n - 1] ?? width, outputs, n === 0 ? 1 : 3);
  });
  for (let n = widths.length - 2; n >= 0; n--) {
    const [inputs, outputs] = [widths[n + 1]!, widths[n]!];
    drawn(`up.${n}.larger.weight`, [inputs, outputs, 2, 2], 4 * outputs);
    addBlock(`up.${n}`, outputs, outputs, 3);
  }
  drawn("final.weight", [classes * width, widths[0], 1, 1], widths[0], 0.1);
  let at = 0;
  fill("final.bias", [classes * width], () => Math.atanh(Math.max(-0.99, Math.min(0.99, noMask[at++ % width]!))));
  return tensors;
}
