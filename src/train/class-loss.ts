import { add, div, mul, sub } from "../autodiff/arithmetic.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { mean } from "./losses.js";

/** Keeps Dice near 0 loss where a class is neither there nor found; AutoSAM's value. */
const smooth = 1;

/**
 * The loss of classes that exclude each other (AutoSAM, Hu; loss_functions/dice_loss.py): cross-entropy, mean over
 * pixels, plus soft Dice with squared terms, mean over the classes without the background.
 * @param logits [1, classes, side, side]
 * @param target the same, 1 at each pixel's class, else 0
 * @returns a scalar
 */
export function buildClassLoss(b: GraphBuilder, logits: Value, target: Value): Value {
  const classes = logits.dims[1] as number;
  const surprise = mul(b, b.op("LogSoftmax", [logits], { axis: 1 }), target);
  const crossEntropy = mul(b, mean(b, b.reduceSum(surprise, [1])), -1);
  const foreground = (x: Value) => b.slice(x, 1, 1, classes);
  const [probability, truth] = [foreground(b.op("Softmax", [logits], { axis: 1 })), foreground(target)];
  const pixels = [2, 3];
  const both = b.reduceSum(mul(b, probability, truth), pixels);
  const sizes = add(b, b.reduceSum(mul(b, probability, probability), pixels), b.reduceSum(truth, pixels));
  const dice = div(b, add(b, mul(b, both, 2), smooth), add(b, sizes, smooth));
  return add(b, crossEntropy, mean(b, sub(b, b.scalar(1), dice)));
}
