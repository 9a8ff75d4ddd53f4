import type { Mask2d } from "../../core/mask.js";
import { dice } from "../../metrics/overlap.js";
import { automaticMasks } from "../../predict/automask/automatic-masks.js";
import type { Answer, SliceWork } from "./slice-work.js";

/**
 * SAM's automatic masks, made once for the slice; each object gets the one with the best Dice against its truth (the
 * policy `oracle`), or an empty mask where there is none. The time is that of all masks of the slice: they come
 * together or not at all.
 */
export async function everythingAnswers(work: SliceWork): Promise<Answer[]> {
  const { sam, image, objects, settings, signal } = work;
  const start = performance.now();
  const masks = await automaticMasks(sam, image, { ...settings.automask, ...(signal ? { signal } : {}) });
  const milliseconds = performance.now() - start;
  return objects.map((object): Answer => {
    const found = matchEverything(masks, object.truth)?.match;
    const { width, height } = object.truth;
    const mask = found?.mask ?? { width, height, data: new Uint8Array(width * height) };
    const result = { mask, predictedIou: found?.predictedIou ?? Number.NaN };
    return { object, policy: "oracle", clicks: 0, milliseconds, result };
  });
}

interface EverythingMatch<M> {
  readonly match: M;
  /** Where it stood in the list. */
  readonly index: number;
  readonly dice: number;
}

/**
 * Of SAM's automatic masks the one with the highest Dice against the truth, the first among equals, as SAM-SZU and
 * others score everything mode; `null` when none overlaps the truth. No one without the truth could make this choice,
 * whatever the policy is.
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
