import { type Dim, graphError, type OnnxType, onnxTypes, showDims } from "./graph.js";
import { broadcast, int, ints, need, normalizeAxis, type ShapeRule, sameType } from "./shape-rules.js";

const transpose: ShapeRule = (inputs, attributes, op) => {
  const x = need(inputs, 0, op);
  const perm = ints(attributes, "perm", [...x.dims.keys()].reverse());
  if ([...perm].sort((a, b) => a - b).join() !== [...x.dims.keys()].join()) {
    throw graphError(op, `[${perm}] is not a permutation of ${showDims(x.dims)}`);
  }
  return [{ type: x.type, dims: perm.map((axis) => x.dims[axis]) }];
};

const concat: ShapeRule = (inputs, attributes, op) => {
  const first = need(inputs, 0, op);
  const axis = normalizeAxis(int(attributes, "axis", 0), first.dims.length, op);
  let total: Dim = 0;
  inputs.forEach((_, n) => {
    const value = need(inputs, n, op);
    sameType(first, value, op);
    const fits =
      value.dims.length === first.dims.length && value.dims.every((dim, i) => i === axis || dim === first.dims[i]);
    if (!fits) throw graphError(op, `${showDims(value.dims)} does not fit ${showDims(first.dims)} along axis ${axis}`);
    total = addDims(total, value.dims[axis]);
  });
  return [{ type: first.type, dims: first.dims.map((dim, n) => (n === axis ? total : dim)) }];
};

/** The size of two pieces laid end to end; names stay readable: 5 + `points` is `points+5`. */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  const [name, other] = typeof a === "string" ? [a, b] : [b, a];
  const known = /^(.*)\+(\d+)$/.exec(name as string);
  return known && typeof other === "number" ? `${known[1]}+${Number(known[2]) + other}` : `${name}+${other}`;
}

const gather: ShapeRule = (inputs, attributes, op) => {
  const [x, indices] = [need(inputs, 0, op), need(inputs, 1, op)];
  if (indices.type !== "int64" && indices.type !== "int32") throw graphError(op, `indices are ${indices.type}`);
  const axis = normalizeAxis(int(attributes, "axis", 0), x.dims.length, op);
  return [{ type: x.type, dims: [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)] }];
};

const cast: ShapeRule = (inputs, attributes, op) => {
  const x = need(inputs, 0, op);
  const to = int(attributes, "to", 0);
  const type = (Object.keys(onnxTypes) as OnnxType[]).find((name) => onnxTypes[name] === to);
  if (!type) throw graphError(op, `unknown type ${to}`);
  return [{ type, dims: x.dims }];
};

const multiHeadAttention: ShapeRule = (inputs, attributes, op) => {
  const [query, key, value] = [need(inputs, 0, op), need(inputs, 1, op), need(inputs, 2, op)];
  const heads = int(attributes, "num_heads", 0);
  if (query.dims.length !== 3 || (query.dims[2] as number) % heads !== 0) {
    throw graphError(op, `${showDims(query.dims)} does not split into ${heads} heads`);
  }
  if (key.dims[1] !== value.dims[1] || key.dims[2] !== query.dims[2]) {
    throw graphError(
      op,
      `query ${showDims(query.dims)}, key ${showDims(key.dims)} and value ${showDims(value.dims)} do not fit`,
    );
  }
  const bias = inputs[5];
  if (bias) broadcast(bias.dims, [query.dims[0], heads, query.dims[1], key.dims[1]], op);
  return [{ type: query.type, dims: [query.dims[0], query.dims[1], value.dims[2]] }];
};

export const layoutRules: Readonly<Record<string, ShapeRule>> = {
  Transpose: transpose,
  Concat: concat,
  Gather: gather,
  Cast: cast,
  "com.microsoft.MultiHeadAttention": multiHeadAttention,
};
