import type { Mask2d } from "../core/mask.js";
import type { Architecture } from "../models/architecture.js";
import type { DecoderResult } from "./mask-decoder.js";
import { clampedLogits, isStable, logitsToMask, lowResStability } from "./postprocess.js";
import type { ModelFrame } from "./preprocess.js";
import type { MaskCandidate, Prediction } from "./sam.js";

/**
 * A mask of the decoder.
 * @param exact its logits
 * @param predictedIou the model's estimate
 */
export function maskCandidate(
  exact: Float32Array,
  predictedIou: number,
  { quality, head, embedSize }: Architecture,
  frame: ModelFrame,
): MaskCandidate {
  const lowResLogits = head === "sam2" ? clampedLogits(exact) : exact;
  let mask: Mask2d | undefined;
  return {
    // Computed on access, so that the single mask can be shown without waiting for the alternatives.
    get mask() {
      mask ??= logitsToMask(exact, 4 * embedSize, frame);
      return mask;
    },
    predictedIou: quality ? lowResStability(lowResLogits) : predictedIou,
    ...(quality ? { quality } : {}),
    lowResLogits,
  };
}

/**
 * The predictions for the prompts of a batch.
 * @param batch how many
 * @param multimask whether the alternatives are returned too
 */
export function predictionsOf(
  { logits, ious, info }: DecoderResult,
  batch: number,
  architecture: Architecture,
  frame: ModelFrame,
  multimask: boolean,
): Prediction[] {
  const size = (4 * architecture.embedSize) ** 2;
  const masks = ious.length / batch;
  const { answer } = architecture;
  return Array.from({ length: batch }, (_, n): Prediction => {
    const candidate = (m: number): MaskCandidate => {
      const at = n * masks + m;
      return maskCandidate(logits.slice(at * size, (at + 1) * size), ious[at], architecture, frame);
    };
    const candidates = multimask ? Array.from({ length: masks - 1 }, (_, m) => candidate(m + 1)) : [];
    const single = candidate(0);
    const isSingle = answer === "stable" ? isStable(single.lowResLogits) : answer === undefined;
    const best = () => candidate(bestRated(ious.subarray(n * masks, (n + 1) * masks)));
    return { ...(isSingle ? single : best()), candidates, info };
  });
}

/** The alternative of the highest predicted IoU. @param ious of all masks, the single one first */
export function bestRated(ious: Float32Array): number {
  const alternatives = ious.subarray(1);
  return 1 + alternatives.indexOf(Math.max(...alternatives));
}
