import { add, div, mul, sub } from "../autodiff/arithmetic.js";
import type { GraphBuilder } from "../onnx/builder.js";
import { onnxTypes, type Value } from "../onnx/graph.js";
import { type LossInputs, type LossWeights, lossPerMask, mean } from "./losses.js";

/**
 * Weight of the mean loss over candidates relative to the best candidate's; without it, a candidate that is never the
 * best would get no gradient.
 */
const shareOfAll = 0.1;

/**
 * The loss over the answer and the candidates (SAM, section 3, "Resolving ambiguity"): the answer's loss plus that of
 * the best candidate, so that candidates can represent different objects under one click. The predicted IoU of every
 * mask is trained. The answer is the single mask, or one of the candidates (SAM-Med2D), whose losses then count twice.
 * @param inputs with all masks, the answer first
 * @param candidateWeight scalar; 0 for prompts that are not ambiguous
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
  // The selection of the best candidate is not differentiated.
  const isWorse = b.op("Cast", [b.op("Greater", [candidates, least])], { to: onnxTypes.float32 });
  const isBest = sub(b, b.scalar(1), isWorse);
  const best = div(b, b.reduceSum(mul(b, candidates, isBest), [1]), b.reduceSum(isBest, [1]));
  const ambiguous = add(b, mean(b, best), mul(b, mean(b, candidates), shareOfAll));
  const loss = add(b, mean(b, b.slice(losses, 1, 0, 1)), mul(b, ambiguous, candidateWeight));
  return iou > 0 ? add(b, loss, mean(b, lossPerMask(b, inputs, { iou }))) : loss;
}
