import { expect, it } from "vitest";
import { headsInTurn } from "../../src/autodiff/rules/attention.js";
import { GraphBuilder } from "../../src/onnx/builder.js";
import type { Graph } from "../../src/onnx/graph.js";
import type { RunTensor } from "../../src/runtime/tensor.js";
import { ancestors } from "../support/ancestors.js";
import { maxDifference } from "../support/golden.js";
import { runGraph } from "../support/run-graph.js";

const dims = [2, 4, 5, 3];
const names = ["q", "k", "v", "dy"] as const;

function gradients(step: number): Graph {
  const b = new GraphBuilder("heads");
  const [q, k, v, dy] = names.map((name) => b.input(name, "float32", dims));
  const bias = b.input("bias", "float32", [1, 4, 5, 5]);
  headsInTurn(b, { q, k, v, dy, bias, scale: 0.5 }, step).forEach((value, n) => {
    b.output(`d${names[n]}`, value);
  });
  return b.build();
}

const noise = (shape: readonly number[], seed: number): RunTensor => ({
  type: "float32",
  dims: shape,
  data: Float32Array.from({ length: shape.reduce((a, c) => a * c, 1) }, (_, n) => Math.sin(seed + 12.9 * n)),
});

it.each([1, 3])("attention's gradient %i heads at a time is that of all heads at once", async (step) => {
  const feeds = {
    ...Object.fromEntries(names.map((name, n) => [name, noise(dims, n)])),
    bias: noise([1, 4, 5, 5], 9),
  };
  const [whole, parts] = [await runGraph(gradients(4), feeds), await runGraph(gradients(step), feeds)];
  for (const name of ["dq", "dk", "dv"]) {
    expect(maxDifference(parts[name].data as Float32Array, whole[name].data as Float32Array), name).toBeLessThan(1e-6);
  }
});

it("attention's gradient takes a part of the heads after the one before, so that only one part's tables are kept", () => {
  const graph = gradients(1);
  const [dq, dk, dv] = graph.nodes.filter(({ op }) => op === "Concat").slice(-3);
  for (const joined of [dq, dk, dv]) {
    const before = ancestors(graph, joined.inputs[3]?.name ?? "");
    for (const { inputs } of [dq, dk, dv]) expect(before.has(inputs[2]?.name ?? "")).toBe(true);
  }
});
