import type { GraphBuilder } from "../onnx/builder.js";
import { type Dim, type Dims, graphError, showDims, type Value } from "../onnx/graph.js";

/** Elementwise operators on values and numbers, where a number takes the other operand's type. */
export function add(b: GraphBuilder, x: Value, y: Value | number): Value {
  return b.op("Add", [x, asValue(b, x, y)]);
}

export function sub(b: GraphBuilder, x: Value, y: Value | number): Value {
  return b.op("Sub", [x, asValue(b, x, y)]);
}

export function mul(b: GraphBuilder, x: Value, y: Value | number): Value {
  return b.op("Mul", [x, asValue(b, x, y)]);
}

export function div(b: GraphBuilder, x: Value, y: Value | number): Value {
  return b.op("Div", [x, asValue(b, x, y)]);
}

function asValue(b: GraphBuilder, like: Value, y: Value | number): Value {
  return typeof y === "number" ? b.scalar(y, like.type) : y;
}

/** Undoes broadcasting: sums `x` over the axes along which a tensor of shape `dims` was repeated. */
export function reduceTo(b: GraphBuilder, x: Value, dims: Dims): Value {
  const extra = x.dims.length - dims.length;
  const axes = [...x.dims.keys()].filter((n) => n < extra || (dims[n - extra] === 1 && x.dims[n] !== 1));
  return b.reshape(axes.length === 0 ? x : b.reduceSum(x, axes), dims);
}

/** Swaps the last two axes. */
export function matrixTranspose(b: GraphBuilder, x: Value): Value {
  const rank = x.dims.length;
  return b.transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}

/** The product of sizes, which must be numbers. */
export function sizeOf(dims: readonly Dim[]): number {
  return dims.reduce<number>((product, dim) => {
    if (typeof dim !== "number")
      throw graphError("gradient", `${showDims(dims)} must be known when the graph is built`);
    return product * dim;
  }, 1);
}
