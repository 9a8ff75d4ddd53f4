import { automaticMasks } from "../../predict/automask/automatic-masks.js";
import { matchEverything } from "../prompts/match-everything.js";
import type { Answer, SliceWork } from "./slice-work.js";

/**
 * SAM's automatic masks, made once for the slice; each object gets the one with the best Dice against its truth (the policy `oracle`), or an empty mask
 * where there is none. The time is that of all masks of the slice: they come together or not at all.
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
