import { connectedComponents } from "../core/components.js";
import type { Mask2d } from "../core/mask.js";
import type { Bytes2d } from "../core/resize.js";

/** How uncertain pixels are decided. */
export interface RectifyOptions {
  /**
   * A pixel is uncertain if its uncertainty u is above min u + `threshold` · (max u − min u), over the image; 0 to 1.
   * Default 0.8.
   */
  readonly threshold?: number;
  /**
   * An uncertain pixel can belong to the object if its gray value is within this many standard deviations of the mean
   * of the object's certain pixels. Default 2.
   */
  readonly deviations?: number;
}

/**
 * Decides the uncertain pixels of a mask by their gray values (UR-SAM, Zhang et al., arXiv 2311.10529: where prompts
 * disagree, the model's answer is ignored; similar pixels that are close together likely belong together).
 *
 * With p the mean probability, u its entropy, U = { u > min u + threshold · (max u − min u) }, C = { p > ½ } \ U, and
 * m, s the mean and standard deviation of the gray values in C, the answer is C and those pixels of U with
 * |gray − m| ≤ deviations · s that are connected with C (8 neighbors). Everything outside U stays as it is. The paper's
 * code is not published; threshold, deviations, and connectivity are this library's choice. If no pixel of the object
 * is certain, the mask does not change.
 * @param picture of the mask's size; the mean of its channels is the gray value
 * @param probability row-major, 0 to 1
 * @param uncertainty row-major, see `PromptEnsemble`
 */
export function rectifyMask(
  picture: Bytes2d,
  probability: Float32Array,
  uncertainty: Float32Array,
  { threshold = 0.8, deviations = 2 }: RectifyOptions = {},
): Mask2d {
  const { width, height, channels } = picture;
  const limit = uncertainThreshold(uncertainty, threshold);
  const isUncertain = (n: number) => uncertainty[n]! > limit;
  const isCertain = (n: number) => probability[n]! > 0.5 && !isUncertain(n);
  const gray = (n: number) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += picture.data[n * channels + c]!;
    return sum / channels;
  };
  let [count, sum, squares] = [0, 0, 0];
  for (let n = 0; n < probability.length; n++) {
    if (!isCertain(n)) continue;
    const value = gray(n);
    count++;
    sum += value;
    squares += value * value;
  }
  if (count === 0) return { width, height, data: Uint8Array.from(probability, (p) => (p > 0.5 ? 1 : 0)) };
  const mean = sum / count;
  const range = deviations * Math.sqrt(Math.max(0, squares / count - mean * mean));
  const isAlike = (n: number) => isUncertain(n) && Math.abs(gray(n) - mean) <= range;
  const data = Uint8Array.from(probability, (_, n) => (isCertain(n) || isAlike(n) ? 1 : 0));
  const { labels } = connectedComponents({ width, height, data });
  const wanted = new Set(labels.filter((_, n) => isCertain(n)));
  return { width, height, data: data.map((value, n) => (value === 1 && wanted.has(labels[n]!) ? 1 : 0)) };
}

function uncertainThreshold(uncertainty: Float32Array, share: number): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of uncertainty) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low + share * (high - low);
}
