import { type Mask2d, maskArea } from "../core/mask.js";
import { grownMask } from "../core/mask-shape.js";
import type { Image2d } from "../io/image/image.js";
import { applyWindow } from "../io/image/window.js";

/** The least standard deviation, in steps of the 8-bit picture: an object of one grey value is not infinitely unlike the next value. */
const LEAST_SPREAD = 2;
/** How far around an object its surroundings reach: a share of the side of a square of its area, and at least so many pixels. */
const RING_SHARE = 0.15;
const LEAST_RING = 3;

interface Grey {
  readonly mean: number;
  readonly spread: number;
}

/** What an object and its surroundings look like on a slice where its mask is known: the grey values in the window that the model sees. */
export class Appearance {
  readonly #inside: Grey;
  readonly #around: Grey | null;
  readonly #own: number;

  /** @param mask not empty */
  constructor(image: Image2d, mask: Mask2d) {
    const picture = applyWindow(image);
    const ring = grownMask(mask, Math.max(LEAST_RING, RING_SHARE * Math.sqrt(maskArea(mask))));
    const around: Mask2d = { ...mask, data: ring.data.map((value, n) => (value !== 0 && mask.data[n] === 0 ? 1 : 0)) };
    this.#inside = greyOf(picture.data, mask)!;
    this.#around = greyOf(picture.data, around);
    this.#own = this.#share(picture.data, mask);
  }

  /**
   * How much a mask on another slice looks like the object: the share of its pixels that are likelier in the object than around it (two normal
   * distributions), divided by that share on the object's own slice. About 1 while the object goes on, near 0 behind its end; 1 where object and
   * surroundings cannot be told apart.
   */
  likeness(image: Image2d, mask: Mask2d): number {
    if (this.#own === 0) return 1;
    return this.#share(applyWindow(image).data, mask) / this.#own;
  }

  #share(picture: ArrayLike<number>, mask: Mask2d): number {
    const around = this.#around;
    if (!around) return 1;
    let [like, count] = [0, 0];
    for (let n = 0; n < mask.data.length; n++) {
      if (mask.data[n] === 0) continue;
      count++;
      if (unlikeness(picture[n]!, this.#inside) < unlikeness(picture[n]!, around)) like++;
    }
    return count === 0 ? 0 : like / count;
  }
}

function unlikeness(value: number, { mean, spread }: Grey): number {
  return (value - mean) ** 2 / (2 * spread * spread) + Math.log(spread);
}

function greyOf(picture: ArrayLike<number>, mask: Mask2d): Grey | null {
  let [count, sum, squares] = [0, 0, 0];
  for (let n = 0; n < mask.data.length; n++) {
    if (mask.data[n] === 0) continue;
    const value = picture[n]!;
    count++;
    sum += value;
    squares += value * value;
  }
  if (count === 0) return null;
  const mean = sum / count;
  return { mean, spread: Math.sqrt(Math.max(squares / count - mean * mean, LEAST_SPREAD ** 2)) };
}
