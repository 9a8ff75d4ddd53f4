import { GraphBuilder } from "./builder.js";
import { type Dims, type Graph, type GraphNode, type OnnxType, onnxTypes, type Value } from "./graph.js";
import { GraphLinks } from "./links.js";
import { withoutUnused } from "./prune.js";

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
 * How weights are stored: the same whole numbers, signed, or 128 higher. Processors differ in which they sum exactly.
 */
export type WeightType = "int8" | "uint8";

export interface Int8Options {
  /** Default `int8`. */
  readonly weightType?: WeightType | undefined;
  /**
   * For inputs of products ({@link productInputs}), by name: the mean of each channel, [depth]. What the rounding of
   * weights adds to such a mean is taken from the bias.
   */
  readonly means?: ReadonlyMap<string, Float32Array> | undefined;
}

/**
 * A graph whose large matrix products (`Gemm`, `MatMul`) with constant weights run on 8-bit integers.
 *
 * - Activations: uint8. Scale and zero point of a tensor come from its own smallest and largest value, in each run
 *   (ONNX `DynamicQuantizeLinear`), so that no value is cut off.
 * - Weights: a scale for each output channel, max |w| / 127. They are rounded by nodes that depend on constants only.
 * - Biases, where the mean of the input is known: bias − (rounded − exact weights) · mean. Source: Nagel et al.,
 *   "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, section 4.2.
 * - Sums: int32. Results, biases, and all other operators: float32 (`com.microsoft.MatMulIntegerToFloat`).
 *
 * The last product stays in float32, not counting those of `withConvolutionProducts`: its error would go into
 * the graph's output almost as it is, and one product costs little.
 * @returns a new graph with the same inputs and outputs
 */
export function withInt8Products(graph: Graph, options: Int8Options = {}): Graph {
  const products = new Map(productsOf(graph).map((product) => [product.node, product]));
  const b = GraphBuilder.revise(graph);
  const quantizer = new Quantizer(b, new GraphLinks(graph), options);
  for (const node of graph.nodes) {
    const product = products.get(node);
    if (product) quantizer.product(product);
    else b.keep(node);
  }
  // Convolutions' rows in float32.
  return withoutUnused(b.build());
}

/** The values that {@link withInt8Products} rounds, each [.., depth]. */
export function productInputs(graph: Graph): Value[] {
  return [...new Map(productsOf(graph).map(({ x }) => [x.name, x])).values()];
}

/** Those that are rounded. */
function productsOf(graph: Graph): Product[] {
  const links = new GraphLinks(graph);
  const all = everyProduct(graph);
  const last = all.findLast(({ x }) => !neighborsOf(x, links));
  return all.filter((product) => product !== last);
}

function everyProduct({ nodes, constants }: Graph): Product[] {
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
  readonly #b: GraphBuilder;
  readonly #links: GraphLinks;
  readonly #options: Int8Options;
  /** Quantized activations by the name of the tensor: integers, scale, zero point. */
  readonly #seen = new Map<string, readonly Value[]>();

  constructor(b: GraphBuilder, links: GraphLinks, options: Int8Options) {
    this.#b = b;
    this.#links = links;
    this.#options = options;
  }

  product({ node, x, weight, isTransposed, bias }: Product): void {
    const b = this.#b;
    const { weightType = "int8", means } = this.#options;
    const [q, scale, zero] = this.#quantized(x);
    const [rows, columns] = weight.dims as number[];
    const [depth, outputs] = isTransposed ? [columns, rows] : [rows, columns];
    const one = (op: string, inputs: readonly Value[], dims: Dims, type: OnnxType = "float32", attributes = {}) =>
      b.node(op, inputs, attributes, type, dims);
    const turn = (value: Value) => (isTransposed ? b.transpose(value, [1, 0]) : value);

    const kept = isTransposed ? [outputs, 1] : [1, outputs];
    const size = one("Abs", [weight], weight.dims);
    const largest = one("ReduceMax", [size, b.int64([isTransposed ? 1 : 0])], kept, "float32", { keepdims: 1 });
    const step = one("Div", [largest, b.scalar(127)], kept);
    // A channel of zeros.
    const steps = one("Max", [step, b.scalar(1e-30)], kept);
    const rounded = one("Round", [one("Div", [weight, steps], weight.dims)], weight.dims);
    const stored = weightType === "uint8" ? b.op("Add", [rounded, b.scalar(128)]) : rounded;
    const integers = one("Cast", [stored], weight.dims, weightType, { to: onnxTypes[weightType] });
    const middle = weightType === "uint8" ? b.constant(Uint8Array.of(128), []) : null;

    const mean = means?.get(x.name);
    let correctedBias = bias;
    if (mean) {
      const added = turn(b.op("Sub", [b.op("Mul", [rounded, steps]), weight]));
      const shift = b.reshape(b.op("MatMul", [b.constant(mean, [1, depth]), added]), [outputs]);
      correctedBias = bias ? b.op("Sub", [bias, shift]) : one("Neg", [shift], [outputs]);
    }
    b.keep({
      op: "MatMulIntegerToFloat",
      domain: "com.microsoft",
      inputs: [q, turn(integers), scale, b.reshape(steps, [outputs]), zero, middle, correctedBias],
      outputs: node.outputs,
      attributes: {},
    });
  }

  #quantized(x: Value): readonly Value[] {
    const known = this.#seen.get(x.name);
    if (known) return known;
    const parts = this.#gathered(x) ?? this.#measured(x);
    this.#seen.set(x.name, parts);
    return parts;
  }

  #measured(x: Value): Value[] {
    return this.#b.multi("DynamicQuantizeLinear", [x], {}, [
      { type: "uint8", dims: x.dims },
      { type: "float32", dims: [] },
      { type: "uint8", dims: [] },
    ]);
  }

  /** The rows around tokens are rounded before they are gathered: the same numbers, in a quarter of the bytes. */
  #gathered(x: Value): Value[] | null {
    const b = this.#b;
    const neighbors = neighborsOf(x, this.#links);
    if (!neighbors) return null;
    const { tokens, zeros, gather, reshape } = neighbors;
    const [q, scale, zero] = this.#quantized(tokens);
    const row = b.expand(zero, zeros.dims, b.int64(zeros.dims as number[]));
    const rows = b.op("Gather", [b.op("Concat", [q, row], { axis: 0 }), gather.inputs[1]!], gather.attributes);
    return [b.node("Reshape", [rows, reshape.inputs[1]!], {}, "uint8", x.dims), scale, zero];
  }
}

/** The parts of the rows around tokens that `withConvolutionProducts` makes; null for another value. */
function neighborsOf(x: Value, links: GraphLinks) {
  const [reshape, gather, concat] = links.chainBefore(x, ["Reshape", "Gather", "Concat"]);
  const [tokens, zeros] = concat?.inputs ?? [];
  if (!reshape || !gather || !tokens || !zeros || !links.isZero(zeros)) return null;
  return { tokens, zeros, gather, reshape };
}
