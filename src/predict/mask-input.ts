import type { Mask2d } from "../core/mask.js";
import { resizeArea } from "../core/resize.js";
import type { Preprocessing } from "../models/preprocessing.js";
import { type ModelFrame, modelFrame } from "./preprocess.js";

/**
 * The logit of a probability of 0.999, which micro-sam uses to turn masks into prompts (`_compute_logits_from_mask`).
 */
const sure = Math.log(0.999 / 0.001);

/** Encodes a mask as logits in the model's low-resolution frame: 6.9 inside, −6.9 outside and in the padding. */
export function maskInputOf(mask: Mask2d, lowResSize: number, preprocessing: Preprocessing): Float32Array {
  const { width, height } = mask;
  const { scaledWidth, scaledHeight } = modelFrame(width, height, lowResSize, preprocessing);
  const bytes = { width, height, channels: 1, data: mask.data.map((value) => (value === 0 ? 0 : 255)) };
  const scaled = resizeArea(bytes, scaledWidth, scaledHeight);
  const logits = new Float32Array(lowResSize * lowResSize).fill(-sure);
  for (let y = 0; y < scaledHeight; y++) {
    for (let x = 0; x < scaledWidth; x++) {
      if (scaled.data[y * scaledWidth + x]! > 127) logits[y * lowResSize + x] = sure;
    }
  }
  return logits;
}

/**
 * A true mask in the model's low-resolution frame, nearest pixel, zeros outside the image: the target of the decoder's
 * logits.
 * @returns [side²]
 */
export function lowResTarget(truth: Mask2d, frame: ModelFrame, side: number): Float32Array {
  const { width, height, imageSize, scaledWidth, scaledHeight } = frame;
  const step = imageSize / side;
  const target = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const fromY = (y + 0.5) * step;
    if (fromY >= scaledHeight) break;
    const row = Math.min(height - 1, Math.floor((fromY * height) / scaledHeight));
    for (let x = 0; x < side; x++) {
      const fromX = (x + 0.5) * step;
      if (fromX >= scaledWidth) break;
      const column = Math.min(width - 1, Math.floor((fromX * width) / scaledWidth));
      target[y * side + x] = truth.data[row * width + column];
    }
  }
  return target;
}
