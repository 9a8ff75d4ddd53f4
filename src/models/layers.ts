import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import type { Weights } from "./weights.js";

/** PyTorch's `nn.Linear` on the last axis. */
export function linear(b: GraphBuilder, w: Weights, x: Value, inputs: number, outputs: number): Value {
  return affine(b, x, w.value(b, "weight", [outputs, inputs]), w.value(b, "bias", [outputs]));
}

/** `x · weightᵀ + bias` over the last axis, with weight [out, in] as PyTorch stores it. */
export function affine(b: GraphBuilder, x: Value, weight: Value, bias: Value | null): Value {
  if (x.dims.length === 2) return b.op("Gemm", bias ? [x, weight, bias] : [x, weight], { transB: 1 });
  const product = b.op("MatMul", [x, b.transpose(weight, [1, 0])]);
  return bias ? b.op("Add", [product, bias]) : product;
}

/**
 * Layer normalization over the last axis; `epsilon` is PyTorch's default 1e-5 for `nn.LayerNorm`, 1e-6 in SAM's
 * `LayerNorm2d`.
 */
export function layerNorm(b: GraphBuilder, w: Weights, x: Value, size: number, epsilon = 1e-5): Value {
  const parameters = [w.value(b, "weight", [size]), w.value(b, "bias", [size])];
  return b.op("LayerNormalization", [x, ...parameters], { axis: -1, epsilon: { float: epsilon } });
}

export interface ConvOptions {
  readonly kernel: number;
  readonly stride?: number;
  readonly pad?: number;
  readonly groups?: number;
}

/** A square convolution, weight [out, in / groups, kernel, kernel]. */
export function conv2d(
  b: GraphBuilder,
  x: Value,
  weight: Value,
  bias: Value | null,
  { kernel, stride = 1, pad = 0, groups = 1 }: ConvOptions,
): Value {
  return b.op("Conv", bias ? [x, weight, bias] : [x, weight], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    group: groups,
  });
}

/** The largest of each 2×2 pixels, [batch, channels, h/2, w/2]. */
export function maxOfFour(b: GraphBuilder, x: Value): Value {
  return b.op("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] });
}

/** A convolution's parameters: weight [outputs, inputs / groups, kernel, kernel], bias [outputs]. */
export interface ConvolutionWeights {
  readonly weight: Value;
  readonly bias: Value | null;
}

/** PyTorch's default for `nn.BatchNorm2d`. */
const batchNormEpsilon = 1e-5;

/**
 * A convolution and the batch normalization behind it, in evaluation mode, as one convolution. The folding is part of
 * the graph, so that both can be trained; with constants the runtime does it once.
 * @param w the batch normalization
 */
export function foldBatchNorm(
  b: GraphBuilder,
  w: Weights,
  { weight, bias }: ConvolutionWeights,
  epsilon = batchNormEpsilon,
): { readonly weight: Value; readonly bias: Value } {
  const outputs = weight.dims[0] as number;
  const variance = w.take("running_var", [outputs]);
  const inverse = b.constant(
    variance.map((value) => 1 / Math.sqrt(value + epsilon)),
    [outputs],
  );
  const mean = b.constant(w.take("running_mean", [outputs]), [outputs]);
  const scale = b.op("Mul", [w.value(b, "weight", [outputs]), inverse]);
  const folded = b.op("Mul", [weight, b.reshape(scale, [outputs, 1, 1, 1])]);
  const offset = b.op("Sub", [w.value(b, "bias", [outputs]), b.op("Mul", [mean, scale])]);
  return { weight: folded, bias: bias ? b.op("Add", [offset, b.op("Mul", [bias, scale])]) : offset };
}

/** A convolution without bias followed by batch normalization (children `c` and `bn`), folded into one convolution. */
export function convBatchNorm(b: GraphBuilder, w: Weights, x: Value, outputs: number, options: ConvOptions): Value {
  const inputs = (x.dims[1] as number) / (options.groups ?? 1);
  const weight = w.value(b, "c.weight", [outputs, inputs, options.kernel, options.kernel]);
  const folded = foldBatchNorm(b, w.scope("bn"), { weight, bias: null });
  return conv2d(b, x, folded.weight, folded.bias, options);
}
