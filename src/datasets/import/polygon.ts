import type { Mask2d } from "../../core/mask.js";

/** pycocotools walks the outline on a grid this many times finer than the pixels. */
const fine = 5;

/**
 * Fills a polygon into a mask, the same pixels as pycocotools (`rleFrPoly` of maskApi.c): the outline is rounded to a
 * grid of a fifth of a pixel, traced there, and where it crosses the middle of a pixel column the pixels below change
 * sides (even-odd). Pixels that are 1 already stay so.
 * @param points x, y of each corner, in pixels, the first pixel from 0 to 1
 */
export function fillPolygon(mask: Mask2d, points: readonly number[]): void {
  const { width, height, data } = mask;
  const changes = new Uint8Array(width * (height + 1));
  let last: readonly [x: number, y: number] | null = null;
  for (const [x, y] of outline(points)) {
    if (last && x !== last[0]) {
      const column = (Math.min(x, last[0]) + 0.5) / fine - 0.5;
      if (Number.isInteger(column) && column >= 0 && column < width) {
        const row = (Math.min(y, last[1]) + 0.5) / fine - 0.5;
        changes[column * (height + 1) + Math.ceil(Math.min(Math.max(row, 0), height))] ^= 1;
      }
    }
    last = [x, y];
  }
  for (let x = 0; x < width; x++) {
    for (let y = 0, inside = 0; y < height; y++) {
      inside ^= changes[x * (height + 1) + y];
      if (inside) data[y * width + x] = 1;
    }
  }
}

/** The closed outline on the fine grid, every step along the longer axis of each edge. */
function* outline(points: readonly number[]): Generator<readonly [x: number, y: number]> {
  const corner = (n: number) => Math.trunc(fine * points[n % points.length] + 0.5);
  for (let n = 0; n < points.length; n += 2) {
    const [x0, y0, x1, y1] = [corner(n), corner(n + 1), corner(n + 2), corner(n + 3)];
    const [dx, dy] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
    const steps = Math.max(dx, dy);
    const isWide = dx >= dy;
    // Walked from the smaller end, so that an edge has the same points in both directions.
    const isTurned = isWide ? x0 > x1 : y0 > y1;
    const [xs, ys, xe, ye] = isTurned ? [x1, y1, x0, y0] : [x0, y0, x1, y1];
    const slope = steps === 0 ? 0 : (isWide ? ye - ys : xe - xs) / steps;
    for (let step = 0; step <= steps; step++) {
      const t = isTurned ? steps - step : step;
      yield isWide ? [xs + t, Math.trunc(ys + slope * t + 0.5)] : [Math.trunc(xs + slope * t + 0.5), ys + t];
    }
  }
}
