import { type Mask2d, maskArea } from "../core/mask.js";
import { commonMask, grownMask } from "../core/mask-shape.js";
import type { BoxPrompt, PromptSet } from "../core/prompt.js";
import { iou } from "../metrics/overlap.js";
import type { ImageEmbedding, Prediction, Sam } from "../predict/sam.js";
import { type Neighbor, projectedPrompt, widened } from "./rules.js";
import type { PlaneRule } from "./types.js";

export interface Answer {
  readonly mask: Mask2d;
  readonly predictedIou: number;
  readonly lowResLogits: Float32Array | null;
}

export interface NextMask {
  readonly sam: Sam;
  readonly rule: PlaneRule;
  readonly embedding: ImageEmbedding;
  /** The slice that is propagated from. */
  readonly from: Neighbor;
  readonly firstBox: BoxPrompt;
  readonly signal: AbortSignal | undefined;
}

/** The object's mask on a slice, from its mask on the slice beside it. `null` when there is nothing to go on from. */
export async function nextMask(next: NextMask): Promise<Answer | null> {
  const { rule, from, firstBox } = next;
  const isLost = maskArea(from.mask) === 0;
  if (rule === "samlab") return isLost ? null : consistentMask(next);
  if (isLost && rule !== "laptop") return null;
  const prompt = isLost ? { box: firstBox } : projectedPrompt(next.sam, rule, from);
  const [prediction] = await predict(next, [prompt]);
  return prediction!;
}

/** Pixels. The model may have lost the object where its mask reaches farther beyond its neighbor. */
const REACH = 3;

/** Of the answers to two prompts, the one that agrees more with the neighbor, within its reach. */
async function consistentMask(next: NextMask): Promise<Answer | null> {
  const { sam, from } = next;
  const box = widened(from.mask, 1);
  const prompts: PromptSet[] = [{ box }];
  if (sam.prompts.mask && sam.maskInput) {
    prompts.push({ box, maskInput: from.lowResLogits ?? sam.maskInput(from.mask) });
  }
  const predictions = await predict(next, prompts);
  const reach = grownMask(from.mask, REACH);
  let best: Answer | null = null;
  let bestScore = -1;
  for (const { mask, predictedIou, lowResLogits } of predictions) {
    const within = commonMask(mask, reach);
    const score = iou(within, from.mask) * predictedIou;
    if (score > bestScore) {
      best = { mask: within, predictedIou, lowResLogits };
      bestScore = score;
    }
  }
  return best;
}

function predict({ sam, embedding, signal }: NextMask, prompts: readonly PromptSet[]): Promise<Prediction[]> {
  return sam.predictBatch(prompts, { embedding, ...(signal ? { signal } : {}) });
}
