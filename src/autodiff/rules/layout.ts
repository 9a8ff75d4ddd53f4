import type { GraphBuilder } from "../../onnx/builder.js";
import { graphError, type Value } from "../../onnx/graph.js";
import { int, ints, normalizeAxis } from "../../onnx/shape-rules.js";
import { reduceTo } from "../arithmetic.js";
import { gather } from "./gather.js";
import { type GradientRule, inputOf, type RuleContext } from "./rule.js";

const transpose: GradientRule = (context) => {
  const { b, node, adjoint } = context;
  const perm = ints(node.attributes, "perm", [...inputOf(context, 0).dims.keys()].reverse());
  const inverse = new Array<number>(perm.length);
  perm.forEach((axis, n) => {
    inverse[axis] = n;
  });
  return [b.transpose(adjoint, inverse)];
};

const reshape: GradientRule = (context) => [context.b.reshape(context.adjoint, inputOf(context, 0).dims)];

const expand: GradientRule = (context) => [reduceTo(context.b, context.adjoint, inputOf(context, 0).dims)];

/** Zeros where the slice took nothing. An axis of unknown size is padded to it when the graph runs. */
const slice: GradientRule = (context) => {
  const { b, adjoint } = context;
  const x = inputOf(context, 0);
  const [start, end, axis, step] = [1, 2, 3, 4].map((n) => constantInts(context, n)?.[0]);
  if (start === undefined || end === undefined || axis === undefined || (step ?? 1) !== 1) {
    throw graphError("Slice", "only constant slices along one axis with step 1 have a gradient");
  }
  const size = x.dims[axis];
  const at = (value: number) => x.dims.map((_, n) => (n === axis ? value : 0));
  if (typeof size === "number") return [b.pad(adjoint, at(start), at(size - end))];
  const length = b.node("Shape", [x], { start: axis, end: axis + 1 }, "int64", [1]);
  const after = b.op("Sub", [length, b.int64([end])]);
  const parts = [b.int64([...at(start), ...at(0).slice(0, axis)]), after, b.int64(at(0).slice(axis + 1))];
  const pads = b.op(
    "Concat",
    parts.filter(({ dims }) => dims[0] !== 0),
    { axis: 0 },
  );
  return [b.node("Pad", [adjoint, pads], { mode: "constant" }, x.type, x.dims)];
};

/**
 * Each input gets its slice. Positions are counted from the front, or from the end where the size of an earlier piece
 * is not known.
 */
const concat: GradientRule = (context) => {
  const { b, node, adjoint } = context;
  const axis = normalizeAxis(int(node.attributes, "axis", 0), adjoint.dims.length, "Concat");
  const pieces = node.inputs.map((_, n) => inputOf(context, n));
  const sizes = pieces.map(({ dims }) => dims[axis]);
  return pieces.map((piece, n) => {
    if (!context.wants(n)) return null;
    if (pieces.length === 1) return adjoint;
    const before = total(sizes.slice(0, n));
    const behind = total(sizes.slice(n + 1));
    const own = sizes[n];
    const start = before ?? (typeof own === "number" && behind !== null ? -behind - own : null);
    const end = before !== null && typeof own === "number" ? before + own : behind === null ? null : -behind;
    if (start === null || end === null) throw graphError("Concat", "two pieces of unknown size have no gradient");
    const bounds = [start, end === 0 ? lastIndex : end, axis].map((value) => b.int64([value]));
    return b.node("Slice", [adjoint, ...bounds], {}, piece.type, piece.dims);
  });
};

/** Beyond the end of any axis. */
const lastIndex = Number.MAX_SAFE_INTEGER;

function total(sizes: readonly (number | string)[]): number | null {
  return sizes.reduce<number | null>((sum, size) => (sum === null || typeof size !== "number" ? null : sum + size), 0);
}

const reduceSum: GradientRule = (context) => [spread(context, context.adjoint)];

const reduceMean: GradientRule = (context) => {
  const { b, adjoint } = context;
  const x = inputOf(context, 0);
  const axes = constantInts(context, 1) ?? [];
  const count = axes.reduce((product, axis) => {
    const size = x.dims[axis];
    if (typeof size !== "number") throw graphError("ReduceMean", `the size ${size} must be known`);
    return product * size;
  }, 1);
  return [spread(context, b.op("Mul", [adjoint, b.scalar(1 / count, x.type)]))];
};

/** Repeats a reduced tensor over what was reduced. */
function spread(context: RuleContext, reduced: Value): Value {
  const { b } = context;
  const x = inputOf(context, 0);
  return b.expand(reduced, x.dims, shapeOf(b, x));
}

function shapeOf(b: GraphBuilder, x: Value): Value {
  const isKnown = x.dims.every((dim) => typeof dim === "number");
  return isKnown ? b.int64(x.dims as number[]) : b.node("Shape", [x], {}, "int64", [x.dims.length]);
}

/** The elements of an integer input that is a constant. */
function constantInts({ b, node }: RuleContext, n: number): number[] | null {
  const value = node.inputs[n];
  const data = value ? b.dataOf(value) : null;
  return data ? Array.from(data as ArrayLike<number | bigint>, Number) : null;
}

/** The center of a padded tensor. */
const pad: GradientRule = (context) => {
  const { b, adjoint } = context;
  const x = inputOf(context, 0);
  const pads = constantInts(context, 1);
  if (!pads) throw graphError("Pad", "only constant pads have a gradient");
  let inner = adjoint;
  x.dims.forEach((size, axis) => {
    if (size === inner.dims[axis]) return;
    inner = b.slice(inner, axis, pads[axis], pads[axis] + (size as number));
  });
  return [inner];
};

export const layoutRules: Readonly<Record<string, GradientRule>> = {
  Transpose: transpose,
  Reshape: reshape,
  Expand: expand,
  Slice: slice,
  Pad: pad,
  Concat: concat,
  Gather: gather,
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
};
