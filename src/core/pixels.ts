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
 * The deepest pixels of a mask (those farthest from its edge), in raster order; several when they are equally deep. The
 * area outside the image counts as background. Empty for an empty mask.
 */
export function deepestPixels(mask: Mask2d, transform: DistanceTransform): Pixel[] {
  const box = maskBox(mask);
  if (!box) return [];
  // A one-pixel margin around the tight box is enough: the nearest background pixel is never farther away.
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

/**
 * The pixel farthest from the mask's edge. Of several, the one nearest to their mean; of those the first row by row.
 * `null` for an empty mask.
 */
export function deepestPixel(mask: Mask2d): Pixel | null {
  const pixels = deepestPixels(mask, euclideanDistance);
  if (pixels.length === 0) return null;
  // In units of 1/n pixel, so that all values are integers and ties are exact.
  const n = pixels.length;
  const sumX = pixels.reduce((sum, { x }) => sum + x, 0);
  const sumY = pixels.reduce((sum, { y }) => sum + y, 0);
  const distance = ({ x, y }: Pixel) => (n * x - sumX) ** 2 + (n * y - sumY) ** 2;
  return pixels.reduce((best, pixel) => (distance(pixel) < distance(best) ? pixel : best));
}

/** A random one of the deepest pixels by OpenCV's 5×5 distance, as in Mazurowski's code. */
export function randomDeepestPixel(mask: Mask2d, random: () => number): Pixel | null {
  const pixels = deepestPixels(mask, chamferDistance);
  return pixels[Math.floor(random() * pixels.length)] ?? null;
}

/**
 * The mean of a mask's pixels, truncated to integers as SAM-SZU does. It may lie outside a concave object. `null` for
 * an empty mask.
 */
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
