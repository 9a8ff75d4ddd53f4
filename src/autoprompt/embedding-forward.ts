import type { Architecture } from "../models/architecture.js";
import { graphNames } from "../models/compile.js";
import type { Weights } from "../models/weights.js";
import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { type Forward, trainingNames } from "../train/training-graph.js";

/** Output of a head, one mask for each class. Without `predictedIou`, each pixel has one class. */
interface HeadMasks {
  /** [1, classes, 4 × embedSize, 4 × embedSize] */
  readonly lowResLogits: Value;
  readonly predictedIou?: Value;
}

/** Inputs of a loss. */
interface LossParts<M extends HeadMasks> {
  readonly w: Weights;
  /** The image embedding. */
  readonly image: Value;
  readonly masks: M;
  /** 0 and 1, with the shape of the masks. */
  readonly target: Value;
}

/** Training graph of a head whose only input is the image embedding. */
export function forwardOfEmbedding<M extends HeadMasks>(
  architecture: Architecture,
  classes: number,
  head: (b: GraphBuilder, w: Weights, image: Value, architecture: Architecture) => M,
  loss: (b: GraphBuilder, parts: LossParts<M>) => Value,
): Forward {
  const { width, embedSize } = architecture;
  return (b, w) => {
    const image = b.input(graphNames.imageEmbedding, "float32", [1, width, embedSize, embedSize]);
    const masks = head(b, w, image, architecture);
    const { lowResLogits, predictedIou } = masks;
    return {
      outputs: {
        [graphNames.lowResLogits]: lowResLogits,
        ...(predictedIou && { [graphNames.predictedIou]: predictedIou }),
      },
      loss: () => {
        const side = 4 * embedSize;
        const target = b.input(trainingNames.target, "float32", [1, classes, side, side]);
        return loss(b, { w, image, masks, target });
      },
    };
  };
}
