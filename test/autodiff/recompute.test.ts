import { describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff/gradient.js";
import { GraphBuilder } from "../../src/onnx/builder.js";
import type { Graph, GraphNode, Value } from "../../src/onnx/graph.js";
import { withoutUnused } from "../../src/onnx/prune.js";
import { ancestors } from "../support/ancestors.js";
import { runGraph } from "../support/run-graph.js";

const width = 4;

/** Two residual blocks with weights out of one vector: the gradients' graph and its forward nodes. */
function network(recompute: boolean | "auto", rows = 3): { graph: Graph; forward: readonly GraphNode[] } {
  const b = new GraphBuilder("blocks");
  const all = b.input("all", "float32", [2 * width * width]);
  const weights: Value[] = [];
  let x = b.input("x", "float32", [rows, width]);
  for (let n = 0; n < 2; n++) {
    x = b.segment(x, (input) => {
      const weight = b.reshape(b.slice(all, 0, n * width * width, (n + 1) * width * width), [width, width]);
      weights.push(weight);
      const hidden = b.op("Gelu", [b.op("MatMul", [input, weight])]);
      return b.op("Add", [input, b.op("Sigmoid", [b.op("MatMul", [hidden, weight])])]);
    });
  }
  const loss = b.reshape(b.reduceSum(b.op("Mul", [x, x]), [0, 1]), []);
  const forward = [...b.nodes];
  gradient(b, loss, weights, { recompute }).forEach((value, n) => {
    b.output(`gradient${n}`, value as Value);
  });
  return { graph: withoutUnused(b.build()), forward };
}

const noise = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, n) => Math.sin(seed + 12.9 * n));
const feeds = (bad = 0) => ({
  all: { type: "float32", dims: [2 * width * width], data: noise(2 * width * width, 1) } as const,
  x: { type: "float32", dims: [3, width], data: noise(3 * width, 2).map((v, n) => (n === 5 ? v + bad : v)) } as const,
});

describe("the gradient with recomputation", () => {
  it("is the one without, to the last bit", async () => {
    const [plain, again] = [
      await runGraph(network(false).graph, feeds()),
      await runGraph(network(true).graph, feeds()),
    ];
    expect(Object.keys(plain)).toEqual(["gradient0", "gradient1"]);
    expect(again).toEqual(plain);
    expect([...plain.gradient0.data].some((value) => Math.abs(Number(value)) > 1e-2)).toBe(true);
  });

  it("is NaN where the one without is", async () => {
    const { gradient0 } = await runGraph(network(true).graph, feeds(Number.NaN));
    expect([...gradient0.data].some(Number.isNaN)).toBe(true);
  });

  it("reads nothing of a block but its input, once the block's forward pass is over", () => {
    const readers = (recompute: boolean) => {
      const { graph, forward } = network(recompute);
      const isForward = new Set(forward.map(({ outputs }) => outputs[0]));
      const own = new Set(forward);
      const backward = graph.nodes.filter((node) => !own.has(node));
      return new Set(
        backward.flatMap(({ inputs }) => inputs.flatMap((value) => (value && isForward.has(value) ? value.name : []))),
      );
    };
    // The first block's result is the second one's input; the other is what the loss needs.
    expect(readers(true).size).toBe(2);
    expect(readers(false).size).toBeGreaterThan(6);
  });

  it("waits in each block for the gradients of the block behind it", () => {
    const { graph } = network(true);
    const last = ancestors(graph, "gradient1");
    const gradientOf = (name: string) => graph.nodes.find(({ outputs }) => outputs[0].name === name)?.inputs[0]?.name;
    expect(ancestors(graph, "gradient0").has(gradientOf("gradient1") ?? "")).toBe(true);
    expect(last.has(gradientOf("gradient0") ?? "")).toBe(false);
  });

  it("is left to the size of what would be kept: from some gigabytes on", () => {
    const nodes = (recompute: boolean | "auto", rows: number) => network(recompute, rows).graph.nodes.length;
    expect(nodes("auto", 3)).toBe(nodes(false, 3));
    expect(nodes("auto", 2 ** 22)).toBe(nodes(false, 3));
    expect(nodes("auto", 2 ** 25)).toBe(nodes(true, 3));
    expect(nodes(true, 3)).toBeGreaterThan(nodes(false, 3));
  });

  it("refuses a segment inside another", () => {
    const b = new GraphBuilder("nested");
    const x = b.input("x", "float32", [2]);
    const inner = (y: Value) => b.segment(y, (z) => b.op("Relu", [z]));
    expect(() => b.segment(x, (y) => b.op("Relu", [inner(y)]))).toThrow(/inside another/);
  });
});
