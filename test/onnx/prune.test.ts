import { expect, it } from "vitest";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { withoutUnused } from "../../src/onnx/prune.js";

it("leaves out nodes and constants that no output follows from, and keeps what a branch reads", () => {
  const b = new GraphBuilder("graph");
  const x = b.input("x", "float32", [2]);
  const condition = b.input("c", "bool", []);
  const outer = b.op("Exp", [x]);
  const unused = b.op("Add", [b.op("Relu", [x]), b.constant(Float32Array.of(1, 2), [2], "unused")]);
  b.op("Neg", [unused]);
  const branch = b.branch(
    condition,
    [2],
    (inner) => inner.op("Neg", [outer]),
    () => x,
  );
  b.output("y", b.op("Add", [branch, b.constant(Float32Array.of(3, 4), [2], "used")]));
  const { nodes, constants, inputs } = withoutUnused(b.build());
  expect(nodes.map(({ op }) => op)).toEqual(["Exp", "If", "Add", "Identity"]);
  expect(constants.map(({ value }) => value.name)).toEqual(["used"]);
  expect(inputs).toHaveLength(2);
});
