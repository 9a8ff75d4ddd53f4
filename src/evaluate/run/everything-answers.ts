import type { Mask2d } from "../../core/mask.js";
import { dice } from "../../metrics/overlap.js";
import { automaticMasks } from "../../predict/automask/automatic-masks.js";
import type { Answer, SliceWork } from "./slice-work.js";

/**
 * SAM's automatic masks, computed once for the slice. Each object gets the one with the best Dice against its truth
 * (the policy `oracle`), or an empty mask if none overlaps it. The time is that of all masks of the slice, since they
 * are computed together.
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
  /** Its index in the list. */
  readonly index: number;
  readonly dice: number;
}

/**
 * The automatic mask with the highest Dice against the truth, the first of equals, as SAM-SZU and others score
 * everything mode; `null` if none overlaps the truth. This choice needs the truth, whatever the policy is.
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
