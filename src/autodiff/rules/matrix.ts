import type { GraphBuilder } from "../../onnx/builder.js";
import type { Value } from "../../onnx/graph.js";
import { int } from "../../onnx/shape-rules.js";
import { matrixTranspose, reduceTo } from "../arithmetic.js";
import { type GradientRule, inputOf, wanted } from "./rule.js";

/** y = a·b, batches broadcast: ∂a = ∂y·bᵀ, ∂b = aᵀ·∂y. */
const matMul: GradientRule = (context) => {
  const { b, adjoint } = context;
  const [x, y] = [inputOf(context, 0), inputOf(context, 1)];
  return wanted(context, [
    () => reduceTo(b, b.op("MatMul", [adjoint, matrixTranspose(b, y)]), x.dims),
    () =>
      y.dims.length === 2
        ? sharedRight(b, x, adjoint)
        : reduceTo(b, b.op("MatMul", [matrixTranspose(b, x), adjoint]), y.dims),
  ]);
};

/** ∂b when one matrix is shared by all batches: the batches become rows, so that one product also sums over them. */
function sharedRight(b: GraphBuilder, x: Value, adjoint: Value): Value {
  return b.op("Gemm", [rows(b, x), rows(b, adjoint)], { transA: 1 });
}

function rows(b: GraphBuilder, x: Value): Value {
  if (x.dims.length === 2) return x;
  const leading = x.dims.slice(0, -1);
  const width = x.dims[x.dims.length - 1];
  const known = leading.every((dim) => typeof dim === "number");
  const count = known
    ? (leading as number[]).reduce((product, dim) => product * dim, 1)
    : leading.filter((dim) => dim !== 1).join("*");
  return b.reshape(x, [count, width]);
}

/** y = a·b + c, with either side transposed. */
const gemm: GradientRule = (context) => {
  const { b, node, adjoint } = context;
  const [x, y] = [inputOf(context, 0), inputOf(context, 1)];
  const transA = int(node.attributes, "transA", 0);
  const transB = int(node.attributes, "transB", 0);
  const product = (p: Value, q: Value, transP: number, transQ: number) =>
    b.op("Gemm", [p, q], { transA: transP, transB: transQ });
  const c = node.inputs[2];
  return wanted(context, [
    () => (transA ? product(y, adjoint, transB, 1) : product(adjoint, y, 0, 1 - transB)),
    () => (transB ? product(adjoint, x, 1, transA) : product(x, adjoint, 1 - transA, 0)),
    ...(c ? [() => reduceTo(b, adjoint, c.dims)] : []),
  ]);
};

export const matrixRules: Readonly<Record<string, GradientRule>> = { MatMul: matMul, Gemm: gemm };
