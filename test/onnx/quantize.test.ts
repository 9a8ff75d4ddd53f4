import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/onnx/builder.js";
import type { Graph } from "../../src/onnx/graph.js";
import { withInt8Products } from "../../src/onnx/quantize.js";
import { hasExactInt8, toInt8 } from "../../src/runtime/int8.js";
import { runGraph } from "../support/run-graph.js";
import { saySkipped } from "../support/skipped.js";

const [rows, depth, columns] = [300, 40, 33];
/** Skewed, so that the zero point is not in the middle. */
const wave = (length: number, at: number) =>
  Float32Array.from({ length }, (_, n) => Math.sin(n * 0.37 + at) + 0.6 * Math.cos(n * 1.9));
const activations = wave(rows * depth, 1);
const [weight, bias] = [wave(columns * depth, 2), wave(columns, 3)];
const input = { x: { type: "float32", dims: [rows, depth], data: activations } } as const;

/** Two products, of which the last stays as it is: it is the identity, so that the first can be read off. */
function products(build: (b: GraphBuilder, x: ReturnType<GraphBuilder["input"]>) => ReturnType<GraphBuilder["op"]>) {
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

/** The definition, in 64-bit numbers: rounding half to even as ONNX does. */
function expected(): Float64Array {
  const even = (value: number) => {
    const down = Math.floor(value);
    const rest = value - down;
    if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
    return down % 2 === 0 ? down : down + 1;
  };
  const [low, high] = [Math.min(0, ...activations), Math.max(0, ...activations)];
  const scale = Math.fround((high - low) / 255);
  const zero = even(-low / scale);
  const q = Array.from(activations, (value) => Math.min(255, Math.max(0, even(Math.fround(value / scale)) + zero)));
  const out = new Float64Array(rows * columns);
  for (let c = 0; c < columns; c++) {
    const own = weight.subarray(c * depth, (c + 1) * depth);
    const step = Math.fround(Math.max(...own.map(Math.abs)) / 127);
    const w = Array.from(own, (value) => even(Math.fround(value / step)));
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += (q[r * depth + k]! - zero) * w[k]!;
      out[r * columns + c] = sum * scale * step + bias[c]!;
    }
  }
  return out;
}

const exact = await hasExactInt8();
if (!exact) saySkipped("8-bit products: this processor does not sum them exactly");

describe.skipIf(!exact)("withInt8Products", () => {
  it("multiplies rounded numbers as defined", async () => {
    const graph = withInt8Products(gemm());
    expect([count(graph, "MatMulIntegerToFloat"), count(graph, "Gemm"), count(graph, "MatMul")]).toEqual([1, 0, 1]);
    const [got, wanted] = [await result(graph), expected()];
    const misfits = Array.from(got, (value, n) => Math.abs(value - wanted[n]!));
    // Where an activation lies halfway between two levels, the last bit of a division decides: one level of one input.
    expect(misfits.filter((misfit) => misfit > 1e-4).length).toBeLessThan(0.02 * misfits.length);
    expect(Math.max(...misfits)).toBeLessThan(0.03);
    // It is another number than that of the exact product, but not by much.
    const full = await result(gemm());
    const far = Math.max(...got.map((value, n) => Math.abs(value - full[n]!)));
    expect(far).toBeGreaterThan(1e-3);
    expect(far).toBeLessThan(0.3);
  });

  it("takes weights that are computed from constants, in either layout", async () => {
    const turned = products((b, x) => {
      const weights = b.transpose(b.op("Mul", [b.constant(weight, [columns, depth]), b.scalar(1)]), [1, 0]);
      return b.op("Add", [b.op("MatMul", [x, weights]), b.constant(bias, [columns])]);
    });
    const graph = withInt8Products(turned);
    expect(count(graph, "MatMulIntegerToFloat")).toBe(1);
    const [a, b] = [await result(graph), await result(withInt8Products(gemm()))];
    expect(Math.max(...a.map((value, n) => Math.abs(value - b[n]!)))).toBeLessThan(1e-5);
  });

  it("rounds the weights beforehand", async () => {
    const graph = await toInt8(gemm());
    const kept = graph.constants.map(({ value }) => `${value.type} ${value.dims}`).sort();
    expect(kept).toEqual(["float32 33", "float32 33", "float32 33,33", "int8 40,33"]);
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      "DynamicQuantizeLinear",
      "MatMulIntegerToFloat",
      "MatMul",
      "Identity",
    ]);
    expect(await result(graph)).toEqual(await result(withInt8Products(gemm())));
  });

  it("gives zero for a channel of zeros", async () => {
    const without = weight.slice().fill(0, 0, depth);
    const graph = products((b, x) => b.op("Gemm", [x, b.constant(without, [columns, depth])], { transB: 1 }));
    const got = await result(withInt8Products(graph));
    expect(Array.from({ length: rows }, (_, r) => got[r * columns]).every((value) => value === 0)).toBe(true);
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
