import type { Mask2d } from "./mask.js";
import type { Pixel } from "./pixels.js";

/**
 * The skeleton of a mask, one pixel wide and connected where the mask is (Zhang and Suen, "A fast parallel algorithm
 * for thinning digital patterns", 1984). As with that algorithm, parts of 2×2 pixels vanish.
 */
export function skeleton({ width, height, data }: Mask2d): Mask2d {
  // With a margin, so that every pixel has eight neighbors.
  const stride = width + 2;
  const inside = new Uint8Array(stride * (height + 2));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) inside[(y + 1) * stride + x + 1] = data[y * width + x] === 0 ? 0 : 1;
  }
  // Clockwise from above.
  const around = [-stride, 1 - stride, 1, stride + 1, stride, stride - 1, -1, -stride - 1];
  const isRemoved = (at: number, pass: 0 | 1): boolean => {
    const near = around.map((step) => inside[at + step]!);
    const count = near.reduce((sum, value) => sum + value, 0);
    if (count < 2 || count > 6) return false;
    const rises = near.filter((value, n) => value === 0 && near[(n + 1) % 8] === 1).length;
    if (rises !== 1) return false;
    const [up, , right, , down, , left] = near as [number, number, number, number, number, number, number];
    return pass === 0
      ? up * right * down === 0 && right * down * left === 0
      : up * right * left === 0 && up * down * left === 0;
  };
  let pixels = [...inside.keys()].filter((at) => inside[at] === 1);
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const pass of [0, 1] as const) {
      const removed = pixels.filter((at) => isRemoved(at, pass));
      for (const at of removed) inside[at] = 0;
      if (removed.length === 0) continue;
      isChanged = true;
      pixels = pixels.filter((at) => inside[at] === 1);
    }
  }
  const thin = new Uint8Array(width * height);
  for (const at of pixels) thin[(Math.floor(at / stride) - 1) * width + (at % stride) - 1] = 1;
  return { width, height, data: thin };
}

/**
 * The longest way through a skeleton, pixel by pixel, each an 8-neighbor of the one before: from the pixel that is
 * farthest from the first one of a part (row by row) to the pixel that is farthest from it; of all parts the longest.
 * In a skeleton without loops it is the longest there is. Empty for an empty mask.
 */
export function longestWay(thin: Mask2d): Pixel[] {
  const seen = new Uint8Array(thin.data.length);
  let longest: number[] = [];
  for (let start = 0; start < seen.length; start++) {
    if (thin.data[start] === 0 || seen[start] === 1) continue;
    const first = waysFrom(thin, start);
    for (const at of first.order) seen[at] = 1;
    const { order, before } = waysFrom(thin, first.order.at(-1)!);
    const way: number[] = [];
    for (let at: number | undefined = order.at(-1)!; at !== undefined; at = before.get(at)) way.push(at);
    if (way.length > longest.length) longest = way;
  }
  return longest.map((at) => ({ x: at % thin.width, y: Math.floor(at / thin.width) }));
}

/** The pixels of a part in the order of their distance in steps, and for each but the first the one before it. */
function waysFrom({ width, height, data }: Mask2d, start: number): { order: number[]; before: Map<number, number> } {
  const order = [start];
  const before = new Map<number, number>();
  for (let n = 0; n < order.length; n++) {
    const at = order[n]!;
    const [x, y] = [at % width, Math.floor(at / width)];
    for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
      for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
        const next = ny * width + nx;
        if (data[next] === 0 || next === start || before.has(next)) continue;
        before.set(next, at);
        order.push(next);
      }
    }
  }
  return { order, before };
}
