import type { GraphBuilder } from "../../onnx/builder.js";
import { type Attributes, graphError, type Value } from "../../onnx/graph.js";
import { sizeOf } from "../arithmetic.js";
import { type GradientRule, inputOf } from "./rule.js";

/** Resizing is linear and goes axis by axis, y = R·x, so the gradient of each axis is a product with Rᵀ. */
const resize: GradientRule = (context) => {
  const { b, node, adjoint } = context;
  const x = inputOf(context, 0);
  let gradient = adjoint;
  x.dims.forEach((dim, axis) => {
    const [from, to] = [sizeOf([dim]), sizeOf([adjoint.dims[axis]])];
    if (from !== to) gradient = alongAxis(b, gradient, axis, resizingMatrix(node.attributes, from, to), from);
  });
  return [gradient];
};

/** A tensor's axis of `to` sizes becomes one of `from`, by a matrix [to, from]. */
function alongAxis(b: GraphBuilder, x: Value, axis: number, matrix: Float32Array, from: number): Value {
  const last = x.dims.length - 1;
  const weights = b.constant(x.type === "float64" ? Float64Array.from(matrix) : matrix, [matrix.length / from, from]);
  if (axis === last) return b.op("MatMul", [x, weights]);
  const swap = [...x.dims.keys()].map((n) => (n === axis ? last : n === last ? axis : n));
  return b.transpose(b.op("MatMul", [b.transpose(x, swap), weights]), swap);
}

/** How much of each of `from` pixels goes into each of `to`, [to, from]. */
function resizingMatrix(attributes: Attributes, from: number, to: number): Float32Array {
  const { mode, coordinate_transformation_mode: frame, nearest_mode: nearest } = attributes;
  const matrix = new Float32Array(to * from);
  for (let n = 0; n < to; n++) {
    const place = sourcePlace(frame, n, from, to);
    if (mode === "nearest") {
      const pixel = nearest === "floor" ? Math.floor(place) : Math.floor(place + 0.5);
      matrix[n * from + inside(pixel, from)] = 1;
    } else if (mode === "linear") {
      const low = Math.floor(place);
      matrix[n * from + inside(low, from)] += 1 - (place - low);
      matrix[n * from + inside(low + 1, from)] += place - low;
    } else throw graphError("Resize", `the mode ${String(mode)} has no gradient`);
  }
  return matrix;
}

/** Positions beyond the border use the border pixel. */
function inside(pixel: number, size: number): number {
  return Math.max(0, Math.min(size - 1, pixel));
}

/** The source coordinate for place `n` of `to` among `from`, as defined by ONNX. */
function sourcePlace(frame: Attributes[string] | undefined, n: number, from: number, to: number): number {
  if (frame === "align_corners") return to === 1 ? 0 : (n * (from - 1)) / (to - 1);
  if (frame === "asymmetric") return (n * from) / to;
  if (frame === "half_pixel") return ((n + 0.5) * from) / to - 0.5;
  throw graphError("Resize", `the frame ${String(frame)} has no gradient`);
}

export const resizeRules: Readonly<Record<string, GradientRule>> = { Resize: resize };
