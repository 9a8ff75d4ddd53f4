import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { withConvolutionProducts } from "../../src/onnx/convolution-products.js";
import type { Graph } from "../../src/onnx/graph.js";
import type { Feeds } from "../../src/runtime/tensor.js";
import { runGraph } from "../support/run-graph.js";
import { betweenTokens } from "./support/token-convolution.js";

const count = (graph: Graph, op: string) => graph.nodes.filter((node) => node.op === op).length;

async function expectSame(graph: Graph, feeds: Feeds): Promise<void> {
  const [got, wanted] = await Promise.all([runGraph(withConvolutionProducts(graph), feeds), runGraph(graph, feeds)]);
  expect(Object.keys(got)).toEqual(Object.keys(wanted));
  for (const [name, { dims, data }] of Object.entries(wanted)) {
    expect(got[name]!.dims).toEqual(dims);
    const scale = (data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const misfit = (data as Float32Array).reduce(
      (most, value, n) => Math.max(most, Math.abs(value - Number(got[name]!.data[n]))),
      0,
    );
    expect(misfit).toBeLessThan(2e-6 * scale);
  }
}

describe("withConvolutionProducts", () => {
  it("makes a 3×3 convolution between tokens a product", async () => {
    const { graph, feeds } = betweenTokens();
    const changed = withConvolutionProducts(graph);
    expect([count(changed, "Conv"), count(changed, "Gemm"), count(changed, "Gather")]).toEqual([0, 1, 1]);
    await expectSame(graph, feeds);
  });

  it.each([
    ["without padding", { pad: 0 }],
    ["with a stride", { stride: 2 }],
    ["whose picture is read too", { isPictureRead: true }],
  ])("leaves a convolution %s alone", (_, variant) => {
    const { graph } = betweenTokens(variant);
    expect(withConvolutionProducts(graph).nodes).toEqual(graph.nodes);
  });

  it.each([
    ["with biases", true],
    ["without biases", false],
  ])("joins two 1×1 convolutions of which the first widens, %s", async (_, hasBias) => {
    const { graph, feeds } = pointwise([3, 8, 5], hasBias);
    const changed = withConvolutionProducts(graph);
    // The picture between is an output too.
    expect(count(changed, "Conv")).toBe(2);
    const last = changed.nodes.findLast(({ op }) => op === "Conv")!;
    expect(last.inputs[1]!.dims).toEqual([5, 3, 1, 1]);
    await expectSame(graph, feeds);
  });

  it("does not join where that is more work", () => {
    const { graph } = pointwise([8, 3, 5], true);
    expect(withConvolutionProducts(graph).nodes).toEqual(graph.nodes);
  });
});

function pointwise([inputs, middle, outputs]: readonly [number, number, number], hasBias: boolean) {
  const b = new GraphBuilder("pointwise");
  const wave = (length: number, at: number) => Float32Array.from({ length }, (_, n) => Math.sin(n * 0.37 + at));
  const conv = (x: ReturnType<GraphBuilder["input"]>, from: number, to: number, at: number) => {
    const biases = hasBias ? [b.constant(wave(to, at + 1), [to])] : [];
    return b.op("Conv", [x, b.constant(wave(to * from, at), [to, from, 1, 1]), ...biases], {
      kernel_shape: [1, 1],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      group: 1,
    });
  };
  const dims = [1, inputs, 6, 7];
  const between = conv(b.input("x", "float32", dims), inputs, middle, 2);
  b.output("between", between);
  b.output("y", conv(between, middle, outputs, 4));
  return { graph: b.build(), feeds: { x: { type: "float32", dims, data: wave(inputs * 42, 1) } } as const };
}
