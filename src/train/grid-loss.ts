import { add, mul, sub } from "../autodiff/arithmetic.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { buildLoss, type LossInputs, mean } from "./losses.js";

/**
 * The loss of DeSAM's grid mode (training.py, `run_training`): Dice and cross-entropy of the mask, and the absolute
 * error of the predicted IoU, which is to be 1 for a point in the object and 0 for another.
 * @param isInObject [batch, masks], 0 or 1
 * @returns a scalar
 */
export function buildGridLoss(b: GraphBuilder, inputs: LossInputs, isInObject: Value): Value {
  const error = sub(b, inputs.predictedIou, isInObject);
  // The absolute value from operators that have a gradient; at 0 it is 0, as PyTorch's.
  const absolute = add(b, b.op("Relu", [error]), b.op("Relu", [mul(b, error, -1)]));
  return add(b, buildLoss(b, inputs, { dice: 1, bce: 1 }), mean(b, absolute));
}
