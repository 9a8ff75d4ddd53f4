import type { GraphBuilder } from "../../onnx/builder.js";
import { type Dims, onnxTypes, type Value } from "../../onnx/graph.js";
import { int, normalizeAxis } from "../../onnx/shape-rules.js";
import { sizeOf } from "../arithmetic.js";
import { type GradientRule, inputOf } from "./rule.js";

/**
 * If each row was gathered once, the gradient is a gather in the inverse order, as fast as the forward one; rows
 * gathered several times (a padding row, a bias table) are summed by a scatter.
 */
export const gather: GradientRule = (context) => {
  const { b, node, adjoint } = context;
  const [x, indices] = [inputOf(context, 0), inputOf(context, 1)];
  const axis = normalizeAxis(int(node.attributes, "axis", 0), x.dims.length, "Gather");
  const rank = indices.dims.length;
  const toFront = [...range(axis, axis + rank), ...range(0, axis), ...range(axis + rank, adjoint.dims.length)];
  const updates = axis === 0 ? adjoint : b.transpose(adjoint, toFront);
  const rest = [...x.dims.slice(0, axis), ...x.dims.slice(axis + 1)];
  const target = [x.dims[axis], ...rest];
  const data = b.dataOf(indices);
  const rows = data
    ? sumRows(
        b,
        b.reshape(updates, [data.length, ...rest]),
        Array.from(data as ArrayLike<number | bigint>, Number),
        target,
      )
    : scatter(b, zeros(b, target, x), b.op("Cast", [indices], { to: onnxTypes.int64 }), updates);
  const back = [...range(1, axis + 1), 0, ...range(axis + 1, x.dims.length)];
  return [axis === 0 ? rows : b.transpose(rows, back)];
};

/** Row r of the result is the sum of the updates whose index is r. */
function sumRows(b: GraphBuilder, updates: Value, indices: readonly number[], target: Dims): Value {
  const count = sizeOf([target[0]]);
  const first = new Array<number>(count).fill(indices.length);
  const repeated: number[] = [];
  indices.forEach((row, place) => {
    const at = row < 0 ? row + count : row;
    if (first[at] === indices.length) first[at] = place;
    else repeated.push(place);
  });
  if (repeated.length > indices.length / 2) {
    return scatter(
      b,
      zeros(b, target, updates),
      b.constant(BigInt64Array.from(indices, BigInt), [indices.length]),
      updates,
    );
  }
  const isPartial = first.includes(indices.length);
  const source = isPartial
    ? b.op("Concat", [updates, zeros(b, [1, ...target.slice(1)], updates)], { axis: 0 })
    : updates;
  const once = b.op("Gather", [source, intConstant(b, first)], { axis: 0 });
  if (repeated.length === 0) return once;
  const more = b.op("Gather", [updates, intConstant(b, repeated)], { axis: 0 });
  return scatter(b, once, b.int64(repeated.map((place) => indices[place])), more);
}

function scatter(b: GraphBuilder, base: Value, indices: Value, updates: Value): Value {
  const places = b.reshape(indices, [...indices.dims, 1]);
  return b.node("ScatterND", [base, places, updates], { reduction: "add" }, base.type, base.dims);
}

function zeros(b: GraphBuilder, dims: Dims, like: Value): Value {
  return b.expand(b.scalar(0, like.type), dims, b.int64(dims as number[]));
}

function intConstant(b: GraphBuilder, values: readonly number[]): Value {
  return b.constant(Int32Array.from(values), [values.length]);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}
