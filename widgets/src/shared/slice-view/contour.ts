/** A mask on a pixel grid: row-major, 0 or 1. */
interface Grid {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * A closed line along pixel edges: x0, y0, x1, y1, …; pixel (x, y) spans from (x, y) to (x + 1, y + 1). Corners only.
 */
export type Loop = readonly number[];

/** East, south, west, north. */
const steps = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/** For each direction at a corner: the pixels ahead left and right, as offsets from the corner's south-east pixel. */
const ahead = [
  { left: [0, -1], right: [0, 0] },
  { left: [0, 0], right: [-1, 0] },
  { left: [-1, 0], right: [-1, -1] },
  { left: [-1, -1], right: [0, -1] },
] as const;

/**
 * The outlines of a mask, including holes, with the mask on their right (so even–odd filling restores the mask). Pixels
 * that touch only at a corner belong to different outlines.
 */
export function maskLoops({ width, height, data }: Grid): Loop[] {
  const at = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] !== 0;
  /** Upper edges that are already part of an outline. */
  const seen = new Uint8Array(width * height);
  const loops: Loop[] = [];
  // Runs over all pixels on every click: avoid a function call per pixel.
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] === 0 || seen[i] !== 0 || (y > 0 && data[i - width] !== 0)) continue;
      loops.push(trace(x, y, at, seen, width));
    }
  }
  return loops;
}

/** Traces the outline from the upper left corner of pixel (x0, y0), eastwards. */
function trace(x0: number, y0: number, at: (x: number, y: number) => boolean, seen: Uint8Array, width: number): Loop {
  const corners: number[] = [];
  let [x, y, direction] = [x0, y0, 0];
  do {
    if (direction === 0) seen[y * width + x] = 1;
    x += steps[direction][0];
    y += steps[direction][1];
    const { left, right } = ahead[direction];
    const turn = !at(x + right[0], y + right[1]) ? 1 : at(x + left[0], y + left[1]) ? 3 : 0;
    if (turn !== 0) corners.push(x, y);
    direction = (direction + turn) % 4;
  } while (x !== x0 || y !== y0 || direction !== 0);
  return corners;
}
