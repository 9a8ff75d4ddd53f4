import type { Mask2d } from "../core/mask.js";
import { countBilinearAbove, type FloatWindow, resizeBilinear, resizeBilinearAbove } from "../core/resize.js";
import type { ModelFrame } from "./preprocess.js";

/** SAM's `mask_threshold`: a logit of 0, a probability of one half. */
const maskThreshold = 0;

/**
 * Converts low-resolution logits to a mask on the image's grid, as SAM's `postprocess_masks`: bilinear upsampling to
 * the model's input size, crop to the image, then bilinear resampling to the image's size. If the logits already have
 * the input size (LiteMedSAM), the first step is skipped. MedSAM scales the probabilities instead, in one step
 * (MedSAM_Inference.py), SAM 2 the logits in one step (sam2/utils/transforms.py).
 * @param logits row-major, `lowResSize`²
 */
export function logitsToMask(logits: Float32Array, lowResSize: number, frame: ModelFrame): Mask2d {
  const { width, height, scalesProbabilities } = frame;
  if (scalesProbabilities) {
    const whole = { data: logits.map(sigmoid), stride: lowResSize, width: lowResSize, height: lowResSize };
    return { width, height, data: resizeBilinearAbove(whole, width, height, 0.5) };
  }
  return {
    width,
    height,
    data: resizeBilinearAbove(scaledLogits(logits, lowResSize, frame), width, height, maskThreshold),
  };
}

/**
 * Each pixel's probability of belonging to the object, on the image's grid: the sigmoid of the logits that
 * {@link logitsToMask} compares with 0.
 */
export function logitsToProbability(logits: Float32Array, lowResSize: number, frame: ModelFrame): Float32Array {
  const { width, height, scalesProbabilities } = frame;
  if (scalesProbabilities) {
    const whole = { data: logits.map(sigmoid), stride: lowResSize, width: lowResSize, height: lowResSize };
    return resizeBilinear(whole, width, height);
  }
  return resizeBilinear(scaledLogits(logits, lowResSize, frame), width, height).map(sigmoid);
}

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

/**
 * Stability score of a mask: the IoU of the masks with the threshold `offset` logits higher and lower, 0 to 1 (amg.py
 * of segment-anything, `calculate_stability_score`). NaN if the mask at the lower threshold is empty.
 * @param logits row-major, `lowResSize`²
 */
export function stabilityScore(logits: Float32Array, lowResSize: number, frame: ModelFrame, offset: number): number {
  const thresholds = [maskThreshold + offset, maskThreshold - offset] as const;
  const [inner, outer] = countBilinearAbove(
    scaledLogits(logits, lowResSize, frame),
    frame.width,
    frame.height,
    thresholds,
  );
  return inner / outer;
}

/**
 * The stability score of a mask at the decoder's resolution, with an offset of 1; 0 for an empty mask. EdgeSAM's
 * authors choose masks by it (predictor.py, `use_stability_score`).
 */
export function lowResStability(logits: Float32Array): number {
  const [inner, outer] = areasAbove(logits, 1);
  return outer === 0 ? 0 : inner / outer;
}

/**
 * Whether SAM 2 answers with its single mask: where the mask hardly changes with the threshold, and where it is empty
 * (mask_decoder.py, `_get_stability_scores`).
 */
export function isStable(logits: Float32Array): boolean {
  const [inner, outer] = areasAbove(logits, 0.05);
  return outer === 0 || inner / outer >= 0.98;
}

/** SAM 2's bounds of the logits that it gives, for use as a mask prompt (sam2_image_predictor.py, `_predict`). */
export function clampedLogits(logits: Float32Array): Float32Array {
  return logits.map((logit) => Math.min(32, Math.max(-32, logit)));
}

/** Pixels above the threshold plus and minus `offset`. */
function areasAbove(logits: Float32Array, offset: number): [inner: number, outer: number] {
  let [inner, outer] = [0, 0];
  // PyTorch compares in single precision.
  const [high, low] = [Math.fround(maskThreshold + offset), Math.fround(maskThreshold - offset)];
  for (const logit of logits) {
    if (logit > high) inner++;
    if (logit > low) outer++;
  }
  return [inner, outer];
}

/** Logits at the model's input size, cropped to the image; those of SAM 2 as they are. */
export function scaledLogits(logits: Float32Array, lowResSize: number, frame: ModelFrame): FloatWindow {
  const { imageSize, scaledWidth, scaledHeight, isSam2 } = frame;
  const whole = { data: logits, stride: lowResSize, width: lowResSize, height: lowResSize };
  if (isSam2) return whole;
  const full = lowResSize === imageSize ? logits : resizeBilinear(whole, imageSize, imageSize);
  return { data: full, stride: imageSize, width: scaledWidth, height: scaledHeight };
}
