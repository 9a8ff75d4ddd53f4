import type { Mask2d } from "../../core/mask.js";
import { dice } from "../../metrics/overlap.js";

export interface EverythingMatch<M> {
  readonly match: M;
  /** Where it stood in the list. */
  readonly index: number;
  readonly dice: number;
}

/**
 * Of SAM's automatic masks the one with the highest Dice against the truth, the first among equals, as SAM-SZU and others score everything mode; `null`
 * when none overlaps the truth. No one without the truth could make this choice, whatever the policy is.
 * @throws {SamlabError} `geometry-mismatch`
 */
export function matchEverything<M extends { readonly mask: Mask2d }>(
  masks: readonly M[],
  truth: Mask2d,
): EverythingMatch<M> | null {
  let best: EverythingMatch<M> | null = null;
  masks.forEach((match, index) => {
    const score = dice(match.mask, truth);
    if (score > (best?.dice ?? 0)) best = { match, index, dice: score };
  });
  return best;
}
