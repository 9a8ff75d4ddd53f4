import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { type DecodedTokens, decodeTokens, outputTokens } from "./mask-decoder.js";
import type { PromptSizes } from "./prompt-encoder.js";
import type { TransformerImage } from "./two-way-transformer.js";
import type { Weights } from "./weights.js";

/** Whether the decoder is SAM 2's. */
export function isSam2(w: { has(name: string): boolean }): boolean {
  return w.has("mask_decoder.obj_score_token.weight");
}

/**
 * Tensors of SAM 2 that single pictures do not need: its memory (`compileMemory`), and its estimate of whether the
 * object is in the picture, which its own predictor of pictures does not give either.
 */
export const sam2Spare =
  /^(?:memory_attention|memory_encoder|mask_downsample|obj_ptr_proj|obj_ptr_tpos_proj|mask_decoder\.pred_obj_score_head)\.|^(?:maskmem_tpos_enc|no_mem_pos_enc|no_obj_ptr|no_obj_embed_spatial)$/;

/**
 * The fine levels of the feature pyramid in the order of the decoder's upscaling (`doubledTwice`), which adds them.
 * @param features of `hiera`
 * @returns [1, 4·embedSize², width/4] and [1, 4·embedSize², 4·width/8]
 */
export function highResRows(b: GraphBuilder, features: readonly Value[], { embedSize: side }: PromptSizes): Value[] {
  const [s0, s1] = features;
  const [, narrow] = s0.dims as number[];
  const [, wide] = s1.dims as number[];
  const first = b.transpose(b.reshape(s1, [1, wide, side, 2, side, 2]), [0, 2, 4, 3, 5, 1]);
  const second = b.transpose(b.reshape(s0, [1, narrow, side, 2, 2, side, 2, 2]), [0, 2, 5, 3, 6, 4, 7, 1]);
  return [b.reshape(first, [1, 4 * side * side, wide]), b.reshape(second, [1, 4 * side * side, 4 * narrow])];
}

/** Shapes of {@link highResRows}. */
export function highResDims({ embedSize, width }: PromptSizes): readonly (readonly number[])[] {
  const rows = 4 * embedSize * embedSize;
  return [
    [1, rows, width / 4],
    [1, rows, width / 2],
  ];
}

/**
 * SAM 2's mask decoder (sam2/modeling/sam/mask_decoder.py): SAM's, with finer features of the image in the upscaling,
 * one more token, and a predicted IoU from 0 to 1. The order of tokens does not matter; the one of the object's score
 * follows those of the masks.
 * @param w the mask decoder
 * @param highRes of {@link highResRows}
 */
export function sam2Decoder(
  b: GraphBuilder,
  w: Weights,
  image: TransformerImage,
  highRes: readonly Value[],
  positions: Value,
  sparse: Value,
  sizes: PromptSizes,
): DecodedTokens {
  const masks = w.dims("mask_tokens.weight")?.[0] ?? 0;
  const learned = outputTokens(b, w, sparse, sizes.width, ["iou_token", "mask_tokens", "obj_score_token"]);
  const tokens = b.op("Concat", [learned, sparse], { axis: 1 });
  const decoded = decodeTokens(b, w, image, positions, tokens, masks, sizes, masks, highRes);
  return { ...decoded, predictedIou: b.op("Sigmoid", [decoded.predictedIou]) };
}
