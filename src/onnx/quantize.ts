import type { Constant, Dims, Graph, GraphNode, OnnxType, Value } from "./graph.js";

/** Products with fewer rows, inputs or outputs gain nothing from 8 bits. */
const smallest = { rows: 256, depth: 32, columns: 32 } as const;

/** A product of activations and weights that depend on constants alone. */
interface Product {
  readonly node: GraphNode;
  readonly x: Value;
  /** [columns, depth] where transposed, else [depth, columns] */
  readonly weight: Value;
  readonly isTransposed: boolean;
  readonly bias: Value | null;
}

/**
 * A graph whose large matrix products (`Gemm`, `MatMul`) with constant weights run on 8-bit integers.
 *
 * - Activations: uint8. Scale and zero point of a tensor come from its own smallest and largest value, in each run
 *   (ONNX `DynamicQuantizeLinear`), so that nothing is calibrated and no value is cut off.
 * - Weights: int8, symmetric, a scale for each output channel, max |w| / 127. They are rounded by nodes that ONNX
 *   Runtime runs once, on loading the graph.
 * - Sums: int32. Results, biases, and all other operators: float32 (`com.microsoft.MatMulIntegerToFloat`).
 *
 * The last such product stays in float32: its error would go into the graph's output as it is, and one product costs
 * little.
 * @returns a new graph with the same inputs and outputs
 */
export function withInt8Products(graph: Graph): Graph {
  const products = productsOf(graph);
  const last = products.at(-1)?.node;
  const byNode = new Map(products.map((product) => [product.node, product]));
  const writer = new Quantizer();
  const nodes = graph.nodes.flatMap((node) => {
    const product = node === last ? undefined : byNode.get(node);
    return product ? writer.product(product) : [node];
  });
  return { ...graph, nodes, constants: [...graph.constants, ...writer.constants] };
}

function productsOf({ nodes, constants }: Graph): Product[] {
  const fixed = new Set(constants.map(({ value }) => value.name));
  const isFixed = (value: Value | null) => value === null || fixed.has(value.name);
  const products: Product[] = [];
  for (const node of nodes) {
    if (node.inputs.length > 0 && node.inputs.every(isFixed)) {
      for (const { name } of node.outputs) fixed.add(name);
      continue;
    }
    const [x, weight, bias = null] = node.inputs;
    if ((node.op !== "Gemm" && node.op !== "MatMul") || !x || !weight || isFixed(x) || !isFixed(weight)) continue;
    if (!isFixed(bias) || weight.dims.length !== 2 || (bias !== null && bias.dims.length !== 1)) continue;
    if (x.type !== "float32" || !isPlain(node)) continue;
    const isTransposed = node.attributes.transB === 1;
    const [depth, columns] = (isTransposed ? [...weight.dims].reverse() : weight.dims) as number[];
    const rows = x.dims.slice(0, -1).reduce<number>((count, dim) => count * (typeof dim === "number" ? dim : 0), 1);
    if (rows < smallest.rows || depth < smallest.depth || columns < smallest.columns) continue;
    products.push({ node, x, weight, isTransposed, bias });
  }
  return products;
}

/** Neither transposed on the left nor scaled. */
function isPlain({ attributes }: GraphNode): boolean {
  return Object.keys(attributes).every((name) => name === "transB");
}

class Quantizer {
  readonly constants: Constant[] = [];
  /** Quantized activations by the name of the tensor. */
  readonly #seen = new Map<string, readonly Value[]>();
  #counter = 0;

  product({ node, x, weight, isTransposed, bias }: Product): GraphNode[] {
    const nodes: GraphNode[] = [];
    const add = (op: string, inputs: readonly (Value | null)[], outputs: readonly Value[], domain = "") => {
      nodes.push({ op, domain, inputs, outputs, attributes: {} });
      return outputs;
    };
    const [q, scale, zero] = this.#seen.get(x.name) ?? add("DynamicQuantizeLinear", [x], this.#quantized(x));
    this.#seen.set(x.name, [q, scale, zero]);

    const [rows, columns] = weight.dims as number[];
    const axis = isTransposed ? 1 : 0;
    const kept = isTransposed ? [rows, 1] : [1, columns];
    const one = (op: string, inputs: readonly Value[], dims: Dims, type: OnnxType = "float32", attributes = {}) => {
      const output = this.#value(op, type, dims);
      nodes.push({ op, domain: "", inputs, outputs: [output], attributes });
      return output;
    };
    const size = one("Abs", [weight], weight.dims);
    const largest = one("ReduceMax", [size, this.#int64([axis])], kept, "float32", { keepdims: 1 });
    const step = one("Div", [largest, this.#scalar(127)], kept);
    // A channel of zeros.
    const steps = one("Max", [step, this.#scalar(1e-30)], kept);
    const rounded = one("Round", [one("Div", [weight, steps], weight.dims)], weight.dims);
    const integers = one("Cast", [rounded], weight.dims, "int8", { to: 3 });
    const turned = isTransposed ? one("Transpose", [integers], [columns, rows], "int8", { perm: [1, 0] }) : integers;
    const outputs = isTransposed ? rows : columns;
    const scales = one("Reshape", [steps, this.#int64([outputs])], [outputs]);
    add("MatMulIntegerToFloat", [q, turned, scale, scales, zero, null, bias], node.outputs, "com.microsoft");
    return nodes;
  }

  #quantized({ dims }: Value): Value[] {
    return [this.#value("uint8", "uint8", dims), this.#value("scale", "float32", []), this.#value("zero", "uint8", [])];
  }

  #value(what: string, type: OnnxType, dims: Dims): Value {
    return { name: `int8_${what}_${this.#counter++}`, type, dims };
  }

  #scalar(value: number): Value {
    const constant = this.#value("number", "float32", []);
    this.constants.push({ value: constant, data: Float32Array.of(value) });
    return constant;
  }

  #int64(values: readonly number[]): Value {
    const constant = this.#value("sizes", "int64", [values.length]);
    this.constants.push({ value: constant, data: BigInt64Array.from(values, BigInt) });
    return constant;
  }
}
