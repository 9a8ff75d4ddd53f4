import type { GraphBuilder } from "../../onnx/builder.js";
import { graphError, type Value } from "../../onnx/graph.js";
import { int } from "../../onnx/shape-rules.js";
import { add, matrixTranspose, mul, sizeOf, sub } from "../arithmetic.js";
import { falseAfter, waitFor } from "../order.js";
import { type GradientRule, inputOf } from "./rule.js";

/** Score tables larger than this many elements are computed a few heads at a time: ViT-B's global ones are 805 MB. */
const largestTable = 1 << 24;

/**
 * Attention by ONNX Runtime's fused operator: the backward pass recomputes the attention weights from query and key
 * instead of keeping them (as FlashAttention does), so that the forward pass stays fused and its memory small.
 */
const multiHeadAttention: GradientRule = (context) => {
  const { b, node, adjoint } = context;
  const [query, key, value] = [0, 1, 2].map((n) => inputOf(context, n));
  const heads = int(node.attributes, "num_heads", 0);
  const bias = node.inputs[5] ?? null;
  if (bias && context.wants(5)) throw graphError("MultiHeadAttention", "the bias has no gradient");
  const depth = sizeOf([query.dims[2]]) / heads;
  const given = node.attributes.scale;
  const scale = typeof given === "object" && "float" in given ? given.float : depth ** -0.5;
  const [q, k, v, dy] = [query, key, value, adjoint].map((x) => splitHeads(b, x, heads));
  const table = sizeOf([query.dims[0], query.dims[1], key.dims[1]]);
  const step = Math.max(1, Math.min(heads, Math.floor(largestTable / table)));
  const gradients = headsInTurn(b, { q, k, v, dy, bias, scale }, step);
  return [query, key, value].map((input, n) =>
    context.wants(n) ? b.reshape(b.transpose(gradients[n], [0, 2, 1, 3]), input.dims) : null,
  );
};

/** Attention by head: all [batch, heads, tokens, depth], the bias [1, heads or 1, tokens, tokens]. */
export interface HeadedAttention {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  /** The gradient of what attention gives. */
  readonly dy: Value;
  readonly bias: Value | null;
  readonly scale: number;
}

/** Gradients of query, key and value, `step` heads at a time. */
export function headsInTurn(b: GraphBuilder, all: HeadedAttention, step: number): readonly Value[] {
  const heads = sizeOf([all.q.dims[1]]);
  if (step >= heads) return backward(b, all);
  const parts: (readonly Value[])[] = [];
  for (let head = 0; head < heads; head += step) {
    const own = (x: Value) => b.slice(x, 1, head, Math.min(heads, head + step));
    const bias = all.bias && all.bias.dims[1] !== 1 ? own(all.bias) : all.bias;
    // Parts are made to run one after another; otherwise the runtime would keep the score tables of all of them.
    const before = parts.at(-1);
    const q = before ? waitFor(b, own(all.q), falseAfter(b, before)) : own(all.q);
    parts.push(backward(b, { q, k: own(all.k), v: own(all.v), dy: own(all.dy), bias, scale: all.scale }));
  }
  return [0, 1, 2].map((n) =>
    b.op(
      "Concat",
      parts.map((part) => part[n]),
      { axis: 1 },
    ),
  );
}

function backward(b: GraphBuilder, { q, k, v, dy, bias, scale }: HeadedAttention): readonly Value[] {
  const product = mul(b, b.op("MatMul", [q, matrixTranspose(b, k)]), scale);
  const weights = b.op("Softmax", [bias ? add(b, product, bias) : product], { axis: -1 });
  const dv = b.op("MatMul", [matrixTranspose(b, weights), dy]);
  const dWeights = mul(b, b.op("MatMul", [dy, matrixTranspose(b, v)]), weights);
  const dScores = sub(b, dWeights, mul(b, weights, b.reduceSum(dWeights, [3])));
  const dq = mul(b, b.op("MatMul", [dScores, k]), scale);
  const dk = mul(b, b.op("MatMul", [matrixTranspose(b, dScores), q]), scale);
  return [dq, dk, dv];
}

/** [batch, tokens, heads·d] → [batch, heads, tokens, d] */
function splitHeads(b: GraphBuilder, x: Value, heads: number): Value {
  const [batch, tokens, width] = x.dims;
  return b.transpose(b.reshape(x, [batch, tokens, heads, sizeOf([width]) / heads]), [0, 2, 1, 3]);
}

export const attentionRules: Readonly<Record<string, GradientRule>> = {
  "com.microsoft.MultiHeadAttention": multiHeadAttention,
};
