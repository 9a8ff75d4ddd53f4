import { type Mask2d, maskArea } from "../core/mask.js";
import { commonMask, grownMask } from "../core/mask-shape.js";
import type { PlaneView } from "../core/plane.js";
import type { BoxPrompt } from "../core/prompt.js";
import type { Image2d } from "../io/image/image.js";
import type { ImageEmbedding, Sam } from "../predict/sam.js";
import type { Appearance } from "./appearance.js";
import { type Neighbor, projectedPrompt } from "./rules.js";
import type { PlaneRule } from "./types.js";

export interface NextMaskAnswer {
  readonly mask: Mask2d;
  /** Before it was pruned; absent where nothing is. */
  readonly unpruned?: Mask2d;
  readonly predictedIou: number;
  readonly lowResLogits: Float32Array | null;
}

export interface NextMask {
  readonly sam: Sam;
  readonly rule: PlaneRule;
  readonly image: Image2d;
  readonly embedding: ImageEmbedding;
  /** What the object looks like where the walk began. */
  readonly appearance: Appearance;
  /** The slice that is propagated from. */
  readonly from: Neighbor;
  readonly firstBox: BoxPrompt;
  /** {@link reachOf} the plane. */
  readonly reach: number;
  readonly signal: AbortSignal | undefined;
}

/** The object's mask on a slice, from its mask on the slice beside it. `null` when there is nothing to go on from. */
export async function nextMask(next: NextMask): Promise<NextMaskAnswer | null> {
  const { sam, rule, image, from, firstBox, appearance, reach } = next;
  const isLost = maskArea(from.mask) === 0;
  if (isLost && rule !== "laptop") return null;
  const prompt = isLost ? { box: firstBox } : projectedPrompt(sam, rule, from);
  const prediction = await sam.predict(prompt, {
    embedding: next.embedding,
    ...(next.signal ? { signal: next.signal } : {}),
  });
  if (rule !== "samlab") return prediction;
  const { predictedIou, lowResLogits } = prediction;
  const unpruned = commonMask(prediction.mask, grownMask(from.mask, reach));
  const mask = appearance.pruned(image, unpruned);
  // Logits of what was taken away would bring it back on the next slice.
  const isChanged = maskArea(mask) < MOSTLY * maskArea(unpruned);
  return { mask, unpruned, predictedIou, lowResLogits: isChanged ? null : lowResLogits };
}

/** A mask that keeps this share is still that of its logits. */
const MOSTLY = 0.9;

/** Pixels that a mask may reach beyond its neighbor, at least, and in distances between slices: what reaches farther is likelier lost than found. */
const [leastReach, reachInSlices] = [3, 1.5];

/** How far a mask of the rule `samlab` may reach beyond its neighbor, in pixels. */
export function reachOf({ spacing: [dx, dy, dz] }: PlaneView): number {
  return Math.max(leastReach, (reachInSlices * dz) / Math.max(dx, dy));
}
