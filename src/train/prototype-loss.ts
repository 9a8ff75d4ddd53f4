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
 * @param cells [1, 1 + classes, embedSize, embedSize], the weight of each cell in the mean of the background, then of
 * each class; zeros for what is not there
 * @returns a scalar, 0 where no class is there
 */
export function buildPrototypeLoss(b: GraphBuilder, prototypes: Value, image: Value, cells: Value): Value {
  const [classes, width] = prototypes.dims as [number, number];
  const [, , rows, columns] = image.dims as [number, number, number, number];
  const pixels = rows * columns;
  const weights = b.reshape(cells, [1 + classes, pixels]);
  const features = b.transpose(b.reshape(image, [width, pixels]), [1, 0]);
  // The direction of a mean is that of the sum.
  const references = normalized(b, b.op("MatMul", [weights, features]));
  const cosines = b.op("MatMul", [normalized(b, prototypes), b.transpose(references, [1, 0])]);
  const sizes = b.reshape(b.reduceSum(weights, [1]), [1, 1 + classes]);
  const isThere = b.op("Min", [mul(b, sizes, never), b.scalar(1)]);
  const scores = add(b, mul(b, cosines, 1 / temperature), mul(b, sub(b, isThere, b.scalar(1)), never));
  const own = Float32Array.from({ length: classes * (1 + classes) }, (_, n) => (n % (classes + 2) === 1 ? 1 : 0));
  const asked = mul(b, b.constant(own, [classes, 1 + classes]), isThere);
  const surprise = b.reduceSum(mul(b, b.op("LogSoftmax", [scores], { axis: 1 }), asked), [0, 1]);
  const count = b.op("Max", [b.reduceSum(asked, [0, 1]), b.scalar(1)]);
  return mul(b, mean(b, div(b, surprise, count)), -1);
}

/** Rows of length 1. */
function normalized(b: GraphBuilder, x: Value): Value {
  const squares = b.reduceSum(mul(b, x, x), [1]);
  return div(b, x, b.op("Sqrt", [add(b, squares, tiny)]));
}
