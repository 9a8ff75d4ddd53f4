import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import type { Weights } from "./weights.js";

/** PyTorch's `nn.Linear` on the last axis. Matrices keep the stored [out, in] layout; for higher ranks it is transposed once. */
export function linear(b: GraphBuilder, w: Weights, x: Value, inputs: number, outputs: number): Value {
  const weight = w.take("weight", [outputs, inputs]);
  const bias = b.constant(w.take("bias", [outputs]), [outputs]);
  return affine(b, x, weight, [outputs, inputs], bias);
}

/** `x · weightᵀ + bias` over the last axis, with weight [out, in]. */
export function affine(
  b: GraphBuilder,
  x: Value,
  weight: Float32Array,
  dims: readonly [number, number],
  bias: Value | null,
): Value {
  if (x.dims.length === 2) {
    return b.op("Gemm", bias ? [x, b.constant(weight, dims), bias] : [x, b.constant(weight, dims)], { transB: 1 });
  }
  const product = b.op("MatMul", [x, b.constant(transpose2d(weight, dims[0], dims[1]), [dims[1], dims[0]])]);
  return bias ? b.op("Add", [product, bias]) : product;
}

/** Layer normalisation over the last axis; `epsilon` is PyTorch's default 1e-5 for `nn.LayerNorm`, 1e-6 in SAM's `LayerNorm2d`. */
export function layerNorm(b: GraphBuilder, w: Weights, x: Value, size: number, epsilon = 1e-5): Value {
  const scale = b.constant(w.take("weight", [size]), [size]);
  const bias = b.constant(w.take("bias", [size]), [size]);
  return b.op("LayerNormalization", [x, scale, bias], { axis: -1, epsilon: { float: epsilon } });
}

export interface ConvOptions {
  readonly kernel: number;
  readonly stride?: number;
  readonly pad?: number;
  readonly groups?: number;
}

export function conv2d(
  b: GraphBuilder,
  x: Value,
  weight: Float32Array,
  bias: Float32Array | null,
  outputs: number,
  { kernel, stride = 1, pad = 0, groups = 1 }: ConvOptions,
): Value {
  const inputs = (x.dims[1] as number) / groups;
  const values = [x, b.constant(weight, [outputs, inputs, kernel, kernel])];
  if (bias) values.push(b.constant(bias, [outputs]));
  return b.op("Conv", values, {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    group: groups,
  });
}

/** A convolution without bias followed by batch normalisation (children `c` and `bn`), folded into one convolution. */
export function convBatchNorm(b: GraphBuilder, w: Weights, x: Value, outputs: number, options: ConvOptions): Value {
  const inputs = (x.dims[1] as number) / (options.groups ?? 1);
  const dims = [outputs, inputs, options.kernel, options.kernel];
  const folded = foldBatchNorm(w.take("c.weight", dims), {
    weight: w.take("bn.weight", [outputs]),
    bias: w.take("bn.bias", [outputs]),
    mean: w.take("bn.running_mean", [outputs]),
    variance: w.take("bn.running_var", [outputs]),
  });
  return conv2d(b, x, folded.weight, folded.bias, outputs, options);
}

/** PyTorch's default for `nn.BatchNorm2d`. */
const batchNormEpsilon = 1e-5;

/** The convolution that does the same as `weight` followed by a batch normalisation in evaluation mode. Computed in double precision. */
export function foldBatchNorm(
  weight: Float32Array,
  bn: { weight: Float32Array; bias: Float32Array; mean: Float32Array; variance: Float32Array },
): { weight: Float32Array; bias: Float32Array } {
  const outputs = bn.weight.length;
  const each = weight.length / outputs;
  const folded = new Float32Array(weight.length);
  const bias = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const scale = bn.weight[o] / Math.sqrt(bn.variance[o] + batchNormEpsilon);
    for (let i = o * each; i < (o + 1) * each; i++) folded[i] = weight[i] * scale;
    bias[o] = bn.bias[o] - bn.mean[o] * scale;
  }
  return { weight: folded, bias };
}

export function transpose2d(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c];
  return out;
}

export function scaled(values: Float32Array, factor: number): Float32Array {
  return factor === 1 ? values : values.map((value) => value * factor);
}
