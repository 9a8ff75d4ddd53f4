import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { gradient } from "../../src/autodiff/gradient.js";
import { GraphBuilder } from "../../src/onnx/builder.js";
import type { Value } from "../../src/onnx/graph.js";
import { maxDifference } from "../support/golden.js";
import { runGraph } from "../support/run-graph.js";

const [rows, width, count] = [4096, 320, 6000];
/** Each row once, and the last one, as of padding, many times. */
const indices = Int32Array.from({ length: count }, (_, n) => Math.min(n, rows - 1));
/** Their sums depend on the order in their last digits. */
const weights = Float32Array.from({ length: count * width }, (_, n) => Math.sin(n));

// As users have it: a race needs two threads.
beforeEach(() => vi.stubEnv("SAMLAB_THREADS", "2"));
afterEach(() => vi.unstubAllEnvs());

it.each(["known", "given"])(
  "a row's gradient is the sum of all its places, the same in each run: %s indices",
  async (kind) => {
    const b = new GraphBuilder("gather");
    const x = b.input("x", "float32", [rows, width]);
    const places = kind === "known" ? b.constant(indices, [count]) : b.input("indices", "int32", [count]);
    const weighted = b.op("Mul", [
      b.op("Gather", [x, places], { axis: 0 }),
      b.input("weights", "float32", [count, width]),
    ]);
    const [slope] = gradient(b, b.reshape(b.reduceSum(weighted, [0, 1]), []), [x]);
    b.output("gradient", slope as Value);
    const expected = new Float64Array(rows * width);
    weights.forEach((weight, n) => {
      expected[indices[Math.floor(n / width)] * width + (n % width)] += weight;
    });
    const feeds = {
      x: { type: "float32", dims: [rows, width], data: new Float32Array(rows * width) },
      weights: { type: "float32", dims: [count, width], data: weights },
      ...(kind === "given" ? { indices: { type: "int32", dims: [count], data: indices } as const } : {}),
    } as const;
    const graph = b.build();
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => runGraph(graph, feeds)));
    const bytes = ({ gradient: { data } }: typeof first) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    expect(others.map((other) => bytes(other).equals(bytes(first)))).toEqual([true, true, true]);
    expect(maxDifference(first.gradient.data as Float32Array, Float32Array.from(expected))).toBeLessThan(2e-3);
  },
);
