import { signedDistance } from "./distance-transform.js";
import { type Mask2d, maskArea } from "./mask.js";

/** The mask grown (`pixels` above 0) or shrunk (below 0) by a Euclidean distance. */
export function grownMask(mask: Mask2d, pixels: number): Mask2d {
  if (maskArea(mask) === 0) return mask;
  const distances = signedDistance(mask);
  return { ...mask, data: Uint8Array.from(distances, (distance) => (distance + pixels > 0 ? 1 : 0)) };
}

/** What both masks hold. */
export function commonMask(a: Mask2d, b: Mask2d): Mask2d {
  return { ...a, data: a.data.map((value, n) => (value !== 0 && b.data[n] !== 0 ? 1 : 0)) };
}

/** What either mask holds. */
export function eitherMask(a: Mask2d, b: Mask2d): Mask2d {
  return { ...a, data: a.data.map((value, n) => (value !== 0 || b.data[n] !== 0 ? 1 : 0)) };
}

/**
 * The shape that lies between two masks: where the mean of their signed distances is above 0.
 * @param share 0 gives `a`, 1 gives `b`
 */
export function interpolatedMask(a: Mask2d, b: Mask2d, share: number): Mask2d {
  const [fromA, fromB] = [signedDistance(a), signedDistance(b)];
  return {
    ...a,
    data: Uint8Array.from(fromA, (distance, n) => ((1 - share) * distance + share * fromB[n]! > 0 ? 1 : 0)),
  };
}
