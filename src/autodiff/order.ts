import type { GraphBuilder } from "../onnx/builder.js";
import { onnxTypes, type Value } from "../onnx/graph.js";
import { add, mul } from "./arithmetic.js";

/**
 * [1] bool, always false (also for NaN, since a square is never below −1), but dependent on all the values. Nodes that
 * take it run after them. This controls the order of execution, and so the memory in use, since ONNX Runtime orders
 * nodes depth-first from the outputs.
 */
export function falseAfter(b: GraphBuilder, values: readonly Value[]): Value {
  const first = values.map((value) => {
    const flat = b.node("Reshape", [value, b.int64([-1])], {}, value.type, ["all"]);
    return b.slice(flat, 0, 0, 1);
  });
  const joined = b.op("Concat", first, { axis: 0 });
  const squares = b.reduceSum(mul(b, joined, joined), [0]);
  return b.op("Less", [squares, b.scalar(-1, squares.type)]);
}

/** The same values as `x`, but computed after those of {@link falseAfter}. */
export function waitFor(b: GraphBuilder, x: Value, never: Value): Value {
  return add(b, x, b.reshape(b.op("Cast", [never], { to: onnxTypes[x.type] }), []));
}
