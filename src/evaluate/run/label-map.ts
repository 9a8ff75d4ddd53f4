import { groupBy } from "../statistics/group-by.js";
import type { Answer } from "./slice-work.js";

/**
 * The answers as one label map holds them: of objects whose masks overlap, with one policy and as many clicks, the last
 * keeps the pixels. The challenge's scripts write such maps (LiteMedSAM, CVPR24_LiteMedSAM_infer.py).
 */
export function inOneLabelMap(answers: readonly Answer[]): Answer[] {
  const kept = new Map<Answer, Answer["result"]>();
  for (const group of groupBy(answers, ({ policy, clicks }) => [policy, clicks])) {
    let taken: Uint8Array | undefined;
    for (const answer of group.reverse()) {
      const { result } = answer;
      if ("failure" in result) continue;
      taken ??= new Uint8Array(result.mask.data.length);
      const data = new Uint8Array(taken.length);
      for (let n = 0; n < data.length; n++) if (result.mask.data[n] && !taken[n]) data[n] = taken[n] = 1;
      kept.set(answer, { ...result, mask: { ...result.mask, data } });
    }
  }
  return answers.map((answer) => ({ ...answer, result: kept.get(answer) ?? answer.result }));
}
