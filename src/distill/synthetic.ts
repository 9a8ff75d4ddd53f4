import type { Mask2d } from "../core/mask.js";
import { randomInteger } from "../core/random.js";
import type { Image2d } from "../io/image/image.js";

/** Spacing in pixels of the coarse random grids that are interpolated to noise. */
const textureGrid = [4, 12, 40] as const;

/** Fraction of images with a small blob on a larger one, as a nodule in an organ. */
const nestedShare = 0.5;

/** Minimum area of a blob's visible part, in pixels, for its mask to be used. */
const leastArea = 60;

/**
 * An image of one to three textured blobs on a textured background, with exact masks. Adds large objects, which are
 * rare among the regions proposed in real slices, and small ones on them, which a click must tell apart.
 */
export function syntheticPicture(
  side: number,
  random: () => number,
  name: string,
): { image: Image2d; masks: Mask2d[] } {
  const ground = texture(side, 0.2 + 0.5 * random(), 0.3 * random(), random);
  const masks: Mask2d[] = [];
  const free = new Uint8Array(side * side).fill(1);
  const shapes = Array.from({ length: randomInteger(random, 1, 3) }, () => largeBlob(side, random));
  if (random() < nestedShare) {
    const on = shapes[0];
    const angle = 6.3 * random();
    const [x, y] = [Math.cos(angle), Math.sin(angle)].map((to) => 0.7 * random() * to * on.radius);
    // The first shape is drawn on top.
    shapes.unshift({ radius: side * (0.02 + 0.04 * random()), center: [on.center[0] + x, on.center[1] + y] });
  }
  for (const shape of shapes) {
    const data = blob(shape, side, random).map((value, at) => value & free[at]);
    const level = texture(side, random(), 0.25 * random(), random);
    let area = 0;
    for (let at = 0; at < data.length; at++) {
      if (data[at] === 0) continue;
      ground[at] = level[at];
      free[at] = 0;
      area++;
    }
    if (area >= leastArea) masks.push({ width: side, height: side, data });
  }
  const noise = 0.05 * random();
  const data = Uint8Array.from(ground, (value) =>
    Math.round(255 * Math.min(1, Math.max(0, value + noise * (random() + random() - 1)))),
  );
  return { image: { width: side, height: side, channels: 1, data, spacing: null, window: null, source: name }, masks };
}

/** Where a blob is and how large, in pixels. */
interface Placed {
  readonly radius: number;
  readonly center: readonly [x: number, y: number];
}

function largeBlob(side: number, random: () => number): Placed {
  const at = () => side * (0.15 + 0.7 * random());
  return { radius: side * (0.05 + 0.3 * random() ** 1.5), center: [at(), at()] };
}

/** A star-shaped region: a radius that varies with the angle. */
function blob({ radius, center: [cx, cy] }: Placed, side: number, random: () => number): Uint8Array {
  const squash = 0.5 + random() * 0.5;
  const turn = random() * Math.PI;
  const waves = [2, 3, 4, 5].map((frequency) => ({
    frequency,
    size: (0.35 * random()) / frequency,
    phase: 6.3 * random(),
  }));
  const data = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [x - cx, y - cy];
      const u = dx * Math.cos(turn) + dy * Math.sin(turn);
      const v = (dy * Math.cos(turn) - dx * Math.sin(turn)) / squash;
      const angle = Math.atan2(v, u);
      const reach = waves.reduce(
        (sum, { frequency, size, phase }) => sum + size * Math.sin(frequency * angle + phase),
        1,
      );
      if (Math.hypot(u, v) < radius * reach) data[y * side + x] = 1;
    }
  }
  return data;
}

/** Smooth noise at three scales around a level. */
function texture(side: number, level: number, contrast: number, random: () => number): Float32Array {
  const out = new Float32Array(side * side).fill(level);
  for (const step of textureGrid) {
    const cells = Math.ceil(side / step) + 2;
    const grid = Float32Array.from({ length: cells * cells }, () => (random() - 0.5) * contrast);
    for (let y = 0; y < side; y++) {
      const [row, fy] = [Math.floor(y / step), (y % step) / step];
      for (let x = 0; x < side; x++) {
        const [column, fx] = [Math.floor(x / step), (x % step) / step];
        const at = row * cells + column;
        const upper = grid[at] + fx * (grid[at + 1] - grid[at]);
        const lower = grid[at + cells] + fx * (grid[at + cells + 1] - grid[at + cells]);
        out[y * side + x] += upper + fy * (lower - upper);
      }
    }
  }
  return out;
}
