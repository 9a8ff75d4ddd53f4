import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { affine, conv2d, layerNorm, linear } from "./layers.js";
import { toImage, toTokens } from "./neck.js";
import type { Weights } from "./weights.js";

/** Whether a tensor belongs to an adapter, which a base model does not have. */
export function isAdapterTensor(name: string): boolean {
  return /^image_encoder\..*\bblocks\.\d+\.(Space_Adapter|MLP_Adapter|Adapter)\./.test(name);
}

/**
 * x + D_fc2(GELU(D_fc1(x))), if the weights contain it: Medical SAM Adapter's `Space_Adapter` after a block's
 * attention (Wu et al., "Medical SAM Adapter", 2023).
 * @param w the adapter
 * @param x [tokens, channels]
 */
export function adaptTokens(b: GraphBuilder, w: Weights, x: Value, channels: number): Value {
  return w.has("D_fc1.weight") ? b.op("Add", [x, bottleneck(b, w, x, channels)]) : x;
}

/** Factor of the adapter parallel to the MLP, as in Medical SAM Adapter. */
const mlpScale = 0.5;

/**
 * The block's result with the adapters parallel to its MLP, if it has them: 0.5·`MLP_Adapter`(besideMlp) of Medical
 * SAM Adapter and `Adapter`(normed) of SAM-Med2D.
 * @param w the block
 * @param result the block's result without them, [size², channels]
 * @param input.besideMlp what `MLP_Adapter` takes: the MLP's normalized input in ViT, the input before its norm in
 * TinyViT
 * @param input.normed the MLP's normalized input
 */
export function adaptMlp(
  b: GraphBuilder,
  w: Weights,
  result: Value,
  input: { readonly besideMlp: Value; readonly normed: Value },
  sizes: { readonly channels: number; readonly size: number },
): Value {
  const [parallel, spatial] = [w.scope("MLP_Adapter"), w.scope("Adapter")];
  let y = result;
  if (isThere(parallel)) {
    const update = bottleneck(b, parallel, input.besideMlp, sizes.channels);
    y = b.op("Add", [y, b.op("Mul", [update, b.scalar(mlpScale)])]);
  }
  if (isThere(spatial)) y = b.op("Add", [y, channelAndSpace(b, spatial, input.normed, sizes.channels, sizes.size)]);
  return y;
}

const isThere = (w: Weights) => w.names().length > 0;

/** D_fc2(GELU(D_fc1(x))): down to a few channels and up again. */
function bottleneck(b: GraphBuilder, w: Weights, x: Value, channels: number): Value {
  const hidden = w.dims("D_fc1.weight")?.[0] ?? 0;
  const inner = b.op("Gelu", [linear(b, w.scope("D_fc1"), x, channels, hidden)]);
  return linear(b, w.scope("D_fc2"), inner, hidden, channels);
}

/**
 * SAM-Med2D's adapter (Cheng et al., "SAM-Med2D", 2023; image_encoder.py, `Adapter_Layer`): norm(x +
 * spatial(channel(mean x)·x)), where `channel` weighs the channels and `spatial` goes to half the resolution and back.
 * @param x [size², channels]; `size` is even
 */
function channelAndSpace(b: GraphBuilder, w: Weights, x: Value, channels: number, size: number): Value {
  const hidden = w.dims("channel.0.weight")?.[0] ?? 0;
  const squeezed = affine(b, b.reduceMean(x, [0]), w.value(b, "channel.0.weight", [hidden, channels]), null);
  const excited = affine(b, b.op("Relu", [squeezed]), w.value(b, "channel.2.weight", [channels, hidden]), null);
  const weighed = toImage(b, b.op("Mul", [x, b.op("Sigmoid", [excited])]), size);
  const down = w.value(b, "spatial.0.weight", [channels, channels, 3, 3]);
  const half = b.op("Relu", [conv2d(b, weighed, down, null, { kernel: 3, stride: 2, pad: 1 })]);
  const up = w.value(b, "spatial.2.weight", [channels, channels, 4, 4]);
  const attributes = { kernel_shape: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1] };
  const full = b.op("Relu", [b.op("ConvTranspose", [half, up], attributes)]);
  return layerNorm(b, w.scope("norm"), b.op("Add", [x, toTokens(b, full)]), channels);
}
