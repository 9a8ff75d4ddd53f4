import { type Mask2d, maskArea } from "../core/mask.js";
import { cutAround, cutMask, cutOf, filledMask, grownMask, placedMask } from "../core/mask-shape.js";
import type { Image2d } from "../io/image/image.js";
import { applyWindow } from "../io/image/window.js";

/** Gray values of the 8-bit picture that the model sees. */
const GRAYS = 256;
/**
 * Width of the ring that counts as an object's surroundings: a share of the square root of its area, but at least
 * `LEAST_RING` pixels.
 */
const RING_SHARE = 0.15;
const LEAST_RING = 3;
/** Standard deviation of the Gaussian that smooths histograms, in gray values. */
const GRAY_BLUR = 8;
/** Uniform share mixed into each histogram, so that no gray value has probability 0. */
const UNEXPLAINED = 0.05;
/** Pixels to each side over which the evidence is averaged: a single pixel says little in a noisy image. */
const REACH = 2;
/** Share of the object on its own slice that the pruning threshold would remove. */
const DENIED = 0.05;

/**
 * Gray values of an object and of its surroundings on a slice where its mask is known, in the window that the model
 * sees.
 */
export class Appearance {
  /** By gray value: the logarithm of its probability in the object divided by that around it. */
  readonly #evidence: Float32Array;
  /** Share of the object's pixels on its own slice whose gray value is likelier in the object than around it. */
  readonly #own: number;
  /** Pixels whose averaged evidence is below this are pruned; at most 0. */
  readonly #least: number;

  /** @param mask if it is empty, everything looks like the object */
  constructor(image: Image2d, mask: Mask2d) {
    const picture = applyWindow(image).data;
    const ring = grownMask(mask, Math.max(LEAST_RING, RING_SHARE * Math.sqrt(maskArea(mask))));
    const around = ring.data.map((value, n) => (value !== 0 && mask.data[n] === 0 ? 1 : 0));
    const [inside, outside] = [histogram(picture, mask.data), histogram(picture, around)];
    this.#evidence = inside.map((share, gray) => Math.log(share / outside[gray]!));
    this.#own = this.#share(picture, mask);
    const cut = cutAround([mask], 0);
    const own = cut ? this.#averaged(cutOf(picture, mask.width, cut), cutMask(mask, cut)) : new Float32Array(0);
    own.sort();
    this.#least = Math.min(0, own[Math.floor(DENIED * own.length)] ?? 0);
  }

  /**
   * How much a mask on another slice looks like the object: the share of its pixels whose gray value is likelier in the
   * object than around it, divided by that share on the object's own slice. About 1 while the object continues, near 0
   * past its end; 1 if object and surroundings cannot be told apart.
   */
  likeness(image: Image2d, mask: Mask2d): number {
    if (this.#own === 0) return 1;
    return this.#share(applyWindow(image).data, mask) / this.#own;
  }

  /**
   * The mask without the parts that do not look like the object; holes that this leaves are filled. The threshold is
   * set so that the object would keep 95 % of its pixels on its own slice: if object and surroundings look alike,
   * little is removed.
   */
  pruned(image: Image2d, mask: Mask2d): Mask2d {
    const cut = cutAround([mask], 1);
    if (!cut) return mask;
    const part = cutMask(mask, cut);
    const averaged = this.#averaged(cutOf(applyWindow(image).data, mask.width, cut), part);
    let at = 0;
    const kept = part.data.map((value) => (value !== 0 && averaged[at++]! >= this.#least ? 1 : 0));
    const filled = filledMask({ ...part, data: kept });
    return placedMask(
      filled.data.map((value, n) => value & (part.data[n] === 0 ? 0 : 1)),
      cut,
      mask,
    );
  }

  #share(picture: ArrayLike<number>, mask: Mask2d): number {
    let [like, count] = [0, 0];
    for (let n = 0; n < mask.data.length; n++) {
      if (mask.data[n] === 0) continue;
      count++;
      if (this.#evidence[picture[n]!]! > 0) like++;
    }
    return count === 0 ? 0 : like / count;
  }

  /** The evidence of a mask's pixels, row by row, averaged over the mask's pixels in a square around each. */
  #averaged(picture: ArrayLike<number>, { width, height, data }: Mask2d): Float32Array {
    const inSquares = (values: Float32Array) =>
      summedAlong(summedAlong(values, height, width, width, 1), width, height, 1, width);
    const [evidence, isIn] = [new Float32Array(data.length), new Float32Array(data.length)];
    for (let n = 0; n < data.length; n++) {
      if (data[n] === 0) continue;
      evidence[n] = this.#evidence[picture[n]!]!;
      isIn[n] = 1;
    }
    const [sums, counts] = [inSquares(evidence), inSquares(isIn)];
    const averaged = new Float32Array(maskArea({ width, height, data }));
    for (let n = 0, at = 0; n < data.length; n++) if (data[n] !== 0) averaged[at++] = sums[n]! / counts[n]!;
    return averaged;
  }
}

/** Sums over {@link REACH} values to each side along `lines` lines of `length` values. */
function summedAlong(values: Float32Array, lines: number, length: number, line: number, step: number): Float32Array {
  const sums = new Float32Array(values.length);
  for (let one = 0; one < lines; one++) {
    for (let n = 0; n < length; n++) {
      let sum = 0;
      for (let at = Math.max(n - REACH, 0); at <= Math.min(n + REACH, length - 1); at++)
        sum += values[one * line + at * step]!;
      sums[one * line + n * step] = sum;
    }
  }
  return sums;
}

/** Weights of the smoothing by the difference of two gray values, starting at `1 − GRAYS`. */
const blur = Float32Array.from({ length: 2 * GRAYS - 1 }, (_, n) =>
  Math.exp(-((n - GRAYS + 1) ** 2) / (2 * GRAY_BLUR ** 2)),
);

/** Smoothed histogram of the gray values in a mask, with a sum of 1; uniform for an empty mask. */
function histogram(picture: ArrayLike<number>, mask: Uint8Array): Float32Array {
  const counts = new Float32Array(GRAYS);
  let count = 0;
  for (let n = 0; n < mask.length; n++) {
    if (mask[n] === 0) continue;
    counts[picture[n]!]!++;
    count++;
  }
  const shares = new Float32Array(GRAYS).fill((count === 0 ? 1 : UNEXPLAINED) / GRAYS);
  for (let gray = 0; gray < GRAYS; gray++) {
    if (counts[gray] === 0) continue;
    const kernel = blur.subarray(GRAYS - 1 - gray, 2 * GRAYS - 1 - gray);
    const scale = ((1 - UNEXPLAINED) * counts[gray]!) / (count * kernel.reduce((sum, value) => sum + value, 0));
    for (let other = 0; other < GRAYS; other++) shares[other]! += scale * kernel[other]!;
  }
  return shares;
}
