import { type Mask2d, maskArea } from "../core/mask.js";
import { commonMask, grownMask } from "../core/mask-shape.js";
import type { PlaneView } from "../core/plane.js";
import type { BoxPrompt } from "../core/prompt.js";
import type { Image2d } from "../io/image/image.js";
import type { ImageEmbedding, Sam } from "../predict/sam.js";
import type { Appearance } from "./appearance.js";
import { type Neighbor, projectedPrompt } from "./rules.js";
import type { NeighborRule } from "./types.js";

export interface NextMaskAnswer {
  readonly mask: Mask2d;
  /** The mask before pruning; absent if the rule does not prune. */
  readonly unpruned?: Mask2d;
  readonly predictedIou: number;
  readonly lowResLogits: Float32Array | null;
}

export interface NextMask {
  readonly sam: Sam;
  readonly rule: NeighborRule;
  readonly image: Image2d;
  readonly embedding: ImageEmbedding;
  /** Appearance of the object on the slice where the walk started. */
  readonly appearance: Appearance;
  /** The result on the neighboring slice. */
  readonly from: Neighbor;
  readonly firstBox: BoxPrompt;
  /** {@link reachOf} the plane. */
  readonly reach: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Predicts the object's mask on a slice from its mask on the neighboring slice. `null` if that mask is empty, except
 * for the rule `laptop`.
 */
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
  // The logits still contain what was removed and would bring it back on the next slice.
  const isChanged = maskArea(mask) < MOSTLY * maskArea(unpruned);
  return { mask, unpruned, predictedIou, lowResLogits: isChanged ? null : lowResLogits };
}

/** A mask that keeps at least this share of its area still matches its logits. */
const MOSTLY = 0.9;

/**
 * How far a mask may extend beyond its neighbor, in pixels (at least) and in distances between slices. What extends
 * farther is probably not the object.
 */
const [leastReach, reachInSlices] = [3, 1.5];

/** How far a mask of the rule `samlab` may extend beyond its neighbor, in pixels. */
export function reachOf({ spacing: [dx, dy, dz] }: PlaneView): number {
  return Math.max(leastReach, (reachInSlices * dz) / Math.max(dx, dy));
}
