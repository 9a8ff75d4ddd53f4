import { SamlabError } from "./errors.js";

/** A binary mask on a pixel grid. `data` is row-major (y, x), one byte a pixel, 0 or 1. */
export interface Mask2d {
  readonly width: number;
  readonly height: number;
  /** `width` · `height` values, row-major: 1 inside, 0 outside. */
  readonly data: Uint8Array;
}

/** Number of pixels in the mask. */
export function maskArea(mask: Mask2d): number {
  const { data } = mask;
  let area = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) area++;
  return area;
}

/**
 * The tight box [x0, y0, x1, y1] around the mask (both corners are mask pixels' coordinates), or `null` when it is
 * empty.
 */
export function maskBox(mask: Mask2d): [number, number, number, number] | null {
  let [x0, y0, x1, y1] = [mask.width, mask.height, -1, -1];
  for (let y = 0, i = 0; y < mask.height; y++) {
    for (let x = 0; x < mask.width; x++, i++) {
      if (mask.data[i] === 0) continue;
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      if (y > y1) y1 = y;
    }
  }
  return x1 < 0 ? null : [x0, y0, x1, y1];
}

/**
 * Packs a mask into bits for transfer: bit i of the stream is pixel i (row-major), least significant bit first. Length
 * is ceil(width·height / 8) bytes.
 */
export function packMask(mask: Mask2d): Uint8Array {
  const packed = new Uint8Array((mask.data.length + 7) >> 3);
  for (let i = 0; i < mask.data.length; i++) {
    if (mask.data[i] !== 0) packed[i >> 3] |= 1 << (i & 7);
  }
  return packed;
}

/** The inverse of {@link packMask}. */
export function unpackMask(packed: Uint8Array, width: number, height: number): Mask2d {
  const length = width * height;
  if (packed.length !== (length + 7) >> 3) {
    throw new SamlabError(
      "format-invalid",
      `A packed ${width}×${height} mask has ${(length + 7) >> 3} bytes, not ${packed.length}.`,
      { remedy: "Give what packMask returned, with its width and height." },
    );
  }
  const data = new Uint8Array(length);
  for (let i = 0; i < length; i++) data[i] = (packed[i >> 3] >> (i & 7)) & 1;
  return { width, height, data };
}
