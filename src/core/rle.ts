import { SamlabError, show } from "./errors.js";
import type { Mask2d } from "./mask.js";

/**
 * A mask as run lengths, the uncompressed form of COCO and of SAM's mask generator: down each column, columns from left
 * to right; the first run counts background and may be 0, then the two alternate. `size` is [height, width], as in
 * COCO.
 */
export interface Rle {
  /** [height, width], as in COCO. */
  readonly size: readonly [height: number, width: number];
  /** Lengths of runs, background first; their sum is height · width. */
  readonly counts: readonly number[];
}

/** Encodes a mask as run lengths. */
export function encodeRle(mask: Mask2d): Rle {
  const { width, height, data } = mask;
  const counts: number[] = [];
  let inside = false;
  let run = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if ((data[y * width + x] !== 0) !== inside) {
        counts.push(run);
        run = 0;
        inside = !inside;
      }
      run++;
    }
  }
  counts.push(run);
  return { size: [height, width], counts };
}

/**
 * Decodes run lengths to a mask.
 * @throws {SamlabError} `format-invalid` when the run lengths do not sum to the mask size
 */
export function decodeRle(rle: Rle): Mask2d {
  const [height, width] = rle.size;
  const cells = width * height;
  const total = rle.counts.reduce((sum, count) => sum + count, 0);
  if (total !== cells || !rle.counts.every((count) => Number.isInteger(count) && count >= 0)) {
    throw new SamlabError("format-invalid", `The runs ${show(rle.counts)} do not fill a ${width}×${height} mask.`, {
      field: "counts",
      value: rle.counts,
      remedy: "Give counts of 0 or more that sum up to width × height; size is [height, width].",
    });
  }
  const data = new Uint8Array(cells);
  let at = 0;
  rle.counts.forEach((count, n) => {
    if (n % 2 === 0) at += count;
    else for (const end = at + count; at < end; at++) data[(at % height) * width + Math.floor(at / height)] = 1;
  });
  return { width, height, data };
}
