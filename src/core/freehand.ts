import type { Mask2d } from "./mask.js";

/** A line drawn by hand: x, y, x, y … in pixels, 0 at the center of the first pixel. It may leave the picture. */
export type FreehandPath = readonly number[];

/** Most points that replace a scribble: more of them hardly change a model's answer. */
const mostPoints = 8;
/** The length of line that one point replaces, as a share of the picture's shorter side. */
const pointEvery = 0.08;

/**
 * Whole pixels along a line, evenly spaced from its first to its last end: one for each 8 % of the picture's shorter
 * side, at least two, at most eight. Those outside the picture are omitted, and none comes twice.
 */
export function scribblePoints(path: FreehandPath, width: number, height: number): { x: number; y: number }[] {
  const corners = Array.from({ length: path.length >> 1 }, (_, n) => [path[2 * n]!, path[2 * n + 1]!] as const);
  const lengths = corners.slice(1).map(([x, y], n) => Math.hypot(x - corners[n]![0], y - corners[n]![1]));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const count =
    total === 0 ? 1 : Math.min(mostPoints, Math.max(2, Math.round(total / (pointEvery * Math.min(width, height)))));
  const found = new Map<string, { x: number; y: number }>();
  let [segment, passed] = [0, 0];
  for (let n = 0; n < count; n++) {
    const at = count === 1 ? 0 : (total * n) / (count - 1);
    while (segment < lengths.length - 1 && passed + lengths[segment]! < at) passed += lengths[segment++]!;
    const share = lengths[segment] ? Math.min(1, (at - passed) / lengths[segment]!) : 0;
    const [from, to] = [corners[segment]!, corners[segment + 1] ?? corners[segment]!];
    const [x, y] = [0, 1].map((axis) => Math.round(from[axis]! + share * (to[axis]! - from[axis]!))) as [
      number,
      number,
    ];
    if (x >= 0 && y >= 0 && x < width && y < height) found.set(`${x} ${y}`, { x, y });
  }
  return [...found.values()];
}

/**
 * Adds the pixels whose centers are inside a closed line to the mask, or removes them. The line is closed from its last
 * point to its first; areas that it encircles twice are inside too (nonzero winding).
 */
export function lassoedMask(mask: Mask2d, path: FreehandPath, erase: boolean): Mask2d {
  const { width, height } = mask;
  const data = mask.data.slice();
  const count = path.length >> 1;
  for (let y = 0; y < height; y++) {
    const crossings: { readonly x: number; readonly turn: 1 | -1 }[] = [];
    for (let n = 0; n < count; n++) {
      const [x0, y0] = [path[2 * n]!, path[2 * n + 1]!];
      const m = (n + 1) % count;
      const [x1, y1] = [path[2 * m]!, path[2 * m + 1]!];
      if (y0 <= y === y1 <= y) continue;
      crossings.push({ x: x0 + ((y - y0) / (y1 - y0)) * (x1 - x0), turn: y1 > y0 ? 1 : -1 });
    }
    crossings.sort((a, b) => a.x - b.x);
    let winding = 0;
    for (const [n, { x, turn }] of crossings.entries()) {
      winding += turn;
      if (winding === 0) continue;
      const end = Math.min(width - 1, crossings[n + 1]!.x);
      for (let at = Math.max(0, Math.ceil(x)); at <= end; at++) data[y * width + at] = erase ? 0 : 1;
    }
  }
  return { ...mask, data };
}
