import { throwIfCanceled } from "../core/errors.js";
import { GraphBuilder } from "../onnx/builder.js";
import { withConvolutionProducts } from "../onnx/convolution-products.js";
import type { Constant, Graph, Value } from "../onnx/graph.js";
import { withoutUnused } from "../onnx/prune.js";
import { productInputs, type WeightType, withInt8Products } from "../onnx/quantize.js";
import { serializeModel } from "../onnx/serialize.js";
import { Session } from "./session.js";
import type { Feeds } from "./tensor.js";

/**
 * Names how graphs are brought to 8 bits, as a part of a model's hash. To be changed with everything that changes their
 * numbers (`test/models/compile.test.ts` fails otherwise).
 */
export const int8Scheme = "int8, biases corrected";

export interface ToInt8Options {
  readonly weightType: WeightType;
  /**
   * Makes inputs of the graph, on which the means of activations are measured, by which the biases are corrected. Not
   * called for a graph without products. Without it, biases stay as they are.
   */
  readonly examples?: () => Promise<readonly Feeds[]>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A graph whose large products run on 8-bit integers ({@link withInt8Products}, {@link withConvolutionProducts}). Its
 * weights are stored rounded, so that the file has a quarter of the size and nothing is computed on loading.
 * @returns the graph itself where it has no such products
 * @throws {SamlabError} `canceled`
 */
export async function toInt8(exact: Graph, { weightType, examples, signal }: ToInt8Options): Promise<Graph> {
  const graph = withConvolutionProducts(exact);
  const means = await meansOf(graph, examples, signal);
  const quantized = withInt8Products(graph, { weightType, means });
  if (!hasInt8(quantized)) return exact;
  const given = new Set(quantized.constants.map(({ value }) => value.name));
  const rounded: Constant[] = [];
  for (const { op, inputs } of quantized.nodes) {
    if (op !== "MatMulIntegerToFloat") continue;
    throwIfCanceled(signal, "Compiling the model");
    const [, weights, , scales, , , bias] = inputs;
    const parts = [weights!, scales!, ...(bias && !given.has(bias.name) ? [bias] : [])];
    // One product at a time: all weights of a large model do not fit in one message to ONNX Runtime.
    rounded.push(...(await computed(quantized, parts)));
  }
  const names = new Set(rounded.map(({ value }) => value.name));
  const nodes = quantized.nodes.filter(({ outputs }) => !outputs.some(({ name }) => names.has(name)));
  return withoutUnused({ ...quantized, nodes, constants: [...quantized.constants, ...rounded] });
}

/** Whether {@link toInt8} found products in a graph. */
export function hasInt8({ nodes }: Graph): boolean {
  return nodes.some(({ op }) => op === "MatMulIntegerToFloat");
}

/** The mean of each channel of the activations that are rounded, over all examples. */
async function meansOf(
  graph: Graph,
  makeExamples: ToInt8Options["examples"],
  signal: AbortSignal | undefined,
): Promise<Map<string, Float32Array>> {
  const inputs = productInputs(graph);
  if (inputs.length === 0 || !makeExamples) return new Map();
  const examples = await makeExamples();
  const b = GraphBuilder.revise(graph);
  for (const node of graph.nodes) b.keep(node);
  const outputs = inputs.map((x) => {
    const depth = x.dims.at(-1)!;
    return b.reshape(b.reduceMean(x, [...x.dims.keys()].slice(0, -1)), [depth]);
  });
  const sums = new Map(inputs.map((x) => [x.name, new Float64Array(x.dims.at(-1) as number)]));
  const session = await Session.create(
    { bytes: serializeModel(withoutUnused({ ...b.build(), outputs })).model },
    "CPU",
    // All intermediates at once take gigabytes in a large model.
    { planMemory: false },
  );
  try {
    for (const example of examples) {
      throwIfCanceled(signal, "Compiling the model");
      const run = await session.run(example);
      for (const [n, { name }] of inputs.entries()) {
        const sum = sums.get(name)!;
        const mean = run.outputs[outputs[n]!.name]!.data as Float32Array;
        for (const [channel, value] of mean.entries()) sum[channel]! += value / examples.length;
      }
    }
  } finally {
    await session.release();
  }
  return new Map([...sums].map(([name, sum]) => [name, Float32Array.from(sum)]));
}

/** Values that depend on constants alone. */
async function computed({ name, nodes, constants }: Graph, outputs: readonly Value[]): Promise<Constant[]> {
  const { model } = serializeModel(withoutUnused({ name, inputs: [], outputs, nodes, constants }));
  const session = await Session.create({ bytes: model }, "CPU");
  try {
    const run = await session.run({});
    return outputs.map((value) => ({ value, data: run.outputs[value.name]!.data }));
  } finally {
    await session.release();
  }
}

const [rows, side] = [256, 64];

let known: Promise<WeightType | null> | undefined;

/**
 * How weights must be stored so that ONNX Runtime sums products of 8-bit integers exactly on this processor; null if it
 * never does. `int8` where there are instructions for such sums (VNNI or AMX on x86, dot products on ARM). Other x86
 * processors multiply signed weights fast but add pairs of products in 16 bits, which clips large sums; with `uint8`
 * they are exact, and slower. Tested once per process, in a few milliseconds.
 */
export function exactWeightType(): Promise<WeightType | null> {
  known ??= firstExact(["int8", "uint8"]);
  return known;
}

async function firstExact(types: readonly WeightType[]): Promise<WeightType | null> {
  for (const weightType of types) if (await isExact(weightType)) return weightType;
  return null;
}

async function isExact(weightType: WeightType): Promise<boolean> {
  const b = new GraphBuilder("int8_trial");
  const x = b.input("x", "float32", [rows, side]);
  const half = b.constant(new Float32Array(side * side).fill(0.5), [side, side]);
  // The last product stays in float32, so that there are two.
  const mean = b.constant(new Float32Array(side * side).fill(1 / side), [side, side]);
  b.output("y", b.op("MatMul", [b.op("MatMul", [x, half]), mean]));
  const { model } = serializeModel(withInt8Products(b.build(), { weightType }));
  const session = await Session.create({ bytes: model }, "CPU");
  try {
    const data = new Float32Array(rows * side).fill(1);
    const { outputs } = await session.run({ x: { type: "float32", dims: [rows, side], data } });
    const sum = side / 2;
    return (outputs.y.data as Float32Array).every((value) => Math.abs(value - sum) < 1e-3 * sum);
  } finally {
    await session.release();
  }
}
