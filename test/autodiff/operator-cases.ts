import type { GraphBuilder } from "../../src/onnx/builder.js";
import type { OnnxType, Value } from "../../src/onnx/graph.js";
import { resize } from "../../src/onnx/resize.js";

/** One use of an operator as SAM's parts use it. Inputs named here are differentiated. */
export interface OperatorCase {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  build(b: GraphBuilder, inputs: readonly Value[]): Value;
  /** Element types that ONNX Runtime has kernels of this operator and its gradient for, best first. Default float64. */
  readonly type?: OnnxType;
  /** Keeps inputs positive, for functions that need it. */
  readonly positive?: boolean;
}

const op =
  (name: string, attributes = {}) =>
  (b: GraphBuilder, inputs: readonly Value[]) =>
    b.op(name, inputs, attributes);

const float32 = "float32" as const;
const intValues = (b: GraphBuilder, values: readonly number[], dims: readonly number[]) =>
  b.constant(Int32Array.from(values), dims);

/** Every operator with a gradient, by the names of its golden values in test/golden/autodiff/operators.py. */
export const operatorCases: readonly OperatorCase[] = [
  {
    name: "add-broadcast",
    inputs: [
      [2, 3, 4],
      [3, 1],
    ],
    build: op("Add"),
  },
  {
    name: "sub-broadcast",
    inputs: [
      [3, 4],
      [2, 3, 4],
    ],
    build: op("Sub"),
  },
  {
    name: "mul-broadcast",
    inputs: [
      [2, 3, 4],
      [1, 4],
    ],
    build: op("Mul"),
  },
  { name: "mul-self", inputs: [[3, 4]], build: (b, [x]) => b.op("Mul", [x, x]) },
  {
    name: "div-broadcast",
    inputs: [
      [2, 3, 4],
      [3, 1],
    ],
    build: op("Div"),
    positive: true,
  },
  { name: "pow", inputs: [[3, 4]], build: (b, [x]) => b.op("Pow", [x, b.scalar(2.5, x.type)]), positive: true },
  {
    name: "where",
    inputs: [
      [3, 4],
      [1, 4],
    ],
    build: (b, [x, y]) => b.op("Where", [b.op("Greater", [x, b.scalar(0.1, x.type)]), x, y]),
  },
  { name: "neg", inputs: [[3, 4]], build: op("Neg") },
  { name: "relu", inputs: [[5, 7]], build: op("Relu") },
  { name: "gelu", inputs: [[5, 7]], build: op("Gelu"), type: float32 },
  { name: "gelu-tanh", inputs: [[5, 7]], build: op("Gelu", { approximate: "tanh" }), type: float32 },
  { name: "exp", inputs: [[3, 4]], build: op("Exp") },
  { name: "log", inputs: [[3, 4]], build: op("Log"), positive: true },
  { name: "sqrt", inputs: [[3, 4]], build: op("Sqrt"), positive: true },
  { name: "reciprocal", inputs: [[3, 4]], build: op("Reciprocal"), positive: true },
  { name: "sigmoid", inputs: [[3, 4]], build: op("Sigmoid") },
  { name: "softplus", inputs: [[3, 4]], build: op("Softplus"), type: float32 },
  { name: "erf", inputs: [[3, 4]], build: op("Erf"), type: float32 },
  { name: "sin", inputs: [[3, 4]], build: op("Sin") },
  { name: "cos", inputs: [[3, 4]], build: op("Cos"), type: float32 },
  {
    name: "matmul",
    inputs: [
      [3, 4],
      [4, 5],
    ],
    build: op("MatMul"),
  },
  {
    name: "matmul-batched",
    inputs: [
      [2, 3, 4],
      [2, 4, 5],
    ],
    build: op("MatMul"),
  },
  {
    name: "matmul-shared-right",
    inputs: [
      [2, 3, 4],
      [4, 5],
    ],
    build: op("MatMul"),
  },
  {
    name: "matmul-shared-left",
    inputs: [
      [1, 3, 4],
      [2, 4, 5],
    ],
    build: op("MatMul"),
  },
  { name: "gemm", inputs: [[3, 4], [4, 5], [5]], build: op("Gemm") },
  { name: "gemm-transposed", inputs: [[3, 4], [5, 4], [5]], build: op("Gemm", { transB: 1 }) },
  {
    name: "gemm-both-transposed",
    inputs: [
      [4, 3],
      [5, 4],
    ],
    build: op("Gemm", { transA: 1, transB: 1 }),
  },
  { name: "softmax", inputs: [[2, 3, 5]], build: op("Softmax", { axis: -1 }) },
  { name: "log-softmax", inputs: [[2, 3, 5]], build: op("LogSoftmax", { axis: 1 }) },
  {
    name: "layer-norm",
    inputs: [[2, 3, 6], [6], [6]],
    build: op("LayerNormalization", { axis: -1, epsilon: { float: 1e-5 } }),
    type: float32,
  },
  { name: "transpose", inputs: [[2, 3, 4]], build: (b, [x]) => b.transpose(x, [2, 0, 1]) },
  { name: "reshape", inputs: [[2, 3, 4]], build: (b, [x]) => b.reshape(x, [4, 6]) },
  { name: "slice", inputs: [[2, 5, 4]], build: (b, [x]) => b.slice(x, 1, 1, 3) },
  { name: "pad", inputs: [[2, 3]], build: (b, [x]) => b.pad(x, [0, 1], [2, 3]) },
  {
    name: "concat",
    inputs: [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    build: op("Concat", { axis: 1 }),
  },
  { name: "expand", inputs: [[3, 1]], build: (b, [x]) => b.expand(x, [2, 3, 4], b.int64([2, 3, 4])) },
  { name: "reduce-sum", inputs: [[2, 3, 4]], build: (b, [x]) => b.reduceSum(x, [0, 2]) },
  { name: "reduce-mean", inputs: [[2, 3, 4]], build: (b, [x]) => b.reduceMean(x, [-1]) },
  {
    name: "gather-permutation",
    inputs: [[4, 3]],
    build: (b, [x]) => b.op("Gather", [x, intValues(b, [2, 0, 3, 1], [4])], { axis: 0 }),
  },
  {
    name: "gather-some-repeated",
    inputs: [[5, 3]],
    build: (b, [x]) => b.op("Gather", [x, intValues(b, [2, 0, 4, 4, 4, 1], [2, 3])], { axis: 0 }),
  },
  {
    name: "gather-table",
    inputs: [[3, 4]],
    build: (b, [x]) => b.op("Gather", [x, intValues(b, [0, 1, 1, 3, 0, 1, 2, 2, 0], [9])], { axis: 1 }),
  },
  {
    name: "gather-by-value",
    inputs: [[3, 4]],
    build: (b, [x]) => {
      const indices = b.op("Add", [intValues(b, [0, 1, -1, 1], [2, 2]), intValues(b, [1], [])]);
      return b.op("Gather", [x, indices], { axis: 0 });
    },
  },
  { name: "conv-1x1", inputs: [[1, 3, 4, 5], [2, 3, 1, 1], [2]], build: op("Conv"), type: float32 },
  {
    name: "conv-3x3",
    inputs: [[2, 3, 5, 6], [4, 3, 3, 3], [4]],
    build: op("Conv", { pads: [1, 1, 1, 1] }),
    type: float32,
  },
  {
    name: "conv-3x3-stride-2",
    inputs: [
      [1, 3, 6, 7],
      [4, 3, 3, 3],
    ],
    build: op("Conv", { pads: [1, 1, 1, 1], strides: [2, 2] }),
    type: float32,
  },
  {
    name: "conv-depthwise",
    inputs: [[1, 4, 5, 6], [4, 1, 3, 3], [4]],
    build: op("Conv", { pads: [1, 1, 1, 1], group: 4 }),
    type: float32,
  },
  {
    name: "conv-depthwise-stride-2",
    inputs: [[1, 4, 6, 6], [4, 1, 3, 3], [4]],
    build: op("Conv", { pads: [1, 1, 1, 1], strides: [2, 2], group: 4 }),
    type: float32,
  },
  {
    name: "conv-patches",
    inputs: [[2, 3, 4, 6], [5, 3, 2, 2], [5]],
    build: op("Conv", { strides: [2, 2] }),
    type: float32,
  },
  {
    name: "conv-transpose",
    inputs: [[1, 3, 4, 4], [3, 2, 4, 4], [2]],
    build: op("ConvTranspose", { strides: [2, 2], pads: [1, 1, 1, 1] }),
    type: float32,
  },
  {
    name: "attention",
    inputs: [
      [2, 5, 8],
      [2, 7, 8],
      [2, 7, 8],
    ],
    build: (b, [q, k, v]) => b.op("com.microsoft.MultiHeadAttention", [q, k, v], { num_heads: 2 }),
    type: float32,
  },
  {
    name: "max-pool",
    inputs: [[2, 3, 4, 6]],
    build: op("MaxPool", { kernel_shape: [2, 2], strides: [2, 2] }),
  },
  ...(
    [
      ["resize-linear-up", [2, 3, 4, 5], [8, 7], { mode: "linear" }],
      ["resize-linear-down", [1, 2, 9, 6], [4, 5], { mode: "linear" }],
      ["resize-linear-corners", [1, 2, 4, 5], [7, 9], { mode: "linear", frame: "align_corners" }],
      ["resize-nearest", [1, 2, 4, 5], [8, 7], { mode: "nearest", frame: "asymmetric" }],
      ["resize-nearest-exact", [1, 2, 5, 6], [9, 4], { mode: "nearest" }],
    ] as const
  ).map(
    ([name, dims, size, options]): OperatorCase => ({
      name,
      inputs: [dims],
      build: (b, [x]) => resize(b, x, [...dims.slice(0, 2), ...size], options),
      type: float32,
    }),
  ),
];
