import { SamlabError } from "../core/errors.js";

/** Element types of values in a graph, with ONNX's numbers (onnx.proto TensorProto.DataType). */
export const onnxTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

export type OnnxType = keyof typeof onnxTypes;

/** A size: a number, or a name for one that is known only when the graph runs (equal names are equal sizes). */
export type Dim = number | string;
export type Dims = readonly Dim[];

/** One edge of the graph: the output of a node, an input, or a constant. */
export interface Value {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: Dims;
}

export type ConstantData = Float32Array | Float64Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

/** A constant's elements, row-major. The array is shared with the checkpoint, never changed. */
export interface Constant {
  readonly value: Value;
  readonly data: ConstantData;
}

export type Attribute = number | string | readonly number[] | { readonly float: number } | Graph;
export type Attributes = Readonly<Record<string, Attribute>>;

export interface GraphNode {
  readonly op: string;
  /** Empty for ONNX's own operators, `com.microsoft` for ONNX Runtime's. */
  readonly domain: string;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** A computation in topological order. Made by {@link GraphBuilder}, written by `serializeModel`. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly Constant[];
}

export function isGraph(attribute: Attribute): attribute is Graph {
  return typeof attribute === "object" && "nodes" in attribute;
}

/** `[2, "n", 256]` */
export function showDims(dims: Dims): string {
  return `[${dims.join(", ")}]`;
}

/** An error while a graph is built: a mistake in a model's code or a checkpoint that does not fit it. */
export function graphError(op: string, why: string): SamlabError {
  return new SamlabError("graph-invalid", `${op}: ${why}.`, { field: op });
}
