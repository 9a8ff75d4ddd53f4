import { add, div, mul, sub } from "../autodiff/arithmetic.js";
import type { GraphBuilder } from "../onnx/builder.js";
import { onnxTypes, type Value } from "../onnx/graph.js";
import { type LossInputs, type LossWeights, lossPerMask, mean } from "./losses.js";

/** Share of the mean over the candidates beside their best: without it a candidate that never wins would never learn. */
const shareOfAll = 0.1;

/**
 * The loss over the single mask and the candidates (SAM, section 3, "Resolving ambiguity"): the single mask's own, plus that of the candidate that fits
 * best, so that the candidates may stand for different objects under one click. Every mask's predicted IoU is trained.
 * @param inputs with all masks, the single one first
 * @param candidateWeight scalar; 0 where a prompt is not ambiguous
 * @returns a scalar
 */
export function buildCandidateLoss(
  b: GraphBuilder,
  inputs: LossInputs,
  { iou = 0, ...shape }: LossWeights,
  candidateWeight: Value,
): Value {
  const losses = lossPerMask(b, inputs, shape);
  const [batch, masks] = losses.dims as number[];
  const candidates = b.slice(losses, 1, 1, masks);
  const least = b.node("ReduceMin", [candidates, b.int64([1])], { keepdims: 1 }, "float32", [batch, 1]);
  // Which one is best is no matter of the gradient.
  const isWorse = b.op("Cast", [b.op("Greater", [candidates, least])], { to: onnxTypes.float32 });
  const isBest = sub(b, b.scalar(1), isWorse);
  const best = div(b, b.reduceSum(mul(b, candidates, isBest), [1]), b.reduceSum(isBest, [1]));
  const ambiguous = add(b, mean(b, best), mul(b, mean(b, candidates), shareOfAll));
  const loss = add(b, mean(b, b.slice(losses, 1, 0, 1)), mul(b, ambiguous, candidateWeight));
  return iou > 0 ? add(b, loss, mean(b, lossPerMask(b, inputs, { iou }))) : loss;
}
