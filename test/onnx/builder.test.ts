import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { runGraph } from "../support/run-graph.js";

const floats = (...values: number[]) => Float32Array.from(values);

describe("GraphBuilder", () => {
  it("infers shapes with named sizes", () => {
    const b = new GraphBuilder("g");
    const x = b.input("x", "float32", ["batch", "points", 2]);
    const y = b.op("MatMul", [x, b.constant(floats(1, 2, 3, 4, 5, 6), [2, 3])]);
    expect(y.dims).toEqual(["batch", "points", 3]);
    const five = b.constant(new Float32Array(15), [1, 5, 3]);
    const learned = b.expand(five, ["batch", 5, 3], b.int64([1, 5, 3]));
    expect(b.op("Concat", [learned, y], { axis: 1 }).dims).toEqual(["batch", "points+5", 3]);
    expect(b.reshape(y, ["batch", "points", 3, 1]).dims).toEqual(["batch", "points", 3, 1]);
  });

  it.each([
    ["Add", [2, 3], [2, 4], /do not broadcast/],
    ["MatMul", [2, 3], [4, 2], /inner sizes differ/],
    ["Conv", [1, 3, 8, 8], [4, 5, 3, 3], /does not fit weight/],
    ["Concat", [2, 3], [3, 3], /does not fit/],
  ])("refuses a %s whose shapes disagree", (op, a, c, message) => {
    const b = new GraphBuilder("g");
    const [x, y] = [b.input("x", "float32", a), b.input("y", "float32", c)];
    expect(() => b.op(op, [x, y], op === "Concat" ? { axis: 1 } : {})).toThrow(
      expect.objectContaining({ code: "graph-invalid", message: expect.stringMatching(message) }),
    );
  });

  it("refuses a reshape to another number of elements", () => {
    const b = new GraphBuilder("g");
    expect(() => b.reshape(b.input("x", "float32", [2, 3]), [4, 2])).toThrow(/Reshape/);
  });
});

describe("the written model", () => {
  it("runs in ONNX Runtime: arithmetic, layout, slices", async () => {
    const b = new GraphBuilder("g");
    const x = b.input("x", "float32", ["n", 3]);
    const sum = b.op("Add", [b.op("Mul", [x, b.scalar(2)]), b.constant(floats(1, 0, -1), [3])]);
    b.output("sum", sum);
    b.output("columns", b.transpose(b.slice(sum, 1, 0, 2), [1, 0]));
    b.output("mean", b.reduceMean(sum, [1]));
    const out = await runGraph(b.build(), { x: { type: "float32", dims: [2, 3], data: floats(1, 2, 3, 4, 5, 6) } });
    expect(out.sum).toEqual({ type: "float32", dims: [2, 3], data: floats(3, 4, 5, 9, 10, 11) });
    expect(out.columns).toEqual({ type: "float32", dims: [2, 2], data: floats(3, 9, 4, 10) });
    expect(out.mean).toEqual({ type: "float32", dims: [2, 1], data: floats(4, 10) });
  });

  it("takes a branch by a flag, with values of the graph around it", async () => {
    const b = new GraphBuilder("g");
    const x = b.input("x", "float32", [2]);
    const flag = b.input("flag", "bool", []);
    const doubled = b.op("Add", [x, x]);
    b.output(
      "y",
      b.branch(
        flag,
        [2],
        (inner) => inner.op("Add", [doubled, inner.scalar(1)]),
        (inner) => inner.op("Neg", [x]),
      ),
    );
    const graph = b.build();
    const run = async (value: number) =>
      (
        await runGraph(graph, {
          x: { type: "float32", dims: [2], data: floats(1, 2) },
          flag: { type: "bool", dims: [], data: Uint8Array.of(value) },
        })
      ).y.data;
    expect(await run(1)).toEqual(floats(3, 5));
    expect(await run(0)).toEqual(floats(-1, -2));
  });
});
