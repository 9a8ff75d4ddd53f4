import { resizeBilinear } from "../core/resize.js";
import type { ModelFrame } from "./preprocess.js";

/**
 * The class with the highest logit at each pixel, as in SAMed's test (utils.py, `test_single_volume`): logits are
 * upsampled to the input's size, then argmax, then nearest-neighbor resampling with aligned corners.
 * @param logits [count, lowResSize, lowResSize]
 */
export function classLabels(logits: Float32Array, count: number, lowResSize: number, frame: ModelFrame): Uint8Array {
  const { imageSize, width, height } = frame;
  const pixels = lowResSize * lowResSize;
  const best = new Float32Array(imageSize * imageSize).fill(Number.NEGATIVE_INFINITY);
  const labels = new Uint8Array(imageSize * imageSize);
  for (let label = 0; label < count; label++) {
    const data = logits.subarray(label * pixels, (label + 1) * pixels);
    const whole = resizeBilinear(
      { data, stride: lowResSize, width: lowResSize, height: lowResSize },
      imageSize,
      imageSize,
    );
    for (let n = 0; n < whole.length; n++) {
      if (whole[n] <= best[n]) continue;
      best[n] = whole[n];
      labels[n] = label;
    }
  }
  const [columns, rows] = [nearest(imageSize, width), nearest(imageSize, height)];
  return Uint8Array.from(
    { length: width * height },
    (_, n) => labels[rows[Math.floor(n / width)] * imageSize + columns[n % width]],
  );
}

/** SciPy's `ndimage.zoom(…, order=0)`. */
function nearest(from: number, to: number): Int32Array {
  const zoom = to > 1 ? (from - 1) / (to - 1) : 1;
  return Int32Array.from({ length: to }, (_, n) => Math.min(from - 1, Math.floor(n * zoom + 0.5)));
}
