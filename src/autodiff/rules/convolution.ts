import type { GraphBuilder } from "../../onnx/builder.js";
import { type Dims, graphError, type Value } from "../../onnx/graph.js";
import { int, ints } from "../../onnx/shape-rules.js";
import { matrixTranspose, mul, reduceTo, sizeOf } from "../arithmetic.js";
import { type GradientRule, inputOf, type RuleContext, wanted } from "./rule.js";

/** A 2D convolution's geometry; sizes are static in every model. */
interface Geometry {
  readonly groups: number;
  readonly strides: readonly number[];
  /** top, left, bottom, right */
  readonly pads: readonly number[];
  readonly kernel: readonly number[];
}

function geometryOf({ node }: RuleContext, weight: Value): Geometry {
  if (weight.dims.length !== 4) throw graphError(node.op, "only 2D convolutions have a gradient");
  return {
    groups: int(node.attributes, "group", 1),
    strides: ints(node.attributes, "strides", [1, 1]),
    pads: ints(node.attributes, "pads", [0, 0, 0, 0]),
    kernel: weight.dims.slice(2) as number[],
  };
}

const conv: GradientRule = (context) => {
  const { b, node, adjoint } = context;
  const [x, weight] = [inputOf(context, 0), inputOf(context, 1)];
  const geometry = geometryOf(context, weight);
  const bias = node.inputs[2];
  return wanted(context, [
    () => inputGradient(b, adjoint, weight, x.dims, geometry),
    () => weightGradient(b, x, adjoint, weight.dims, geometry),
    ...(bias ? [() => b.reshape(b.reduceSum(adjoint, [0, 2, 3]), bias.dims)] : []),
  ]);
};

/**
 * The transposed convolution is the gradient of a convolution, so its own gradients are a convolution and that one's
 * weights with sides swapped.
 */
const convTranspose: GradientRule = (context) => {
  const { b, node, adjoint } = context;
  const [x, weight] = [inputOf(context, 0), inputOf(context, 1)];
  const geometry = geometryOf(context, weight);
  const bias = node.inputs[2];
  return wanted(context, [
    () =>
      b.op("Conv", [adjoint, weight], {
        strides: geometry.strides,
        pads: geometry.pads,
        group: geometry.groups,
        kernel_shape: geometry.kernel,
      }),
    () => weightGradient(b, adjoint, x, weight.dims, geometry),
    ...(bias ? [() => b.reshape(b.reduceSum(adjoint, [0, 2, 3]), bias.dims)] : []),
  ]);
};

const isPointwise = ({ kernel, strides, pads, groups }: Geometry) =>
  groups === 1 && [...kernel, ...strides].every((n) => n === 1) && pads.every((n) => n === 0);

/** ∂x of a convolution. */
function inputGradient(b: GraphBuilder, adjoint: Value, weight: Value, dims: Dims, geometry: Geometry): Value {
  const { kernel, strides, pads, groups } = geometry;
  const [batch, channels, height, width] = dims as number[];
  if (isPointwise(geometry)) {
    const outputs = sizeOf([weight.dims[0]]);
    const flat = b.reshape(adjoint, [batch, outputs, height * width]);
    const matrix = matrixTranspose(b, b.reshape(weight, [outputs, channels]));
    return b.reshape(b.op("MatMul", [matrix, flat]), dims);
  }
  const isDepthwise = groups === channels && weight.dims[0] === channels;
  if (strides.every((n) => n === 1) && (groups === 1 || isDepthwise)) {
    // With stride 1 it is a convolution with the turned kernel, which the runtime has a fast kernel for.
    const turned = [2, 3].reduce((w, axis) => flip(b, w, axis), weight);
    return b.op("Conv", [adjoint, isDepthwise ? turned : b.transpose(turned, [1, 0, 2, 3])], {
      kernel_shape: kernel,
      strides: [1, 1],
      pads: [0, 1, 2, 3].map((n) => kernel[n % 2] - 1 - pads[n]),
      group: groups,
    });
  }
  const made = [0, 1].map((n) => (sizeOf([adjoint.dims[2 + n]]) - 1) * strides[n] + kernel[n] - pads[n] - pads[n + 2]);
  const attributes = {
    kernel_shape: kernel,
    strides,
    pads,
    group: groups,
    output_padding: [height - made[0], width - made[1]],
  };
  return b.node("ConvTranspose", [adjoint, weight], attributes, adjoint.type, dims);
}

function flip(b: GraphBuilder, x: Value, axis: number): Value {
  const size = sizeOf([x.dims[axis]]);
  if (size === 1) return x;
  return b.op(
    "Gather",
    [
      x,
      b.constant(
        Int32Array.from({ length: size }, (_, n) => size - 1 - n),
        [size],
      ),
    ],
    { axis },
  );
}

/** ∂weight [outputs, inputs / groups, rows, columns] of a convolution from `x` to `y`, whose gradient is `adjoint`. */
function weightGradient(b: GraphBuilder, x: Value, adjoint: Value, dims: Dims, geometry: Geometry): Value {
  const { kernel, strides, pads, groups } = geometry;
  const [outputs, perGroup] = dims as number[];
  const [batch, channels, height, width] = x.dims as number[];
  const [, , rows, columns] = adjoint.dims as number[];
  const isPatches = groups === 1 && pads.every((n) => n === 0) && kernel.join() === strides.join();
  if (isPatches && height === rows * kernel[0] && width === columns * kernel[1]) {
    const cut = b.reshape(x, [batch, channels, rows, kernel[0], columns, kernel[1]]);
    const patches = b.reshape(b.transpose(cut, [0, 2, 4, 1, 3, 5]), [
      batch * rows * columns,
      channels * kernel[0] * kernel[1],
    ]);
    const flat = b.reshape(b.transpose(adjoint, [0, 2, 3, 1]), [batch * rows * columns, outputs]);
    return b.reshape(b.op("Gemm", [flat, patches], { transA: 1 }), dims);
  }
  if (groups !== 1 && (groups !== channels || outputs !== channels)) {
    throw graphError(
      "Conv",
      `${groups} groups of ${channels} channels have no gradient; 1 and one for each channel have`,
    );
  }
  const padded = b.pad(x, [0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]]);
  const taps: Value[] = [];
  for (let row = 0; row < kernel[0]; row++) {
    for (let column = 0; column < kernel[1]; column++) {
      const seen = tap(b, tap(b, padded, 2, row, rows, strides[0]), 3, column, columns, strides[1]);
      taps.push(groups === 1 ? denseTap(b, adjoint, seen) : depthwiseTap(b, adjoint, seen));
    }
  }
  const joined = taps.length === 1 ? taps[0] : b.op("Concat", taps, { axis: 0 });
  return b.reshape(b.transpose(joined, [1, 2, 0]), [outputs, perGroup, kernel[0], kernel[1]]);
}

/** The input positions seen by one kernel position along an axis. */
function tap(b: GraphBuilder, x: Value, axis: number, start: number, count: number, stride: number): Value {
  return b.slice(x, axis, start, start + (count - 1) * stride + 1, stride);
}

/** Σ over pixels of adjoint[o]·seen[i]: [1, outputs, inputs] */
function denseTap(b: GraphBuilder, adjoint: Value, seen: Value): Value {
  const flat = (x: Value) => {
    const [batch, channels, height, width] = x.dims as number[];
    return b.reshape(x, [batch, channels, height * width]);
  };
  const product = b.op("MatMul", [flat(adjoint), matrixTranspose(b, flat(seen))]);
  return reduceTo(b, product, [1, ...product.dims.slice(1)]);
}

/** Σ over pixels of adjoint[c]·seen[c]: [1, channels, 1] */
function depthwiseTap(b: GraphBuilder, adjoint: Value, seen: Value): Value {
  const channels = sizeOf([seen.dims[1]]);
  return b.reshape(b.reduceSum(mul(b, adjoint, seen), [0, 2, 3]), [1, channels, 1]);
}

/**
 * Of windows that do not overlap. The gradient goes to the pixel that was the largest, to each of several that were as
 * large.
 */
const maxPool: GradientRule = (context) => {
  const { b, node, output, adjoint } = context;
  const x = inputOf(context, 0);
  const kernel = ints(node.attributes, "kernel_shape", []);
  const [batch, channels, height, width] = x.dims as number[];
  const [, , rows, columns] = output.dims as number[];
  if (
    kernel.join() !== ints(node.attributes, "strides", []).join() ||
    height !== rows * kernel[0] ||
    width !== columns * kernel[1]
  )
    throw graphError(node.op, "only windows that tile the picture have a gradient");
  const windows = (y: Value) => b.reshape(y, [batch, channels, rows, 1, columns, 1]);
  const pixels = b.reshape(x, [batch, channels, rows, kernel[0], columns, kernel[1]]);
  const isLargest = b.op("Equal", [pixels, windows(output)]);
  return [b.reshape(b.op("Where", [isLargest, windows(adjoint), b.scalar(0, adjoint.type)]), x.dims)];
};

export const convolutionRules: Readonly<Record<string, GradientRule>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
};
