import { componentMask, connectedComponents } from "../core/components.js";
import { type Mask2d, maskBox } from "../core/mask.js";
import type { LowResPicture } from "./low-res-picture.js";

/** Gray level thresholds of regions, as quantiles of the non-black pixels. */
const levels = [0.1, 0.25, 0.5, 0.75, 0.9, 0.97] as const;

/** Pixels of a region in the low-resolution frame: smaller regions are noise, larger ones are not objects. */
const smallest = 60;
const largestShare = 0.75;

/** A region whose box covers almost the whole image is background or a frame. */
const largestBoxShare = 0.95;

/** Regions at adjacent thresholds are often nearly equal. */
const sameIou = 0.8;

/**
 * Proposes regions that may be objects, without labels: connected parts of the smoothed image above or below quantiles
 * of its gray values.
 * @returns masks in the low-resolution frame, no two nearly the same
 */
export function regionProposals(picture: LowResPicture): Mask2d[] {
  const { side, width, height } = picture;
  const smooth = smoothed(picture);
  const inside: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (smooth[y * side + x] > 0.02) inside.push(smooth[y * side + x]);
  }
  inside.sort((a, b) => a - b);
  const proposals: { readonly area: number; readonly mask: Mask2d }[] = [];
  for (const level of inside.length > 0 ? levels : []) {
    const threshold = inside[Math.floor(level * (inside.length - 1))];
    for (const isAbove of [true, false]) {
      const mask = thresholded(picture, smooth, (value) => (isAbove ? value > threshold : value < threshold));
      const parts = connectedComponents(mask);
      parts.areas.forEach((area, n) => {
        if (area < smallest || area > largestShare * width * height) return;
        const part = componentMask(mask, parts, n + 1);
        const [x0, y0, x1, y1] = maskBox(part) ?? [0, 0, 0, 0];
        // A one-pixel line has no valid box.
        if (x1 === x0 || y1 === y0 || (x1 - x0 + 1) * (y1 - y0 + 1) > largestBoxShare * width * height) return;
        const isKnown = proposals.some(
          (other) =>
            Math.min(area, other.area) >= sameIou * Math.max(area, other.area) &&
            overlap(part, other.mask).iou >= sameIou,
        );
        if (!isKnown) proposals.push({ area, mask: part });
      });
    }
  }
  return proposals.map(({ mask }) => mask);
}

/** IoU and Dice of two masks of one size. */
export function overlap(a: Mask2d, b: Mask2d): { iou: number; dice: number } {
  let [both, either] = [0, 0];
  for (let n = 0; n < a.data.length; n++) {
    if (a.data[n] && b.data[n]) both++;
    if (a.data[n] || b.data[n]) either++;
  }
  return { iou: both / either, dice: (2 * both) / (both + either) };
}

function thresholded({ side, width, height }: LowResPicture, values: Float32Array, holds: (value: number) => boolean) {
  const data = new Uint8Array(side * side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * side + x] = holds(values[y * side + x]) ? 1 : 0;
  }
  return { width: side, height: side, data };
}

const binomial = [1, 4, 6, 4, 1].map((weight) => weight / 16);

/** Binomial smoothing, σ = √2 pixels: a 5-tap filter applied twice along each axis, with edge pixels repeated. */
function smoothed({ side, width, height, data }: LowResPicture): Float32Array {
  let values = data;
  for (const [step, along, across] of [
    [1, width, height],
    [side, height, width],
    [1, width, height],
    [side, height, width],
  ]) {
    const next = new Float32Array(values.length);
    const stride = step === 1 ? side : 1;
    for (let line = 0; line < across; line++) {
      for (let at = 0; at < along; at++) {
        let sum = 0;
        for (let tap = -2; tap <= 2; tap++) {
          const from = Math.min(Math.max(at + tap, 0), along - 1);
          sum += binomial[tap + 2] * values[line * stride + from * step];
        }
        next[line * stride + at * step] = sum;
      }
    }
    values = next;
  }
  return values;
}
