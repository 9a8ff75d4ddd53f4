import { SamlabError, show } from "../core/errors.js";
import type { Mask2d } from "../core/mask.js";
import { dice } from "../metrics/overlap.js";
import type { MaskCandidate, Prediction } from "../predict/sam.js";
import type { MaskPolicy, PromptStrategy } from "./types.js";

export const maskPolicies: readonly MaskPolicy[] = ["first", "predicted-iou", "oracle"];

/** The scored mask and its position. */
export interface ChosenMask extends MaskCandidate {
  /** 0 to 2 among the alternatives, from part to whole; −1 for the model's single answer. */
  readonly index: number;
}

/** True if a policy needs the model's alternatives (`multimask`) for a strategy. */
export function needsAlternatives(policy: MaskPolicy, strategy: Pick<PromptStrategy, "firstMask">): boolean {
  return policy !== "first" || strategy.firstMask === "alternative";
}

/**
 * The mask that a policy scores. The first wins ties, as with numpy's `argmax`.
 * @param firstMask what the policy `first` means: the single answer, or the first of the three alternatives, depending
 * on the strategy
 * @throws {SamlabError} `argument-invalid` if the policy needs alternatives and the prediction has none, or there is no
 * such policy
 */
export function chooseMask(
  policy: MaskPolicy,
  prediction: Prediction,
  truth: Mask2d,
  firstMask: PromptStrategy["firstMask"] = "single",
): ChosenMask {
  if (!maskPolicies.includes(policy)) {
    throw new SamlabError("argument-invalid", `There is no mask policy ${show(policy)}.`, {
      field: "policy",
      value: policy,
      remedy: `Use ${maskPolicies.join(", ")}.`,
    });
  }
  const { candidates } = prediction;
  if (!needsAlternatives(policy, { firstMask })) {
    const { mask, predictedIou, lowResLogits } = prediction;
    return { mask, predictedIou, lowResLogits, index: -1 };
  }
  if (candidates.length === 0) {
    throw new SamlabError("argument-invalid", `The policy ${policy} chooses among alternatives, and there are none.`, {
      field: "policy",
      value: policy,
      remedy: "Predict with { multimask: true }.",
    });
  }
  const scores = {
    first: () => 0,
    "predicted-iou": (candidate: MaskCandidate) => candidate.predictedIou,
    oracle: (candidate: MaskCandidate) => dice(candidate.mask, truth),
  } satisfies Record<MaskPolicy, (candidate: MaskCandidate) => number>;
  const index = indexOfLargest(candidates.map(scores[policy]));
  return { ...candidates[index], index };
}

function indexOfLargest(scores: readonly number[]): number {
  let best = 0;
  scores.forEach((score, n) => {
    if (score > scores[best]) best = n;
  });
  return best;
}

/**
 * Unites the predictions of a step with several prompt sets: the single answers, and the alternatives index by index,
 * so that a policy chooses among the unions (as in Mazurowski's mode 4). The predicted IoU is the mean, the logits are
 * the maximum.
 */
export function unitePredictions(predictions: readonly Prediction[]): Prediction {
  if (predictions.length === 0) throw new SamlabError("argument-invalid", "There are no predictions to merge.");
  const [first] = predictions;
  if (predictions.length === 1) return first;
  return {
    ...unite(predictions),
    candidates: first.candidates.map((_, index) => unite(predictions.map(({ candidates }) => candidates[index]))),
    info: {
      provider: first.info.provider,
      // A batch is timed as a whole; each of its predictions has that time.
      milliseconds: Math.max(...predictions.map(({ info }) => info.milliseconds)),
    },
  };
}

function unite(parts: readonly MaskCandidate[]): MaskCandidate {
  const { width, height } = parts[0].mask;
  const data = new Uint8Array(width * height);
  const lowResLogits = parts[0].lowResLogits.slice();
  for (const { mask, lowResLogits: logits } of parts) {
    for (let n = 0; n < data.length; n++) data[n] |= mask.data[n];
    for (let n = 0; n < logits.length; n++) lowResLogits[n] = Math.max(lowResLogits[n], logits[n]);
  }
  const predictedIou = parts.reduce((sum, part) => sum + part.predictedIou, 0) / parts.length;
  return { mask: { width, height, data }, predictedIou, lowResLogits };
}
