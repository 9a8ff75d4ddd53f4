import { add, div, mul, sub } from "../autodiff/arithmetic.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { mean } from "./losses.js";

/** SurgicalSAM's value. */
const temperature = 0.07;

/** Takes what is not there out of a softmax. */
const never = 1e4;

const tiny = 1e-8;

/**
 * Draws each class's prototype to the mean embedding of its object, and away from those of the other classes that are
 * there and of the background: InfoNCE on cosines (SurgicalSAM; `NTXentLoss` of pytorch-metric-learning with the means
 * as references). SurgicalSAM contrasts the objects of a batch of pictures; here one picture is a step, and its
 * background stands among the references.
 * @param prototypes [classes, width]
 * @param image [1, width, embedSize, embedSize], the image embedding
 * @param target [1, classes, 4·embedSize, 4·embedSize], 1 at each class's pixels, else 0
 * @returns a scalar, 0 where no class is there
 */
export function buildPrototypeLoss(b: GraphBuilder, prototypes: Value, image: Value, target: Value): Value {
  const [classes, width] = prototypes.dims as [number, number];
  const [, , rows, columns] = image.dims as [number, number, number, number];
  const pixels = rows * columns;
  const shares = b.reduceMean(b.reshape(target, [classes, rows, 4, columns, 4]), [2, 4]);
  const ofClasses = b.reshape(shares, [classes, pixels]);
  const background = sub(b, b.scalar(1), b.reduceSum(ofClasses, [0]));
  const weights = b.op("Concat", [ofClasses, b.reshape(background, [1, pixels])], { axis: 0 });
  const features = b.transpose(b.reshape(image, [width, pixels]), [1, 0]);
  // The direction of a mean is that of the sum.
  const references = normalized(b, b.op("MatMul", [weights, features]));
  const cosines = b.op("MatMul", [normalized(b, prototypes), b.transpose(references, [1, 0])]);
  const sizes = b.reshape(b.reduceSum(weights, [1]), [1, classes + 1]);
  const isThere = b.op("Min", [mul(b, sizes, never), b.scalar(1)]);
  const scores = add(b, mul(b, cosines, 1 / temperature), mul(b, sub(b, isThere, b.scalar(1)), never));
  const own = Float32Array.from({ length: classes * (classes + 1) }, (_, n) => (n % (classes + 2) === 0 ? 1 : 0));
  const asked = mul(b, b.constant(own, [classes, classes + 1]), isThere);
  const surprise = b.reduceSum(mul(b, b.op("LogSoftmax", [scores], { axis: 1 }), asked), [0, 1]);
  const count = b.op("Max", [b.reduceSum(asked, [0, 1]), b.scalar(1)]);
  return mul(b, mean(b, div(b, surprise, count)), -1);
}

/** Rows of length 1. */
function normalized(b: GraphBuilder, x: Value): Value {
  const squares = b.reduceSum(mul(b, x, x), [1]);
  return div(b, x, b.op("Sqrt", [add(b, squares, tiny)]));
}
