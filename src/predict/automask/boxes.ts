import type { BoxPrompt } from "../../core/prompt.js";

const { fround } = Math;

/**
 * Indices of the boxes kept by non-maximum suppression, by descending score (as torchvision's `nms`: no pixel is added
 * to widths, arithmetic in single precision). Equal scores keep their order.
 */
export function nonMaximumSuppression(
  boxes: readonly BoxPrompt[],
  scores: readonly number[],
  iouThreshold: number,
): number[] {
  const areas = boxes.map(([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0));
  const order = boxes.map((_, n) => n).sort((a, b) => scores[b] - scores[a]);
  const kept: number[] = [];
  for (const candidate of order) {
    const isDuplicate = kept.some((better) => {
      const shared = intersection(boxes[candidate], boxes[better]);
      return fround(shared / (areas[candidate] + areas[better] - shared)) > iouThreshold;
    });
    if (!isDuplicate) kept.push(candidate);
  }
  return kept;
}

function intersection(a: BoxPrompt, b: BoxPrompt): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return Math.max(width, 0) * Math.max(height, 0);
}

/** Distance in pixels within which a box touches an edge. */
const nearEdge = 20;

/**
 * True if a box reaches an edge of the crop that is not one of the image: the object is probably cut off there (amg.py,
 * `is_box_near_crop_edge`).
 */
export function isCutByCrop(box: BoxPrompt, crop: BoxPrompt, image: BoxPrompt): boolean {
  const near = (a: number, b: number) => Math.abs(a - b) <= nearEdge;
  return box.some((edge, n) => near(edge, crop[n]) && !near(edge, image[n]));
}

/** A box of a crop in the image's pixels. */
export function shiftBox([x0, y0, x1, y1]: BoxPrompt, dx: number, dy: number): BoxPrompt {
  return [x0 + dx, y0 + dy, x1 + dx, y1 + dy];
}
