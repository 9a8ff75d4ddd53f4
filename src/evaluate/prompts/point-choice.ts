import { type Mask2d, maskBox } from "../../core/mask.js";
import { centroidPixel, deepestPixel, type Pixel, pixelsOf } from "../../core/pixels.js";
import type { PointPrompt } from "../../core/prompt.js";
import { randomInteger } from "../../core/random.js";

/**
 * How the first point is chosen: the deepest pixel (the maximum of the distance transform), the centroid as in SAM-SZU,
 * or at random.
 */
export type PointChoice = "deepest" | "centroid" | "random";

/**
 * Up to `count` distinct points in a region. `random`: drawn without replacement. Otherwise the first is the deepest
 * pixel or the centroid, and each further one is the pixel farthest from the region's edge and all previous points, by
 * the distance transform without those points. A region with fewer pixels gives fewer points.
 */
export function choosePoints(region: Mask2d, count: number, choice: PointChoice, random: () => number): Pixel[] {
  if (choice === "random") return drawPixels(pixelsOf(region), count, random);
  const left = { ...region, data: region.data.slice() };
  const chosen: Pixel[] = [];
  while (chosen.length < count) {
    const pixel = chosen.length === 0 && choice === "centroid" ? centroidPixel(region) : deepestPixel(left);
    if (!pixel) break;
    chosen.push(pixel);
    left.data[pixel.y * region.width + pixel.x] = 0;
  }
  return chosen;
}

/** The first `count` of a Fisher–Yates shuffle. */
function drawPixels(pixels: Pixel[], count: number, random: () => number): Pixel[] {
  const drawn = Math.min(count, pixels.length);
  for (let n = 0; n < drawn; n++) {
    const other = randomInteger(random, n, pixels.length - 1);
    [pixels[n], pixels[other]] = [pixels[other], pixels[n]];
  }
  return pixels.slice(0, drawn);
}

/**
 * Where negative points are drawn: the tight box, doubled about its center, rounded outward, and clipped to the image,
 * without the mask.
 */
export function surroundings(mask: Mask2d): Mask2d {
  const { width, height } = mask;
  const data = new Uint8Array(mask.data.length);
  const box = maskBox(mask);
  if (!box) return { width, height, data };
  const [x0, y0, x1, y1] = box;
  const marginX = (x1 - x0 + 1) / 2;
  const marginY = (y1 - y0 + 1) / 2;
  const lastX = Math.min(Math.ceil(x1 + marginX), width - 1);
  const lastY = Math.min(Math.ceil(y1 + marginY), height - 1);
  for (let y = Math.max(Math.floor(y0 - marginY), 0); y <= lastY; y++) {
    for (let x = Math.max(Math.floor(x0 - marginX), 0); x <= lastX; x++) {
      const n = y * width + x;
      data[n] = mask.data[n] === 0 ? 1 : 0;
    }
  }
  return { width, height, data };
}

/**
 * Positive points in an object and negative points in its surroundings. The negative ones are random if the choice is.
 */
export function choosePrompts(
  truth: Mask2d,
  counts: { readonly positive: number; readonly negative: number },
  choice: PointChoice,
  random: () => number,
): PointPrompt[] {
  const inside = choosePoints(truth, counts.positive, choice, random);
  const outside = choosePoints(surroundings(truth), counts.negative, choice === "random" ? choice : "deepest", random);
  return [
    ...inside.map(({ x, y }): PointPrompt => ({ x, y, label: 1 })),
    ...outside.map(({ x, y }): PointPrompt => ({ x, y, label: 0 })),
  ];
}
