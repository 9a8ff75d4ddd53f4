import { type Dim, graphError, showDims } from "./graph.js";
import { int, ints, need, type ShapeRule } from "./shape-rules.js";

function spatial(size: Dim, op: string): number {
  if (typeof size !== "number") throw graphError(op, `the spatial size ${size} must be a number`);
  return size;
}

const conv: ShapeRule = (inputs, attributes, op) => {
  const [x, w] = [need(inputs, 0, op), need(inputs, 1, op)];
  const group = int(attributes, "group", 1);
  const rank = x.dims.length - 2;
  if (x.dims[1] !== (w.dims[1] as number) * group) {
    throw graphError(op, `input ${showDims(x.dims)} does not fit weight ${showDims(w.dims)} in ${group} groups`);
  }
  checkBias(inputs[2]?.dims, w.dims[0], op);
  const kernel = w.dims.slice(2) as number[];
  const strides = ints(attributes, "strides", Array(rank).fill(1));
  const pads = ints(attributes, "pads", Array(2 * rank).fill(0));
  const out = kernel.map((k, n) => {
    const padded = spatial(x.dims[2 + n], op) + pads[n] + pads[rank + n];
    if (padded < k) throw graphError(op, `a kernel of ${k} on ${padded} pixels`);
    return Math.floor((padded - k) / strides[n]) + 1;
  });
  return [{ type: x.type, dims: [x.dims[0], w.dims[0], ...out] }];
};

const convTranspose: ShapeRule = (inputs, attributes, op) => {
  const [x, w] = [need(inputs, 0, op), need(inputs, 1, op)];
  const group = int(attributes, "group", 1);
  const rank = x.dims.length - 2;
  if (x.dims[1] !== w.dims[0])
    throw graphError(op, `input ${showDims(x.dims)} does not fit weight ${showDims(w.dims)}`);
  const channels = (w.dims[1] as number) * group;
  checkBias(inputs[2]?.dims, channels, op);
  const kernel = w.dims.slice(2) as number[];
  const strides = ints(attributes, "strides", Array(rank).fill(1));
  const pads = ints(attributes, "pads", Array(2 * rank).fill(0));
  const out = kernel.map((k, n) => (spatial(x.dims[2 + n], op) - 1) * strides[n] + k - pads[n] - pads[rank + n]);
  return [{ type: x.type, dims: [x.dims[0], channels, ...out] }];
};

/** Without padding. */
const maxPool: ShapeRule = (inputs, attributes, op) => {
  const x = need(inputs, 0, op);
  const kernel = ints(attributes, "kernel_shape", []);
  const strides = ints(
    attributes,
    "strides",
    kernel.map(() => 1),
  );
  const out = kernel.map((k, n) => {
    const size = spatial(x.dims[2 + n], op);
    if (size < k) throw graphError(op, `a kernel of ${k} on ${size} pixels`);
    return Math.floor((size - k) / strides[n]) + 1;
  });
  return [{ type: x.type, dims: [...x.dims.slice(0, 2), ...out] }];
};

function checkBias(dims: readonly Dim[] | undefined, channels: Dim, op: string): void {
  if (dims && (dims.length !== 1 || dims[0] !== channels)) {
    throw graphError(op, `the bias ${showDims(dims)} does not fit ${channels} channels`);
  }
}

export const convRules: Readonly<Record<string, ShapeRule>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
};
