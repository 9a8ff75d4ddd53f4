import type { Mask2d } from "./mask.js";

/**
 * Per pixel, a value that increases with the distance to the nearest background pixel; 0 in the background. The pixels
 * on the image border must be background.
 */
export type DistanceTransform = (padded: Mask2d) => Float64Array;

/**
 * Squared Euclidean distances, exact: columns first, then the lower envelope of parabolas along each row (Felzenszwalb
 * and Huttenlocher, "Distance transforms of sampled functions", 2012).
 */
export const euclideanDistance: DistanceTransform = ({ width, height, data }) => {
  const squared = new Float64Array(data.length);
  for (let x = 0; x < width; x++) {
    for (let y = 1, run = 0; y < height; y++) {
      const at = y * width + x;
      run = data[at] === 0 ? 0 : run + 1;
      squared[at] = run;
    }
    for (let y = height - 2, run = 0; y >= 0; y--) {
      const at = y * width + x;
      run = data[at] === 0 ? 0 : run + 1;
      squared[at] = Math.min(squared[at], run) ** 2;
    }
  }
  for (let y = 0; y < height; y++) lowerEnvelope(squared.subarray(y * width, (y + 1) * width));
  return squared;
};

/** Larger than any squared distance in an image. */
const FAR = 1e12;

/**
 * Squared Euclidean distance of every pixel to the nearest pixel of the mask, 0 inside; 1e12 everywhere for an empty
 * mask.
 */
function squaredDistanceTo({ width, height, data }: Mask2d, isIn: (value: number) => boolean): Float64Array {
  const squared = new Float64Array(data.length);
  for (let x = 0; x < width; x++) {
    let run = Number.POSITIVE_INFINITY;
    for (let y = 0; y < height; y++) {
      const at = y * width + x;
      run = isIn(data[at]!) ? 0 : run + 1;
      squared[at] = Math.min(run * run, FAR);
    }
    run = Number.POSITIVE_INFINITY;
    for (let y = height - 1; y >= 0; y--) {
      const at = y * width + x;
      run = isIn(data[at]!) ? 0 : run + 1;
      squared[at] = Math.min(squared[at]!, run * run);
    }
  }
  for (let y = 0; y < height; y++) lowerEnvelope(squared.subarray(y * width, (y + 1) * width));
  return squared;
}

/**
 * Signed Euclidean distance of each pixel's center to the mask's outline, in pixels: above 0 inside, below 0 outside,
 * never 0. The image border does not count as part of the outline.
 */
export function signedDistance(mask: Mask2d): Float64Array {
  const toMask = squaredDistanceTo(mask, (value) => value !== 0);
  const toRest = squaredDistanceTo(mask, (value) => value === 0);
  return toMask.map((squared, n) => (squared > 0 ? 0.5 - Math.sqrt(squared) : Math.sqrt(toRest[n]!) - 0.5));
}

/** Replaces f by min over q of (p − q)² + f(q). */
function lowerEnvelope(f: Float64Array): void {
  const values = f.slice();
  const apexes = new Int32Array(f.length);
  const starts = new Float64Array(f.length + 1);
  let last = 0;
  starts[0] = Number.NEGATIVE_INFINITY;
  starts[1] = Number.POSITIVE_INFINITY;
  const crossing = (p: number, q: number) => (values[q] + q * q - values[p] - p * p) / (2 * (q - p));
  for (let q = 1; q < f.length; q++) {
    let start = crossing(apexes[last], q);
    while (start <= starts[last]) {
      last--;
      start = crossing(apexes[last], q);
    }
    last++;
    apexes[last] = q;
    starts[last] = start;
    starts[last + 1] = Number.POSITIVE_INFINITY;
  }
  for (let p = 0, n = 0; p < f.length; p++) {
    while (starts[n + 1] < p) n++;
    f[p] = (p - apexes[n]) ** 2 + values[apexes[n]];
  }
}

/** Steps of the 5×5 mask (Borgefors 1986, as OpenCV rounds them). */
const [straight, diagonal, knight] = [1, 1.4, 2.1969].map(Math.fround);
const stepsBefore: readonly (readonly [dx: number, dy: number, length: number])[] = [
  [-1, -2, knight],
  [1, -2, knight],
  [-2, -1, knight],
  [-1, -1, diagonal],
  [0, -1, straight],
  [1, -1, diagonal],
  [2, -1, knight],
  [-1, 0, straight],
];

/**
 * OpenCV's `distanceTransform(mask, DIST_L2, 5)`: a chamfer distance, summed up in single precision as OpenCV does on
 * x86 processors (with Intel's IPP; elsewhere it sums in fixed point), because the rounding decides which of several
 * nearly equal pixels is deepest. Approximate; needed to reproduce Mazurowski's prompts.
 */
export const chamferDistance: DistanceTransform = ({ width, height, data }) => {
  const distances = new Float64Array(data.length);
  const relax = (x: number, y: number, direction: 1 | -1) => {
    const at = y * width + x;
    if (data[at] === 0) return;
    let best = direction === 1 ? Number.POSITIVE_INFINITY : distances[at];
    for (const [dx, dy, length] of stepsBefore) {
      const nx = x + direction * dx;
      const ny = y + direction * dy;
      if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
      best = Math.min(best, Math.fround(distances[ny * width + nx] + length));
    }
    distances[at] = best;
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) relax(x, y, 1);
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) relax(x, y, -1);
  return distances;
};
