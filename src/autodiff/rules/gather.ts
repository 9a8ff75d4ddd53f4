import { appendTo } from "../../core/append-to.js";
import type { GraphBuilder } from "../../onnx/builder.js";
import { type Dims, onnxTypes, type Value } from "../../onnx/graph.js";
import { int, normalizeAxis } from "../../onnx/shape-rules.js";
import { sizeOf } from "../arithmetic.js";
import { type GradientRule, inputOf } from "./rule.js";

/**
 * If each row was gathered once, the gradient is a gather in the inverse order, as fast as the forward one; rows
 * gathered several times (a padding row, a bias table) are summed.
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
    : sumAtIndices(b, zeros(b, target, x), indices, updates);
  const back = [...range(1, axis + 1), 0, ...range(axis + 1, x.dims.length)];
  return [axis === 0 ? rows : b.transpose(rows, back)];
};

/**
 * Row r of the result is the sum of the updates whose index is r. Not by a ScatterND of all updates: ONNX Runtime adds
 * them on several threads without a lock, so that some of a row's get lost (microsoft/onnxruntime#18048).
 */
function sumRows(b: GraphBuilder, updates: Value, indices: readonly number[], target: Dims): Value {
  const count = sizeOf([target[0]]);
  const places = Array.from({ length: count }, (): number[] => []);
  indices.forEach((row, place) => {
    places[row < 0 ? row + count : row].push(place);
  });
  const nothing = indices.length;
  const rest = target.slice(1);
  const source = b.op("Concat", [updates, zeros(b, [1, ...rest], updates)], { axis: 0 });
  const isWhole = places.every((of) => of.length > 0);
  const firsts = places.map((of) => of[0] ?? nothing);
  const once = b.op("Gather", [isWhole ? updates : source, intConstant(b, firsts)], { axis: 0 });
  // Rows of a similar number of updates together, filled up with zeros: at most twice as many as there are.
  const alike = new Map<number, number[]>();
  places.forEach(({ length }, row) => {
    if (length < 2) return;
    const size = 2 ** Math.ceil(Math.log2(length - 1));
    appendTo(alike, size, row);
  });
  if (alike.size === 0) return once;
  const sums = [...alike].map(([size, rows]) => {
    const filled = rows.flatMap((row) => [
      ...places[row].slice(1),
      ...Array(size - places[row].length + 1).fill(nothing),
    ]);
    const gathered = b.op("Gather", [source, intConstant(b, filled)], { axis: 0 });
    return b.reduceSum(b.reshape(gathered, [rows.length, size, ...rest]), [1]);
  });
  // Each row once, so that no two threads write to it.
  const rows = [...alike.values()].flat();
  const more = b.reshape(sums.length === 1 ? sums[0] : b.op("Concat", sums, { axis: 0 }), [rows.length, ...rest]);
  const at = b.constant(BigInt64Array.from(rows, BigInt), [rows.length, 1]);
  return b.node("ScatterND", [once, at, more], { reduction: "add" }, once.type, once.dims);
}

/** As {@link sumRows}, for indices that are not known. ScatterElements adds one after the other. */
function sumAtIndices(b: GraphBuilder, base: Value, indices: Value, updates: Value): Value {
  const rest = base.dims.slice(1);
  const flat = b.reshape(updates, ["places", ...rest]);
  const column = b.reshape(b.op("Cast", [indices], { to: onnxTypes.int64 }), ["places", ...rest.map(() => 1)]);
  const places = b.expand(column, flat.dims, b.node("Shape", [flat], {}, "int64", [flat.dims.length]));
  return b.node("ScatterElements", [base, places, flat], { axis: 0, reduction: "add" }, base.type, base.dims);
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
