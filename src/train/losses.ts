import { add, div, mul, sub } from "../autodiff/arithmetic.js";
import { SamlabError } from "../core/errors.js";
import type { GraphBuilder } from "../onnx/builder.js";
import { onnxTypes, type Value } from "../onnx/graph.js";

/** Weights of the loss terms. Omitted terms are not computed. */
export interface LossWeights {
  /**
   * Soft Dice with squared terms in the denominator (MONAI `DiceLoss(sigmoid=True, squared_pred=True)`; Milletari et
   * al. 2016).
   */
  readonly dice?: number;
  /** Binary cross-entropy of the logits, mean over pixels. */
  readonly bce?: number;
  /** Focal loss, γ = 2, α = 0.25 for the object and 0.75 for the rest (Lin et al. 2017). */
  readonly focal?: number;
  /** Squared error of the predicted IoU against the IoU of the thresholded mask (SAM, appendix A). */
  readonly iou?: number;
}

/** Weights as published with the methods; the sources are in the names. */
export const publishedLosses = {
  /** SAM-SZU and MedSAM: Dice + cross-entropy. */
  "dice+bce": { dice: 1, bce: 1 },
  /** LiteMedSAM: as MedSAM plus the IoU head. */
  "dice+bce+iou": { dice: 1, bce: 1, iou: 1 },
  /** SAM: focal and Dice 20 : 1, plus the IoU head. SAM-Med2D weighs its own Dice and IoU alike. */
  "20focal+dice+iou": { focal: 20, dice: 1, iou: 1 },
  /** SAMed: 0.2 cross-entropy + 0.8 Dice. */
  "0.8dice+0.2bce": { dice: 0.8, bce: 0.2 },
} as const satisfies Record<string, LossWeights>;

/** The name of a published loss. */
export type LossName = keyof typeof publishedLosses;

/** The weights of a loss given by name or as weights. */
export function lossWeights(loss: LossName | LossWeights): LossWeights {
  const weights: LossWeights = typeof loss === "string" ? publishedLosses[loss] : loss;
  const used = Object.entries(weights ?? {}).filter(([, weight]) => weight > 0);
  const areKnown = used.every(([name]) => Object.hasOwn(terms, name));
  if (used.length > 0 && areKnown && Object.values(weights).every((weight) => Number.isFinite(weight) && weight >= 0))
    return weights;
  const what = areKnown ? "no term with a positive weight" : "a term that is not known";
  throw new SamlabError("argument-invalid", `The loss ${JSON.stringify(loss)} has ${what}.`, {
    field: "loss",
    value: loss,
    remedy: `Use ${Object.keys(publishedLosses).join(", ")}, or weights of ${Object.keys(terms).join(", ")}, such as { dice: 1, bce: 1 }.`,
  });
}

export interface LossInputs {
  /** [batch, masks, side, side], logits */
  readonly logits: Value;
  /** [batch, 1, side, side], 0 or 1 */
  readonly target: Value;
  /** [batch, masks] */
  readonly predictedIou: Value;
}

const terms = { dice: diceLoss, bce: bceLoss, focal: focalLoss, iou: iouLoss };

/** The weighted sum of the terms, mean over all masks, a scalar. */
export function buildLoss(b: GraphBuilder, inputs: LossInputs, weights: LossWeights): Value {
  return mean(b, lossPerMask(b, inputs, weights));
}

/** The weighted sum of the terms of each mask, [batch, masks]. */
export function lossPerMask(b: GraphBuilder, inputs: LossInputs, weights: LossWeights): Value {
  const weighted = Object.entries(terms).flatMap(([name, build]) => {
    const weight = weights[name as keyof LossWeights] ?? 0;
    return weight > 0 ? [mul(b, build(b, inputs), weight)] : [];
  });
  return weighted.reduce((sum, term) => add(b, sum, term));
}

/** Over all elements, as a scalar. */
export function mean(b: GraphBuilder, x: Value): Value {
  return b.reshape(b.reduceMean(x, [...x.dims.keys()]), []);
}

const pixels = [2, 3];

/** Keeps Dice defined where both masks are empty; MONAI's value. */
const smooth = 1e-5;

function diceLoss(b: GraphBuilder, { logits, target }: LossInputs): Value {
  const probability = b.op("Sigmoid", [logits]);
  const both = b.reduceSum(mul(b, probability, target), pixels);
  const sizes = add(b, b.reduceSum(mul(b, probability, probability), pixels), b.reduceSum(target, pixels));
  const score = div(b, add(b, mul(b, both, 2), smooth), add(b, sizes, smooth));
  return byMask(b, sub(b, b.scalar(1), score));
}

/** softplus(x) − x·t, which is exact for large logits too. */
function crossEntropy(b: GraphBuilder, { logits, target }: LossInputs): Value {
  return sub(b, b.op("Softplus", [logits]), mul(b, logits, target));
}

function bceLoss(b: GraphBuilder, inputs: LossInputs): Value {
  return meanByMask(b, crossEntropy(b, inputs));
}

function focalLoss(b: GraphBuilder, inputs: LossInputs): Value {
  const { logits, target } = inputs;
  const probability = b.op("Sigmoid", [logits]);
  // 1 − (the probability given to what is true) = p + t − 2pt
  const miss = sub(b, add(b, probability, target), mul(b, mul(b, probability, target), 2));
  const alpha = sub(b, b.scalar(0.75), mul(b, target, 0.5));
  const weight = mul(b, alpha, mul(b, miss, miss));
  return meanByMask(b, mul(b, weight, crossEntropy(b, inputs)));
}

function iouLoss(b: GraphBuilder, { logits, target, predictedIou }: LossInputs): Value {
  const hard = b.op("Cast", [b.op("Greater", [logits, b.scalar(0)])], { to: onnxTypes.float32 });
  const both = b.reduceSum(mul(b, hard, target), pixels);
  const union = sub(b, add(b, b.reduceSum(hard, pixels), b.reduceSum(target, pixels)), both);
  const actual = b.reshape(div(b, both, b.op("Max", [union, b.scalar(1)])), predictedIou.dims);
  const error = sub(b, predictedIou, actual);
  return mul(b, error, error);
}

function meanByMask(b: GraphBuilder, x: Value): Value {
  return byMask(b, b.reduceMean(x, pixels));
}

/** [batch, masks, 1, 1] → [batch, masks] */
function byMask(b: GraphBuilder, x: Value): Value {
  return b.reshape(x, x.dims.slice(0, 2));
}
