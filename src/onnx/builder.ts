import { convRules } from "./conv-rules.js";
import {
  type Attributes,
  type Constant,
  type ConstantData,
  type Dim,
  type Dims,
  type Graph,
  type GraphNode,
  graphError,
  type OnnxType,
  type onnxTypes,
  showDims,
  type Value,
} from "./graph.js";
import { layoutRules } from "./layout-rules.js";
import { mathRules, normalizeAxis, type ShapeRule } from "./shape-rules.js";

/**
 * A part of a graph that depends on what came before through `input` and constants only: nodes `start` to `end`
 * (exclusive).
 */
export interface GraphPart {
  readonly input: Value;
  readonly start: number;
  readonly end: number;
}

const rules: Readonly<Record<string, ShapeRule>> = { ...mathRules, ...convRules, ...layoutRules };

/**
 * Builds a {@link Graph} node by node and checks every shape on the way, so that a checkpoint that does not fit its
 * architecture fails here, with a name, and not inside the runtime.
 */
export class GraphBuilder {
  readonly #name: string;
  readonly #parent: GraphBuilder | undefined;
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #constants: Constant[] = [];
  readonly #data = new Map<Value, ConstantData>();
  readonly #segments: GraphPart[] = [];
  #counter = 0;

  constructor(name: string, parent?: GraphBuilder) {
    this.#name = name;
    this.#parent = parent;
  }

  /**
   * A builder for a changed version of a graph: with its inputs, outputs, and constants, but without nodes. See
   * {@link keep}.
   */
  static revise(graph: Graph): GraphBuilder {
    const b = new GraphBuilder(graph.name);
    b.#inputs.push(...graph.inputs);
    b.#outputs.push(...graph.outputs);
    b.#constants.push(...graph.constants);
    for (const { value, data } of graph.constants) b.#data.set(value, data);
    const values = [...graph.constants.map(({ value }) => value), ...graph.nodes.flatMap(({ outputs }) => outputs)];
    const numbers = values.map(({ name }) => Number(/_(\d+)$/.exec(name)?.[1] ?? 0));
    b.#counter = numbers.reduce((most, number) => Math.max(most, number), 0);
    return b;
  }

  /** Adds a node that names its outputs itself, such as one of the graph that is revised. */
  keep(node: GraphNode): void {
    this.#nodes.push(node);
  }

  input(name: string, type: OnnxType, dims: Dims): Value {
    const value = { name, type, dims };
    this.#inputs.push(value);
    return value;
  }

  /** Names a value as an output. Its shape may be given more plainly than inferred (`batch` for `batch|1`). */
  output(name: string, value: Value, dims: Dims = value.dims): void {
    const output = { name, type: value.type, dims };
    this.#nodes.push({ op: "Identity", domain: "", inputs: [value], outputs: [output], attributes: {} });
    this.#outputs.push(output);
  }

  /** A constant tensor. The data is shared, not copied. */
  constant(data: ConstantData, dims: readonly number[], name?: string): Value {
    const count = dims.reduce((product, dim) => product * dim, 1);
    if (count !== data.length) throw graphError(name ?? "constant", `${data.length} elements for ${showDims(dims)}`);
    const value = { name: name ?? this.#fresh("const"), type: typeOf(data), dims };
    this.#constants.push({ value, data });
    this.#data.set(value, data);
    return value;
  }

  scalar(value: number, type: OnnxType = "float32"): Value {
    return this.constant(type === "float64" ? Float64Array.of(value) : Float32Array.of(value), []);
  }

  int64(values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /**
   * Adds a node whose operator has a shape rule. A name with a dot (`com.microsoft.Gelu`) is an ONNX Runtime operator.
   */
  op(op: string, inputs: readonly (Value | null)[], attributes: Attributes = {}): Value {
    const rule = rules[op];
    if (!rule) throw graphError(op, "has no shape rule");
    const [output] = rule(inputs, attributes, op);
    return this.node(op, inputs, attributes, output.type, output.dims);
  }

  /** Adds a node whose output shape the caller knows. */
  node(op: string, inputs: readonly (Value | null)[], attributes: Attributes, type: OnnxType, dims: Dims): Value {
    const dot = op.lastIndexOf(".");
    const output = { name: this.#fresh(op.slice(dot + 1)), type, dims };
    this.#nodes.push({
      op: op.slice(dot + 1),
      domain: dot < 0 ? "" : op.slice(0, dot),
      inputs,
      outputs: [output],
      attributes,
    });
    return output;
  }

  /** Adds a node with several outputs, whose shapes the caller knows. */
  multi(
    op: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes,
    outputs: readonly { readonly type: OnnxType; readonly dims: Dims }[],
  ): Value[] {
    const values = outputs.map(({ type, dims }) => ({ name: this.#fresh(op), type, dims }));
    this.#nodes.push({ op, domain: "", inputs, outputs: values, attributes });
    return values;
  }

  /** Duplicates a node with other inputs of the same shapes. */
  again({ op, domain, outputs, attributes }: GraphNode, inputs: readonly (Value | null)[]): Value[] {
    const values = outputs.map(({ type, dims }) => ({ name: this.#fresh(op), type, dims }));
    this.#nodes.push({ op, domain, inputs, outputs: values, attributes });
    return values;
  }

  /**
   * Builds a part of the graph whose intermediates the gradient may recompute from the part's input instead of keeping
   * them. The forward graph does not change.
   */
  segment(input: Value, build: (input: Value) => Value): Value {
    const start = this.#nodes.length;
    const output = build(input);
    if ((this.#segments.at(-1)?.end ?? 0) > start) throw graphError("segment", "one stands inside another");
    this.#segments.push({ input, start, end: this.#nodes.length });
    return output;
  }

  /** Reshapes to `dims`. Named sizes must stand at the same place in the input, or be the only unknown. */
  reshape(x: Value, dims: Dims): Value {
    if (dims.join() === x.dims.join()) return x;
    const unknown = dims.map((dim, n) => typeof dim === "string" && dim !== x.dims[n]);
    if (unknown.filter(Boolean).length > 1) throw graphError("Reshape", `${showDims(x.dims)} to ${showDims(dims)}`);
    const known = (list: Dims) =>
      list.reduce<number>((product, dim) => (typeof dim === "number" ? product * dim : product), 1);
    const named = (list: Dims) =>
      list
        .filter((dim) => typeof dim === "string")
        .sort()
        .join();
    if (named(dims) === named(x.dims) && known(dims) !== known(x.dims)) {
      throw graphError("Reshape", `${showDims(x.dims)} to ${showDims(dims)}`);
    }
    const target = dims.map((dim, n) => (typeof dim === "number" ? dim : unknown[n] ? -1 : 0));
    return this.node("Reshape", [x, this.int64(target)], {}, x.type, dims);
  }

  transpose(x: Value, perm: readonly number[]): Value {
    return this.op("Transpose", [x], { perm });
  }

  /** Elements `start` to `end` (exclusive) along one axis, every `step`-th. */
  slice(x: Value, axis: number, start: number, end: number, step = 1): Value {
    const at = normalizeAxis(axis, x.dims.length, "Slice");
    const size = x.dims[at];
    if (typeof size === "number" && (end > size || start < 0 || end <= start)) {
      throw graphError("Slice", `${start}:${end} of ${showDims(x.dims)} along axis ${at}`);
    }
    const dims = x.dims.map((dim, n): Dim => (n === at ? Math.ceil((end - start) / step) : dim));
    const bounds = [start, end, at, ...(step === 1 ? [] : [step])].map((value) => this.int64([value]));
    return this.node("Slice", [x, ...bounds], {}, x.type, dims);
  }

  /** Zeros round a tensor: `before` and `after` for each axis. */
  pad(x: Value, before: readonly number[], after: readonly number[]): Value {
    if ([...before, ...after].every((count) => count === 0)) return x;
    const dims = x.dims.map((dim, n): Dim => {
      if (before[n] + after[n] === 0) return dim;
      if (typeof dim !== "number") throw graphError("Pad", `axis ${n} of ${showDims(x.dims)} has no known size`);
      return before[n] + dim + after[n];
    });
    return this.node("Pad", [x, this.int64([...before, ...after])], { mode: "constant" }, x.type, dims);
  }

  /** Repeats size-1 axes up to `like`'s sizes along the given axes, which may be named. */
  expand(x: Value, dims: Dims, shape: Value): Value {
    return this.node("Expand", [x, shape], {}, x.type, dims);
  }

  /** Mean over axes, kept with size 1. */
  reduceMean(x: Value, axes: readonly number[]): Value {
    return this.#reduce("ReduceMean", x, axes);
  }

  /** Sum over axes, kept with size 1. */
  reduceSum(x: Value, axes: readonly number[]): Value {
    return this.#reduce("ReduceSum", x, axes);
  }

  /** The nodes so far, in order. */
  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  get segments(): readonly GraphPart[] {
    return this.#segments;
  }

  /** The elements of a constant of this graph, or `null` for any other value. */
  dataOf(value: Value): ConstantData | null {
    return this.#data.get(value) ?? null;
  }

  /**
   * A branch decided when the graph runs. Both sides may use this graph's values and must yield the same type.
   * @param condition a bool scalar
   * @param dims the shape of the result, with a new name for a size in which the branches differ
   */
  branch(
    condition: Value,
    dims: Dims,
    whenTrue: (b: GraphBuilder) => Value,
    whenFalse: (b: GraphBuilder) => Value,
  ): Value {
    const side = (name: string, build: (b: GraphBuilder) => Value) => {
      const inner = new GraphBuilder(this.#fresh(name), this);
      const value = build(inner);
      inner.output(inner.#fresh("out"), value);
      return { graph: inner.build(), type: value.type };
    };
    const [yes, no] = [side("then", whenTrue), side("else", whenFalse)];
    if (yes.type !== no.type) throw graphError("If", `the branches yield ${yes.type} and ${no.type}`);
    return this.node("If", [condition], { then_branch: yes.graph, else_branch: no.graph }, yes.type, dims);
  }

  build(): Graph {
    return {
      name: this.#name,
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      nodes: [...this.#nodes],
      constants: [...this.#constants],
    };
  }

  #reduce(op: string, x: Value, axes: readonly number[]): Value {
    const at = axes.map((axis) => normalizeAxis(axis, x.dims.length, op));
    const kept = x.dims.map((dim, n): Dim => (at.includes(n) ? 1 : dim));
    return this.node(op, [x, this.int64(at)], { keepdims: 1 }, x.type, kept);
  }

  /** Names are unique across a graph and its branches, as ONNX wants. */
  #fresh(stem: string): string {
    if (this.#parent) return this.#parent.#fresh(stem);
    this.#counter += 1;
    return `${stem}_${this.#counter}`;
  }
}

function typeOf(data: ConstantData): keyof typeof onnxTypes {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Int8Array) return "int8";
  return "uint8";
}
