import { componentMask, connectedComponents } from "./components.js";
import type { Mask2d } from "./mask.js";
import { deepestPixel, type Pixel } from "./pixels.js";
import type { PointPrompt } from "./prompt.js";

/**
 * The deepest pixel of the largest error region. Candidates are all 8-connected false-negative and false-positive
 * regions; the one with the most pixels wins. Ties go to a false negative, then to the first region in raster order.
 * `null` when there is no error.
 */
export function correctiveClick(truth: Mask2d, predicted: Mask2d): PointPrompt | null {
  const missed = largestPart(difference(truth, predicted));
  const added = largestPart(difference(predicted, truth));
  const label = missed.area >= added.area ? 1 : 0;
  const pixel: Pixel | null = deepestPixel(label === 1 ? missed.mask : added.mask);
  return pixel && { ...pixel, label };
}

function difference(a: Mask2d, b: Mask2d): Mask2d {
  return { ...a, data: a.data.map((value, n) => (value !== 0 && b.data[n] === 0 ? 1 : 0)) };
}

function largestPart(mask: Mask2d): { mask: Mask2d; area: number } {
  const components = connectedComponents(mask);
  const area = components.areas.reduce((largest, count) => Math.max(largest, count), 0);
  if (area === 0) return { mask, area };
  return { mask: componentMask(mask, components, components.areas.indexOf(area) + 1), area };
}
