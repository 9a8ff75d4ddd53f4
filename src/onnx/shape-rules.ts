import { type Attributes, type Dim, type Dims, graphError, type OnnxType, showDims, type Value } from "./graph.js";

/** What a node yields: one entry per output. */
export type OutputTypes = readonly { readonly type: OnnxType; readonly dims: Dims }[];

/** Checks a node's inputs and infers its outputs, as the operator's ONNX specification says. */
export type ShapeRule = (inputs: readonly (Value | null)[], attributes: Attributes, op: string) => OutputTypes;

/** The n-th input, which must be there. */
export function need(inputs: readonly (Value | null)[], n: number, op: string): Value {
  const value = inputs[n];
  if (!value) throw graphError(op, `input ${n} is missing`);
  return value;
}

export function ints(attributes: Attributes, name: string, fallback: readonly number[]): readonly number[] {
  const value = attributes[name];
  return Array.isArray(value) ? (value as readonly number[]) : fallback;
}

export function int(attributes: Attributes, name: string, fallback: number): number {
  const value = attributes[name];
  return typeof value === "number" ? value : fallback;
}

/** NumPy broadcasting of two shapes. A named size broadcasts with 1 and with itself only. */
export function broadcast(a: Dims, b: Dims, op: string): Dims {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, n): Dim => {
    const x = a[a.length - rank + n] ?? 1;
    const y = b[b.length - rank + n] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw graphError(op, `${showDims(a)} and ${showDims(b)} do not broadcast`);
  });
}

export function sameType(a: Value, b: Value, op: string): OnnxType {
  if (a.type !== b.type) throw graphError(op, `${a.name} is ${a.type}, ${b.name} is ${b.type}`);
  return a.type;
}

export function normalizeAxis(axis: number, rank: number, op: string): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= rank) throw graphError(op, `axis ${axis} of a tensor of rank ${rank}`);
  return positive;
}

const unary: ShapeRule = (inputs, _attributes, op) => {
  const x = need(inputs, 0, op);
  return [{ type: x.type, dims: x.dims }];
};

const binary: ShapeRule = (inputs, _attributes, op) => {
  const [a, b] = [need(inputs, 0, op), need(inputs, 1, op)];
  return [{ type: sameType(a, b, op), dims: broadcast(a.dims, b.dims, op) }];
};

const comparison: ShapeRule = (inputs, attributes, op) => [
  { type: "bool", dims: binary(inputs, attributes, op)[0].dims },
];

const matMul: ShapeRule = (inputs, _attributes, op) => {
  const [a, b] = [need(inputs, 0, op), need(inputs, 1, op)];
  if (a.dims.length < 2 || b.dims.length < 2) throw graphError(op, "operands need at least two dimensions");
  const [m, k] = a.dims.slice(-2);
  const [k2, n] = b.dims.slice(-2);
  if (k !== k2) throw graphError(op, `${showDims(a.dims)} × ${showDims(b.dims)}: inner sizes differ`);
  const batch = broadcast(a.dims.slice(0, -2), b.dims.slice(0, -2), op);
  return [{ type: sameType(a, b, op), dims: [...batch, m, n] }];
};

const gemm: ShapeRule = (inputs, attributes, op) => {
  const [a, b] = [need(inputs, 0, op), need(inputs, 1, op)];
  if (a.dims.length !== 2 || b.dims.length !== 2) throw graphError(op, "operands must be matrices");
  const [m, k] = int(attributes, "transA", 0) ? [a.dims[1], a.dims[0]] : a.dims;
  const [k2, n] = int(attributes, "transB", 0) ? [b.dims[1], b.dims[0]] : b.dims;
  if (k !== k2) throw graphError(op, `${showDims(a.dims)} × ${showDims(b.dims)}: inner sizes differ`);
  const c = inputs[2];
  if (c) broadcast([m, n], c.dims, op);
  return [{ type: sameType(a, b, op), dims: [m, n] }];
};

const where: ShapeRule = (inputs, _attributes, op) => {
  const [condition, a, b] = [need(inputs, 0, op), need(inputs, 1, op), need(inputs, 2, op)];
  if (condition.type !== "bool") throw graphError(op, `the condition is ${condition.type}`);
  return [{ type: sameType(a, b, op), dims: broadcast(condition.dims, broadcast(a.dims, b.dims, op), op) }];
};

/** Normalization over the last axes: scale and bias must have their size. */
const layerNormalization: ShapeRule = (inputs, attributes, op) => {
  const [x, scale] = [need(inputs, 0, op), need(inputs, 1, op)];
  const axis = normalizeAxis(int(attributes, "axis", -1), x.dims.length, op);
  const normalized = x.dims.slice(axis);
  for (const parameter of [scale, inputs[2]]) {
    if (parameter && parameter.dims.join() !== normalized.join()) {
      throw graphError(op, `${parameter.name} ${showDims(parameter.dims)} does not fit ${showDims(normalized)}`);
    }
  }
  return [{ type: x.type, dims: x.dims }];
};

/** Rules of the elementwise and matrix operators; the others are in separate files. */
export const mathRules: Readonly<Record<string, ShapeRule>> = {
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Min: binary,
  Max: binary,
  Pow: (inputs, _attributes, op) => {
    const [a, b] = [need(inputs, 0, op), need(inputs, 1, op)];
    return [{ type: a.type, dims: broadcast(a.dims, b.dims, op) }];
  },
  Equal: comparison,
  Less: comparison,
  Greater: comparison,
  Not: unary,
  Relu: unary,
  Gelu: unary,
  Erf: unary,
  Exp: unary,
  Log: unary,
  Neg: unary,
  Sqrt: unary,
  Reciprocal: unary,
  Softplus: unary,
  Sigmoid: unary,
  Sin: unary,
  Cos: unary,
  Identity: unary,
  Softmax: unary,
  LogSoftmax: unary,
  MatMul: matMul,
  Gemm: gemm,
  Where: where,
  LayerNormalization: layerNormalization,
};
