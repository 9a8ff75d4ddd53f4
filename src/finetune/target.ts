import type { Mask2d } from "../core/mask.js";
import type { ModelFrame } from "../predict/preprocess.js";

/**
 * A true mask in the model's low-resolution frame, nearest pixel, zeros beside the image: what the decoder's logits are trained towards.
 * @returns [side²], 0 or 1
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
      target[y * side + x] = truth.data[row * width + column] === 0 ? 0 : 1;
    }
  }
  return target;
}
