import type { WireBytes } from "../../../src/protocol/slices.js";
import { asUint8 } from "../shared/bytes.js";

/**
 * Packed masks of the agreement with the truth: in both, only in the mask (false positives), only in the truth (false
 * negatives).
 */
export interface AgreementBits {
  readonly both: Uint8Array;
  readonly onlyPredicted: Uint8Array;
  readonly onlyTruth: Uint8Array;
}

const cache = new WeakMap<WireBytes, { readonly truth: WireBytes; readonly bits: AgreementBits }>();

/** Computed on packed bits; cached for each mask and truth. */
export function agreementBits(mask: WireBytes, truth: WireBytes): AgreementBits {
  const known = cache.get(mask);
  if (known?.truth === truth) return known.bits;
  const [a, b] = [asUint8(mask), asUint8(truth)];
  const bits: AgreementBits = {
    both: b.map((byte, n) => byte & a[n]),
    onlyPredicted: b.map((byte, n) => a[n] & ~byte),
    onlyTruth: b.map((byte, n) => byte & ~a[n]),
  };
  cache.set(mask, { truth, bits });
  return bits;
}
