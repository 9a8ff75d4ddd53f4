import { isSamlabError, messageOf } from "../../core/errors.js";
import { unseen } from "../../core/long-work.js";
import type { Mask2d } from "../../core/mask.js";
import { dice } from "../../metrics/overlap.js";
import { type AutoMask, automaticMasks } from "../../predict/automask/automatic-masks.js";
import type { EvaluationObject } from "../types.js";
import type { Answer, SliceWork } from "./slice-work.js";

/**
 * SAM's automatic masks, computed once for the slice. Each object gets the one with the best Dice against its truth
 * (the policy `oracle`), or an empty mask if none overlaps it. The time is divided among the objects.
 */
export async function everythingAnswers(work: SliceWork): Promise<Answer[]> {
  const { sam, image, objects, settings, signal } = work;
  const answer = (object: EvaluationObject, milliseconds: number, result: Answer["result"]): Answer => ({
    object,
    policy: "oracle",
    clicks: 0,
    milliseconds,
    result,
  });
  const start = performance.now();
  try {
    const masks = await automaticMasks(sam, image, {
      ...settings.automask,
      onProgress: unseen,
      ...(signal ? { signal } : {}),
    });
    const share = (performance.now() - start) / objects.length;
    return objects.map((object) => answer(object, share, bestOf(masks, object.truth)));
  } catch (error) {
    if (isSamlabError(error, "canceled")) throw error;
    return objects.map((object) => answer(object, Number.NaN, { failure: messageOf(error) }));
  }
}

/** The automatic mask nearest to the truth; an empty one if none overlaps it. */
export function bestOf(
  masks: readonly Pick<AutoMask, "mask" | "predictedIou">[],
  truth: Mask2d,
): { readonly mask: Mask2d; readonly predictedIou: number } {
  const found = matchEverything(masks, truth)?.match;
  const { width, height } = truth;
  const mask = found?.mask ?? { width, height, data: new Uint8Array(width * height) };
  return { mask, predictedIou: found?.predictedIou ?? Number.NaN };
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
