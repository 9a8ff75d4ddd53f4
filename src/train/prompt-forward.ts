import { div, mul, sub } from "../autodiff/arithmetic.js";
import type { Architecture } from "../models/architecture.js";
import { decodePrompts, embeddingDims, encodeImage, graphNames } from "../models/compile.js";
import type { DecodedMasks } from "../models/mask-decoder.js";
import type { Weights } from "../models/weights.js";
import type { GraphBuilder } from "../onnx/builder.js";
import { onnxTypes } from "../onnx/graph.js";
import { buildCandidateLoss } from "./candidate-loss.js";
import { buildLoss, type LossWeights } from "./losses.js";
import { type Forward, type StepSpec, trainingNames } from "./training-graph.js";

/** How a model is trained on prompts. */
export interface TrainingSpec extends StepSpec {
  readonly architecture: Architecture;
  /** Take the image and run the encoder in each step; otherwise take its embedding. */
  readonly withEncoder: boolean;
  /** Prompts in a step, all on one image. */
  readonly batch: number;
  readonly loss: LossWeights;
  /** Train the candidate masks too, for prompts that may mean several objects. Default false: the answer alone. */
  readonly candidates?: boolean;
}

/**
 * The model with prompts, its loss, and of its masks the answer: the single mask, or what takes its place (see
 * `Architecture.answer`). SAM 2's is its single mask in training (mask_decoder.py).
 * @param withMask for prompts with a mask of an earlier round; otherwise there is no such input
 */
export function promptForward(spec: TrainingSpec, withMask: boolean): Forward {
  return (b, w) => {
    const masks = allMasks(b, w, spec, withMask);
    const first = firstMask(b, masks);
    return {
      outputs: { [graphNames.lowResLogits]: first.lowResLogits, [graphNames.predictedIou]: first.predictedIou },
      loss() {
        const { lowResLogits: logits, predictedIou } = spec.candidates ? masks : first;
        const target = b.input(trainingNames.target, "float32", [spec.batch, 1, ...logits.dims.slice(2)]);
        const inputs = { logits, target, predictedIou };
        return spec.candidates
          ? buildCandidateLoss(b, inputs, spec.loss, b.input(trainingNames.candidateWeight, "float32", []))
          : buildLoss(b, inputs, spec.loss);
      },
    };
  };
}

/** All masks of the model, its answer first: [batch, masks, side, side] logits and [batch, masks] predicted IoU. */
function allMasks(b: GraphBuilder, w: Weights, spec: TrainingSpec, withMask: boolean): DecodedMasks {
  const { architecture, batch, withEncoder } = spec;
  const { inputSize, embedSize } = architecture;
  const side = 4 * embedSize;
  const image = withEncoder
    ? encodeImage(
        b,
        w.scope("image_encoder"),
        b.input(graphNames.image, "float32", [1, 3, inputSize, inputSize]),
        architecture,
      )
    : b.input(graphNames.imageEmbedding, "float32", embeddingDims(architecture));
  const decoded = decodePrompts(b, w, architecture, {
    image,
    coords: b.input(graphNames.pointCoords, "float32", [batch, "points", 2]),
    labels: b.input(graphNames.pointLabels, "int32", [batch, "points"]),
    mask: withMask ? b.input(graphNames.maskInput, "float32", [batch, 1, side, side]) : null,
    hasMask: null,
  });
  return architecture.answer === "best" ? withBestFirst(b, decoded) : decoded;
}

/** With the alternative of the highest predicted IoU in the place of the single mask. Equal ones are averaged. */
function withBestFirst(b: GraphBuilder, { lowResLogits, predictedIou }: DecodedMasks): DecodedMasks {
  const [batch, masks] = predictedIou.dims as number[];
  const others = { logits: b.slice(lowResLogits, 1, 1, masks), ious: b.slice(predictedIou, 1, 1, masks) };
  const most = b.node("ReduceMax", [others.ious, b.int64([1])], { keepdims: 1 }, "float32", [batch, 1]);
  // Which is the best is not differentiated.
  const isLess = b.op("Cast", [b.op("Less", [others.ious, most])], { to: onnxTypes.float32 });
  const isBest = sub(b, b.scalar(1), isLess);
  const share = div(b, isBest, b.reduceSum(isBest, [1]));
  const best = {
    logits: b.reduceSum(mul(b, others.logits, b.reshape(share, [batch, masks - 1, 1, 1])), [1]),
    iou: b.reduceSum(mul(b, others.ious, share), [1]),
  };
  return {
    lowResLogits: b.op("Concat", [best.logits, others.logits], { axis: 1 }),
    predictedIou: b.op("Concat", [best.iou, others.ious], { axis: 1 }),
  };
}

function firstMask(b: GraphBuilder, { lowResLogits, predictedIou }: DecodedMasks): DecodedMasks {
  return { lowResLogits: b.slice(lowResLogits, 1, 0, 1), predictedIou: b.slice(predictedIou, 1, 0, 1) };
}
