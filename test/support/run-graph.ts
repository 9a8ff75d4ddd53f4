import type { Graph } from "../../src/onnx/graph.js";
import { serializeModel } from "../../src/onnx/serialize.js";
import { Session } from "../../src/runtime/session.js";
import type { Feeds, Outputs } from "../../src/runtime/tensor.js";

/** Runs a graph once on the CPU. */
export async function runGraph(graph: Graph, feeds: Feeds): Promise<Outputs> {
  const session = await Session.create({ bytes: serializeModel(graph).model }, "CPU");
  try {
    return (await session.run(feeds)).outputs;
  } finally {
    await session.release();
  }
}
