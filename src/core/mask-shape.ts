import { componentMask, connectedComponents } from "./components.js";
import { signedDistance } from "./distance-transform.js";
import { type Mask2d, maskArea } from "./mask.js";

/** Intersection over union of two masks of one size; 1 when both are empty. */
export function maskIou(a: Mask2d, b: Mask2d): number {
  let [both, either] = [0, 0];
  for (let n = 0; n < a.data.length; n++) {
    const [inA, inB] = [a.data[n] !== 0, b.data[n] !== 0];
    if (inA && inB) both++;
    if (inA || inB) either++;
  }
  return either === 0 ? 1 : both / either;
}

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

/** The largest 8-connected part; the mask itself when it is empty or in one piece. */
export function largestPart(mask: Mask2d): Mask2d {
  const parts = connectedComponents(mask);
  if (parts.areas.length < 2) return mask;
  const largest = parts.areas.reduce((best, area, n) => (area > parts.areas[best]! ? n : best), 0);
  return componentMask(mask, parts, largest + 1);
}
