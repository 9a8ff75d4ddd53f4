import { componentMask, connectedComponents } from "./components.js";
import { signedDistance } from "./distance-transform.js";
import { type Mask2d, maskBox } from "./mask.js";

/** A rectangle of a picture: its first column and row, and its size. */
export interface Cut {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The part of a picture that contains the masks, with a margin clipped to the picture; `null` if all masks are empty.
 * With a margin of 1, distances of its pixels to the outline, and its holes, are the same as in the whole picture:
 * everything beyond is background, and farther away.
 */
export function cutAround(masks: readonly Mask2d[], margin: number): Cut | null {
  const boxes = masks.map(maskBox).filter((box) => box !== null);
  if (boxes.length === 0) return null;
  const { width, height } = masks[0]!;
  const x = Math.max(0, Math.min(...boxes.map((box) => box[0])) - margin);
  const y = Math.max(0, Math.min(...boxes.map((box) => box[1])) - margin);
  const right = Math.min(width - 1, Math.max(...boxes.map((box) => box[2])) + margin);
  const bottom = Math.min(height - 1, Math.max(...boxes.map((box) => box[3])) + margin);
  return { x, y, width: right - x + 1, height: bottom - y + 1 };
}

/** The values of a picture in a rectangle. @param width of the picture */
export function cutOf<T extends Uint8Array | Uint8ClampedArray>(values: T, width: number, cut: Cut): T {
  const data = values.slice(0, cut.width * cut.height) as T;
  for (let row = 0; row < cut.height; row++) {
    const start = (cut.y + row) * width + cut.x;
    data.set(values.subarray(start, start + cut.width), row * cut.width);
  }
  return data;
}

/** A mask in a rectangle. */
export function cutMask(mask: Mask2d, cut: Cut): Mask2d {
  return { width: cut.width, height: cut.height, data: cutOf(mask.data, mask.width, cut) };
}

/** A mask of the size of `whole` that is set only in a rectangle. */
export function placedMask(part: Uint8Array, cut: Cut, whole: Mask2d): Mask2d {
  const data = new Uint8Array(whole.data.length);
  for (let row = 0; row < cut.height; row++) {
    data.set(part.subarray(row * cut.width, (row + 1) * cut.width), (cut.y + row) * whole.width + cut.x);
  }
  return { ...whole, data };
}

/** The mask grown (`pixels` above 0) or shrunk (below 0) by a Euclidean distance. */
export function grownMask(mask: Mask2d, pixels: number): Mask2d {
  const cut = cutAround([mask], Math.ceil(Math.max(0, pixels)) + 1);
  if (!cut) return mask;
  const distances = signedDistance(cutMask(mask, cut));
  const data = new Uint8Array(distances.length);
  for (let n = 0; n < data.length; n++) data[n] = distances[n]! + pixels > 0 ? 1 : 0;
  return placedMask(data, cut, mask);
}

/** The intersection of two masks. */
export function commonMask(a: Mask2d, b: Mask2d): Mask2d {
  return { ...a, data: a.data.map((value, n) => (value !== 0 && b.data[n] !== 0 ? 1 : 0)) };
}

/** The union of two masks. */
export function eitherMask(a: Mask2d, b: Mask2d): Mask2d {
  return { ...a, data: a.data.map((value, n) => (value !== 0 || b.data[n] !== 0 ? 1 : 0)) };
}

/**
 * The shape halfway between two masks: where the mean of their signed distances is above 0.
 * @param share 0 gives `a`, 1 gives `b`
 */
export function interpolatedMask(a: Mask2d, b: Mask2d, share: number): Mask2d {
  const cut = cutAround([a, b], 1);
  if (!cut) return a;
  const [fromA, fromB] = [signedDistance(cutMask(a, cut)), signedDistance(cutMask(b, cut))];
  const data = new Uint8Array(fromA.length);
  for (let n = 0; n < data.length; n++) data[n] = (1 - share) * fromA[n]! + share * fromB[n]! > 0 ? 1 : 0;
  return placedMask(data, cut, a);
}

/**
 * The largest 8-connected part of a mask; of parts of the same size the first, row by row. An empty mask stays as it
 * is.
 */
export function largestPart(mask: Mask2d): Mask2d {
  const components = connectedComponents(mask);
  if (components.areas.length < 2) return mask;
  return componentMask(mask, components, components.areas.indexOf(Math.max(...components.areas)) + 1);
}

/** The mask with its holes filled. A hole is background that is not connected (by shared edges) to the image border. */
export function filledMask(mask: Mask2d): Mask2d {
  const { width, height, data } = mask;
  const isOutside = new Uint8Array(data.length);
  const stack: number[] = [];
  const reach = (n: number) => {
    if (data[n] !== 0 || isOutside[n] !== 0) return;
    isOutside[n] = 1;
    stack.push(n);
  };
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) reach(y * width + x);
  for (let y = 0; y < height; y++) for (const x of [0, width - 1]) reach(y * width + x);
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const x = at % width;
    if (x > 0) reach(at - 1);
    if (x < width - 1) reach(at + 1);
    if (at >= width) reach(at - width);
    if (at < data.length - width) reach(at + width);
  }
  return { ...mask, data: isOutside.map((value) => 1 - value) };
}

/** The path of a round brush. */
export interface Stroke {
  /** Brush centers along the path: x, y, x, y … in pixels, 0 at the center of the first pixel. */
  readonly path: readonly number[];
  /** Radius of the brush, in the unit of {@link spacing}. */
  readonly radius: number;
  /** Pixel spacing in x and y. */
  readonly spacing: readonly [number, number];
}

/** Adds the pixels whose centers the brush covers, and those under its center line, to the mask, or removes them. */
export function brushedMask(mask: Mask2d, { path, radius, spacing }: Stroke, erase: boolean): Mask2d {
  const { width, height } = mask;
  const data = mask.data.slice();
  const [sx, sy] = spacing;
  for (let n = 0; n < path.length; n += 2) {
    const [x1, y1] = [path[n]!, path[n + 1]!];
    const [x0, y0] = n === 0 ? [x1, y1] : [path[n - 2]!, path[n - 1]!];
    const [dx, dy] = [(x1 - x0) * sx, (y1 - y0) * sy];
    const length2 = dx * dx + dy * dy;
    // A brush thinner than a pixel, or than the distance of thick slices, may touch no center.
    const steps = Math.min(Math.ceil(2 * Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))), 4 * (width + height));
    for (let step = 0; step <= steps; step++) {
      const share = steps === 0 ? 0 : step / steps;
      const [x, y] = [Math.round(x0 + share * (x1 - x0)), Math.round(y0 + share * (y1 - y0))];
      if (x >= 0 && x < width && y >= 0 && y < height) data[y * width + x] = erase ? 0 : 1;
    }
    const [rx, ry] = [radius / sx, radius / sy];
    for (let y = Math.max(0, Math.ceil(Math.min(y0, y1) - ry)); y <= Math.min(height - 1, Math.max(y0, y1) + ry); y++) {
      for (
        let x = Math.max(0, Math.ceil(Math.min(x0, x1) - rx));
        x <= Math.min(width - 1, Math.max(x0, x1) + rx);
        x++
      ) {
        const [px, py] = [(x - x0) * sx, (y - y0) * sy];
        const t = length2 === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
        if ((px - t * dx) ** 2 + (py - t * dy) ** 2 <= radius * radius) data[y * width + x] = erase ? 0 : 1;
      }
    }
  }
  return { ...mask, data };
}
