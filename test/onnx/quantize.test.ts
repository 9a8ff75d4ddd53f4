import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { withConvolutionProducts } from "../../src/onnx/convolution-products.js";
import type { Graph, Value } from "../../src/onnx/graph.js";
import { productInputs, withInt8Products } from "../../src/onnx/quantize.js";
import { exactWeightType, toInt8 } from "../../src/runtime/int8.js";
import { runGraph } from "../support/run-graph.js";
import { saySkipped } from "../support/skipped.js";
import { betweenTokens } from "./support/token-convolution.js";

const [rows, depth, columns] = [300, 40, 33];
/** Skewed, so that the zero point is not in the middle. */
const wave = (length: number, at: number) =>
  Float32Array.from({ length }, (_, n) => Math.sin(n * 0.37 + at) + 0.6 * Math.cos(n * 1.9));
const activations = wave(rows * depth, 1);
const [weight, bias] = [wave(columns * depth, 2), wave(columns, 3)];
const input = { x: { type: "float32", dims: [rows, depth], data: activations } } as const;

/** Two products, of which the last stays as it is: it is the identity, so that the first can be read off. */
function products(build: (b: GraphBuilder, x: Value) => Value) {
  const b = new GraphBuilder("products");
  const y = build(b, b.input("x", "float32", [rows, depth]));
  const identity = Float32Array.from({ length: columns ** 2 }, (_, n) => (n % (columns + 1) === 0 ? 1 : 0));
  b.output("y", b.op("MatMul", [y, b.constant(identity, [columns, columns])]));
  return b.build();
}

const gemm = () =>
  products((b, x) =>
    b.op("Gemm", [x, b.constant(weight, [columns, depth]), b.constant(bias, [columns])], { transB: 1 }),
  );
const result = async (graph: Graph) => (await runGraph(graph, input)).y.data as Float32Array;
const count = (graph: Graph, op: string) => graph.nodes.filter((node) => node.op === op).length;
const largest = (values: Iterable<number>) => Math.max(...Array.from(values, Math.abs));

/** Rounded half to even, as ONNX does. */
function even(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

/** The weights of a channel as whole numbers, and their scale. */
function roundedWeights(channel: number): { step: number; w: readonly number[] } {
  const own = weight.subarray(channel * depth, (channel + 1) * depth);
  const step = Math.fround(Math.max(...own.map(Math.abs)) / 127);
  return { step, w: Array.from(own, (value) => even(Math.fround(value / step))) };
}

/** The definition, in 64-bit numbers. */
function expected(): Float64Array {
  const [low, high] = [Math.min(0, ...activations), Math.max(0, ...activations)];
  const scale = Math.fround((high - low) / 255);
  const zero = even(-low / scale);
  const q = Array.from(activations, (value) => Math.min(255, Math.max(0, even(Math.fround(value / scale)) + zero)));
  const out = new Float64Array(rows * columns);
  for (let c = 0; c < columns; c++) {
    const { step, w } = roundedWeights(c);
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += (q[r * depth + k]! - zero) * w[k]!;
      out[r * columns + c] = sum * scale * step + bias[c]!;
    }
  }
  return out;
}

describe("withInt8Products", async () => {
  const weightType = (await exactWeightType())!;
  const rounded = (graph: Graph) => withInt8Products(graph, { weightType });

  it("is exact on every processor, with weights of one type", () => {
    expect(["int8", "uint8"]).toContain(weightType);
  });

  it("multiplies rounded numbers as defined", async () => {
    const graph = rounded(gemm());
    expect([count(graph, "MatMulIntegerToFloat"), count(graph, "Gemm"), count(graph, "MatMul")]).toEqual([1, 0, 1]);
    const [got, wanted] = [await result(graph), expected()];
    const misfits = Array.from(got, (value, n) => Math.abs(value - wanted[n]!));
    // Where an activation lies halfway between two levels, the last bit of a division decides: one level of one input.
    expect(misfits.filter((misfit) => misfit > 1e-4).length).toBeLessThan(0.02 * misfits.length);
    expect(largest(misfits)).toBeLessThan(0.03);
    // It is another number than that of the exact product, but not by much.
    const full = await result(gemm());
    const far = largest(got.map((value, n) => value - full[n]!));
    expect(far).toBeGreaterThan(1e-3);
    expect(far).toBeLessThan(0.3);
  });

  it("takes weights that are computed from constants, in either layout", async () => {
    const turned = products((b, x) => {
      const weights = b.transpose(b.op("Mul", [b.constant(weight, [columns, depth]), b.scalar(1)]), [1, 0]);
      return b.op("Add", [b.op("MatMul", [x, weights]), b.constant(bias, [columns])]);
    });
    const graph = rounded(turned);
    expect(count(graph, "MatMulIntegerToFloat")).toBe(1);
    const [a, b] = [await result(graph), await result(rounded(gemm()))];
    expect(largest(a.map((value, n) => value - b[n]!))).toBeLessThan(1e-5);
  });

  it("gives the same with weights of either type, where both are exact", async () => {
    if (weightType !== "int8") return saySkipped("signed 8-bit weights: this processor does not sum them exactly");
    const other = withInt8Products(gemm(), { weightType: "uint8" });
    expect(await result(other)).toEqual(await result(rounded(gemm())));
  });

  it("takes what rounding adds to the mean of the input from the bias", async () => {
    const [x] = productInputs(gemm());
    const mean = wave(depth, 4);
    const [got, plain] = await Promise.all([
      result(withInt8Products(gemm(), { weightType, means: new Map([[x!.name, mean]]) })),
      result(rounded(gemm())),
    ]);
    for (let c = 0; c < columns; c++) {
      const { step, w } = roundedWeights(c);
      const added = w.reduce((sum, value, k) => sum + (value * step - weight[c * depth + k]!) * mean[k]!, 0);
      for (const r of [0, rows - 1]) {
        expect(got[r * columns + c]! - plain[r * columns + c]!).toBeCloseTo(-added, 5);
      }
    }
  });

  it("measures the means of the inputs on examples", async () => {
    const second = activations.map((value) => 1 + 2 * value);
    const examples = async () => [input, { x: { ...input.x, data: second } }];
    const mean = Float32Array.from({ length: depth }, (_, k) => {
      const ofChannel = activations.filter((_, n) => n % depth === k);
      const own = ofChannel.reduce((sum, value) => sum + value, 0) / rows;
      return (own + 1 + 2 * own) / 2;
    });
    const [x] = productInputs(gemm());
    const [got, wanted] = await Promise.all([
      toInt8(gemm(), { weightType, examples }).then(result),
      result(withInt8Products(gemm(), { weightType, means: new Map([[x!.name, mean]]) })),
    ]);
    expect(largest(got.map((value, n) => value - wanted[n]!))).toBeLessThan(1e-5);
  });

  it("corrects also a product without a bias", async () => {
    const bare = () => products((b, x) => b.op("Gemm", [x, b.constant(weight, [columns, depth])], { transB: 1 }));
    const [a, b] = await Promise.all([
      toInt8(bare(), { weightType, examples: async () => [input] }).then(result),
      toInt8(gemm(), { weightType, examples: async () => [input] }).then(result),
    ]);
    expect(largest(a.map((value, n) => value + bias[n % columns]! - b[n]!))).toBeLessThan(1e-5);
  });

  it("rounds the weights beforehand", async () => {
    const graph = await toInt8(gemm(), { weightType });
    const kept = graph.constants.map(({ value }) => `${value.type} ${value.dims}`).sort();
    const middle = weightType === "uint8" ? ["uint8 "] : [];
    expect(kept).toEqual(["float32 33", "float32 33", "float32 33,33", ...middle, `${weightType} 40,33`].sort());
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      "DynamicQuantizeLinear",
      "MatMulIntegerToFloat",
      "MatMul",
      "Identity",
    ]);
    expect(await result(graph)).toEqual(await result(rounded(gemm())));
  });

  it("can be canceled, and makes no examples for a graph without products", async () => {
    const canceled = toInt8(gemm(), { weightType, examples: async () => [input], signal: AbortSignal.abort() });
    await expect(canceled).rejects.toMatchObject({ code: "canceled" });
    const b = new GraphBuilder("none");
    b.output("y", b.op("Relu", [b.input("x", "float32", [rows, depth])]));
    const none = b.build();
    const examples = () => Promise.reject(new Error("not needed"));
    expect(await toInt8(none, { weightType, examples })).toBe(none);
  });

  it("gives zero for a channel of zeros", async () => {
    const without = weight.slice().fill(0, 0, depth);
    const graph = products((b, x) => b.op("Gemm", [x, b.constant(without, [columns, depth])], { transB: 1 }));
    const got = await result(rounded(graph));
    expect(Array.from({ length: rows }, (_, r) => got[r * columns]).every((value) => value === 0)).toBe(true);
  });

  it("rounds the tokens of a convolution before their neighbors are gathered, with the same result", async () => {
    const { graph, feeds, size, channels } = betweenTokens({ isFramed: true });
    const exactProducts = withConvolutionProducts(graph);
    const quantized = rounded(exactProducts);
    const gather = quantized.nodes.find(({ op }) => op === "Gather")!;
    expect(gather.inputs[0]!.type).toBe("uint8");
    expect(gather.inputs[0]!.dims).toEqual([size * size + 1, channels]);
    const gathered = (await runGraph(quantized, feeds)).y.data as Float32Array;
    const full = (await runGraph(graph, feeds)).y.data as Float32Array;
    const rms = (values: Float32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    const misfit = rms(gathered.map((value, n) => value - full[n]!)) / rms(full);
    expect(misfit).toBeGreaterThan(1e-4);
    expect(misfit).toBeLessThan(0.04);
  });

  it("leaves products of activations, small ones, and the last one alone", () => {
    const b = new GraphBuilder("others");
    const x = b.input("x", "float32", [rows, depth]);
    const few = b.input("few", "float32", [8, depth]);
    const w = b.constant(weight, [columns, depth]);
    b.output("scores", b.op("MatMul", [x, b.transpose(x, [1, 0])]));
    b.output("small", b.op("Gemm", [few, w], { transB: 1 }));
    b.output("last", b.op("Gemm", [x, w], { transB: 1 }));
    const graph = b.build();
    expect(withInt8Products(graph)).toEqual(graph);
  });
});
