import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { type DecodedMasks, decoderKeys, decodeTokens } from "./mask-decoder.js";
import { densePositions, type PromptSizes } from "./prompt-encoder.js";
import type { Weights } from "./weights.js";

/**
 * Whether the decoder is that of Hu's AutoSAM. Its positional encoding is stored separately, since there is no prompt
 * encoder.
 */
export function isAutoSam(w: Weights): boolean {
  return w.has("pe_layer.positional_encoding_gaussian_matrix") && w.has("mask_decoder.mask_tokens.weight");
}

/**
 * AutoSAM's decoder without prompts (Hu et al., "How to efficiently adapt large segmentation model (SAM) to medical
 * images", 2023; models/sam_decoder.py, `predict_masks_1`). Each class has an IoU token and mask tokens of its own, and
 * its own pass through SAM's transformer; everything else is shared. Of a class's masks the first is its answer.
 * @param w the model
 * @param image [1, width, embedSize, embedSize], the image embedding, to which no dense prompt is added
 * @returns one mask for each class: [1, classes, 4·embedSize, 4·embedSize] and [1, classes]
 */
export function autoSamDecoder(b: GraphBuilder, w: Weights, image: Value, sizes: PromptSizes): DecodedMasks {
  const { embedSize, width } = sizes;
  const decoder = w.scope("mask_decoder");
  const classes = decoder.dims("iou_token.weight")?.[0] ?? 0;
  const masks = (decoder.dims("mask_tokens.weight")?.[0] ?? 0) / classes;
  const iouTokens = decoder.value(b, "iou_token.weight", [classes, width]);
  const maskTokens = decoder.value(b, "mask_tokens.weight", [classes * masks, width]);
  const tokens = b.op(
    "Concat",
    [b.reshape(iouTokens, [classes, 1, width]), b.reshape(maskTokens, [classes, masks, width])],
    { axis: 1 },
  );
  const positions = b.constant(densePositions(w, sizes), [1, embedSize * embedSize, width]);
  const nothing = b.constant(new Float32Array(width), [1, width, 1, 1]);
  const keys = decoderKeys(b, image, nothing, sizes);
  const all = decodeTokens(b, decoder, { keys, projected: null }, positions, tokens, masks, sizes, 1);
  const side = 4 * embedSize;
  return {
    lowResLogits: b.reshape(all.lowResLogits, [1, classes, side, side]),
    predictedIou: b.reshape(b.slice(all.predictedIou, 1, 0, 1), [1, classes]),
  };
}
