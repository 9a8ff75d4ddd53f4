import { type Mask2d, maskBox } from "../core/mask.js";

/**
 * A closed line round pixels, clockwise (y down): it joins the middles of the pixels' sides, as marching squares does,
 * so that it goes along slopes as well as sides. Pixel (x, y) has its center at (x + 0.5, y + 0.5).
 */
export interface Outline {
  /** Points, each 1 or √½ from the one before; the last is joined to the first. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/**
 * The outer border of the largest part of a mask: pixels that touch at a side or a corner belong together, holes are
 * not followed, and of parts of equal size the first in raster order counts. `null` for an empty mask.
 */
export function largestOutline(mask: Mask2d): Outline | null {
  const box = maskBox(mask);
  if (!box) return null;
  const [x0, y0, x1, y1] = box;
  // One pixel of background all round, so that neighbors need no checks.
  const [width, height] = [x1 - x0 + 3, y1 - y0 + 3];
  const data = new Uint8Array(width * height);
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      if (mask.data[y * mask.width + x] !== 0) data[(y - y0 + 1) * width + x - x0 + 1] = 1;
    }
  }
  const start = largestPart(data, width);
  return trace(data, width, start, x0 - 1, y0 - 1);
}

/** The first pixel in raster order of the largest part. Marks each part with 2 on its way. */
function largestPart(data: Uint8Array, width: number): number {
  const around = [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1];
  const stack: number[] = [];
  let [best, bestArea] = [0, 0];
  for (let first = 0; first < data.length; first++) {
    if (data[first] !== 1) continue;
    let area = 0;
    data[first] = 2;
    stack.push(first);
    for (let pixel = stack.pop(); pixel !== undefined; pixel = stack.pop()) {
      area++;
      for (const step of around) {
        if (data[pixel + step] !== 1) continue;
        data[pixel + step] = 2;
        stack.push(pixel + step);
      }
    }
    if (area > bestArea) [best, bestArea] = [first, area];
  }
  return best;
}

/** Follows the border with the inside on the right hand, from the upper left corner of its first pixel. */
function trace(data: Uint8Array, width: number, start: number, offsetX: number, offsetY: number): Outline {
  const [startX, startY] = [start % width, Math.floor(start / width)];
  const xs: number[] = [];
  const ys: number[] = [];
  let [x, y, dx, dy] = [startX, startY, 1, 0];
  // The pixel that lies toward (sideX, sideY), each ±1, of the corner.
  const pixel = (sideX: number, sideY: number) => data[(y + (sideY - 1) / 2) * width + x + (sideX - 1) / 2];
  do {
    xs.push(x + dx / 2 + offsetX);
    ys.push(y + dy / 2 + offsetY);
    x += dx;
    y += dy;
    if (pixel(dx + dy, dy - dx) !== 0) [dx, dy] = [dy, -dx];
    else if (pixel(dx - dy, dy + dx) === 0) [dx, dy] = [-dy, dx];
  } while (x !== startX || y !== startY);
  return { x: Float64Array.from(xs), y: Float64Array.from(ys) };
}
