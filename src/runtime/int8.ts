import { GraphBuilder } from "../onnx/builder.js";
import type { Constant, Graph, Value } from "../onnx/graph.js";
import { withoutUnused } from "../onnx/prune.js";
import { withInt8Products } from "../onnx/quantize.js";
import { serializeModel } from "../onnx/serialize.js";
import { Session } from "./session.js";

/**
 * A graph whose large products run on 8-bit integers ({@link withInt8Products}). Its weights are stored rounded, so
 * that the file has a quarter of the size and nothing is computed on loading.
 */
export async function toInt8(graph: Graph): Promise<Graph> {
  const quantized = withInt8Products(graph);
  if (!hasInt8(quantized)) return graph;
  const rounded: Constant[] = [];
  for (const { op, inputs } of quantized.nodes) {
    // One product at a time: all weights of a large model do not fit in one message to ONNX Runtime.
    if (op === "MatMulIntegerToFloat") rounded.push(...(await computed(quantized, [inputs[1]!, inputs[3]!])));
  }
  const names = new Set(rounded.map(({ value }) => value.name));
  const nodes = quantized.nodes.filter(({ outputs }) => !outputs.some(({ name }) => names.has(name)));
  return withoutUnused({ ...quantized, nodes, constants: [...quantized.constants, ...rounded] });
}

/** Whether {@link toInt8} found products in a graph. */
export function hasInt8({ nodes }: Graph): boolean {
  return nodes.some(({ op }) => op === "MatMulIntegerToFloat");
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

let known: Promise<boolean> | undefined;

/**
 * Whether ONNX Runtime sums products of 8-bit integers exactly on this processor. x86 processors without VNNI add pairs
 * of products in 16 bits, which clips large sums. Tested once per process, in a few milliseconds.
 */
export function hasExactInt8(): Promise<boolean> {
  known ??= tried();
  return known;
}

async function tried(): Promise<boolean> {
  const b = new GraphBuilder("int8_trial");
  const x = b.input("x", "float32", [rows, side]);
  const half = b.constant(new Float32Array(side * side).fill(0.5), [side, side]);
  // The last product stays in float32, so that there are two.
  const mean = b.constant(new Float32Array(side * side).fill(1 / side), [side, side]);
  b.output("y", b.op("MatMul", [b.op("MatMul", [x, half]), mean]));
  const session = await Session.create({ bytes: serializeModel(withInt8Products(b.build())).model }, "CPU");
  try {
    const data = new Float32Array(rows * side).fill(1);
    const { outputs } = await session.run({ x: { type: "float32", dims: [rows, side], data } });
    const sum = side / 2;
    return (outputs.y.data as Float32Array).every((value) => Math.abs(value - sum) < 1e-3 * sum);
  } finally {
    await session.release();
  }
}
