import type { Mask2d } from "../../../src/core/mask.js";

/**
 * Agreement of a mask with the truth: pixels in both, only in the mask (false positives), only in the truth (false
 * negatives).
 */
export interface Agreement {
  readonly both: Mask2d;
  readonly onlyPredicted: Mask2d;
  readonly onlyTruth: Mask2d;
}

export function agreementOf(mask: Mask2d, truth: Mask2d): Agreement {
  const { width, height } = truth;
  const where = (inside: (mask: boolean, truth: boolean) => boolean): Mask2d => ({
    width,
    height,
    data: Uint8Array.from(truth.data, (value, n) => Number(inside(mask.data[n] !== 0, value !== 0))),
  });
  return {
    both: where((inMask, inTruth) => inMask && inTruth),
    onlyPredicted: where((inMask, inTruth) => inMask && !inTruth),
    onlyTruth: where((inMask, inTruth) => !inMask && inTruth),
  };
}
