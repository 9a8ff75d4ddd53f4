import { add, div, mul, sub } from "../autodiff/arithmetic.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { buildLoss, type LossInputs, mean } from "./losses.js";

/** A logit whose probability is 0 in single precision. */
const never = 1e4;

/**
 * Dice, cross-entropy, and the error of the predicted IoU, added up, of the picture without its padding, which
 * SurgicalSAM cuts off before its loss (model_forward.py, `postprocess_masks`).
 * @param inputs `target` is 0 in the padding
 * @param isInPicture [1, 1, side, side], 1 or 0
 * @returns a scalar
 */
export function buildPictureLoss(b: GraphBuilder, inputs: LossInputs, isInPicture: Value): Value {
  const logits = add(b, mul(b, inputs.logits, isInPicture), mul(b, sub(b, isInPicture, 1), never));
  const cut = { ...inputs, logits };
  // A mean over all pixels, of which those of the padding are 0.
  const crossEntropy = div(b, buildLoss(b, cut, { bce: 1 }), mean(b, isInPicture));
  return add(b, buildLoss(b, cut, { dice: 1, iou: 1 }), crossEntropy);
}
