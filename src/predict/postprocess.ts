import type { Mask2d } from "../core/mask.js";
import { resizeBilinear, resizeBilinearAbove } from "../core/resize.js";
import type { ModelFrame } from "./preprocess.js";

/** SAM's `mask_threshold`: a logit of 0, a probability of one half. */
const maskThreshold = 0;

/**
 * Low-resolution logits to a mask on the image's own grid, as SAM's `postprocess_masks`: up to the model's input size, cropped to the image,
 * then to the image's size, bilinear both times. Where the logits have the input's size already (LiteMedSAM) the first step does nothing.
 * @param logits row-major, `lowResSize`²
 */
export function logitsToMask(logits: Float32Array, lowResSize: number, frame: ModelFrame): Mask2d {
  const { width, height, imageSize, scaledWidth, scaledHeight } = frame;
  const isFull = lowResSize === imageSize;
  const whole = { data: logits, stride: lowResSize, width: lowResSize, height: lowResSize };
  const full = isFull ? logits : resizeBilinear(whole, imageSize, imageSize);
  const image = { data: full, stride: imageSize, width: scaledWidth, height: scaledHeight };
  return { width, height, data: resizeBilinearAbove(image, width, height, maskThreshold) };
}
