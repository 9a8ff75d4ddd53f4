import { chamferDistance, type DistanceTransform, euclideanDistance } from "./distance-transform.js";
import { type Mask2d, maskBox } from "./mask.js";

/** A pixel by column and row, from 0. */
export interface Pixel {
  /** Column. */
  readonly x: number;
  /** Row. */
  readonly y: number;
}

/**
 * The pixels of a mask that lie deepest in it, in raster order; all of them when several are equally deep. What lies outside the image counts as
 * outside the mask. An empty mask has none.
 */
export function deepestPixels(mask: Mask2d, transform: DistanceTransform): Pixel[] {
  const box = maskBox(mask);
  if (!box) return [];
  // The nearest pixel outside is never farther than the frame of one pixel round the tight box.
  const [left, top] = [box[0] - 1, box[1] - 1];
  const [width, height] = [box[2] - left + 2, box[3] - top + 2];
  const data = new Uint8Array(width * height);
  for (let y = 1; y < height - 1; y++) {
    const row = (top + y) * mask.width + left;
    for (let x = 1; x < width - 1; x++) data[y * width + x] = mask.data[row + x];
  }
  const distances = transform({ width, height, data });
  let deepest = 0;
  for (const distance of distances) if (distance > deepest) deepest = distance;
  const pixels: Pixel[] = [];
  distances.forEach((distance, n) => {
    if (distance === deepest) pixels.push({ x: left + (n % width), y: top + Math.floor(n / width) });
  });
  return pixels;
}

/** The pixel farthest from the mask's edge. Of several, the one nearest to their mean; of those the first row by row. `null` for an empty mask. */
export function deepestPixel(mask: Mask2d): Pixel | null {
  const pixels = deepestPixels(mask, euclideanDistance);
  if (pixels.length === 0) return null;
  // In units of 1/n pixel, so that all stays whole and ties are exact.
  const n = pixels.length;
  const sumX = pixels.reduce((sum, { x }) => sum + x, 0);
  const sumY = pixels.reduce((sum, { y }) => sum + y, 0);
  const distance = ({ x, y }: Pixel) => (n * x - sumX) ** 2 + (n * y - sumY) ** 2;
  return pixels.reduce((best, pixel) => (distance(pixel) < distance(best) ? pixel : best));
}

/** As Mazurowski's code draws it: one of the deepest pixels by OpenCV's 5×5 distance, at random. */
export function randomDeepestPixel(mask: Mask2d, random: () => number): Pixel | null {
  const pixels = deepestPixels(mask, chamferDistance);
  return pixels[Math.floor(random() * pixels.length)] ?? null;
}

/** The mean of a mask's pixels, cut to whole numbers as SAM-SZU does. Of a concave object it may lie outside. `null` for an empty mask. */
export function centroidPixel(mask: Mask2d): Pixel | null {
  let [area, sumX, sumY] = [0, 0, 0];
  for (let y = 0, n = 0; y < mask.height; y++) {
    for (let x = 0; x < mask.width; x++, n++) {
      if (mask.data[n] === 0) continue;
      area++;
      sumX += x;
      sumY += y;
    }
  }
  return area === 0 ? null : { x: Math.floor(sumX / area), y: Math.floor(sumY / area) };
}

/** The mask's pixels in raster order. */
export function pixelsOf(mask: Mask2d): Pixel[] {
  const pixels: Pixel[] = [];
  mask.data.forEach((value, n) => {
    if (value !== 0) pixels.push({ x: n % mask.width, y: Math.floor(n / mask.width) });
  });
  return pixels;
}
