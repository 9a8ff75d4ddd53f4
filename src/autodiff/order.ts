import type { GraphBuilder } from "../onnx/builder.js";
import { onnxTypes, type Value } from "../onnx/graph.js";
import { add, mul } from "./arithmetic.js";

/**
 * [1] bool, false whatever the values are (also NaN), and not known before all of them are: a square is never below −1. What takes it waits for
 * them, which decides what ONNX Runtime computes first and so what it keeps meanwhile: it orders nodes depth-first from the outputs.
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

/** The same values as `x`, once {@link falseAfter}'s are known. */
export function waitFor(b: GraphBuilder, x: Value, never: Value): Value {
  return add(b, x, b.reshape(b.op("Cast", [never], { to: onnxTypes[x.type] }), []));
}
