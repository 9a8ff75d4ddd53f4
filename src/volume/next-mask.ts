import { type Mask2d, maskArea } from "../core/mask.js";
import { commonMask, grownMask } from "../core/mask-shape.js";
import type { PlaneView } from "../core/plane.js";
import type { BoxPrompt } from "../core/prompt.js";
import type { ImageEmbedding, Sam } from "../predict/sam.js";
import { type Neighbor, projectedPrompt } from "./rules.js";
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
  /** {@link reachOf} the plane. */
  readonly reach: number;
  readonly signal: AbortSignal | undefined;
}

/** The object's mask on a slice, from its mask on the slice beside it. `null` when there is nothing to go on from. */
export async function nextMask(next: NextMask): Promise<Answer | null> {
  const { sam, rule, from, firstBox, reach } = next;
  const isLost = maskArea(from.mask) === 0;
  if (isLost && rule !== "laptop") return null;
  const prompt = isLost ? { box: firstBox } : projectedPrompt(sam, rule, from);
  const prediction = await sam.predict(prompt, {
    embedding: next.embedding,
    ...(next.signal ? { signal: next.signal } : {}),
  });
  if (rule !== "samlab") return prediction;
  const { mask, predictedIou, lowResLogits } = prediction;
  return { mask: commonMask(mask, grownMask(from.mask, reach)), predictedIou, lowResLogits };
}

/** Pixels that a mask may reach beyond its neighbor, at least, and in distances between slices: what reaches farther is likelier lost than found. */
const [leastReach, reachInSlices] = [3, 1.5];

/** How far a mask of the rule `samlab` may reach beyond its neighbor, in pixels. */
export function reachOf({ spacing: [dx, dy, dz] }: PlaneView): number {
  return Math.max(leastReach, (reachInSlices * dz) / Math.max(dx, dy));
}
