import { type Mask2d, maskBox } from "../../core/mask.js";
import { type BoxPrompt, withArea } from "../../core/prompt.js";
import { randomInteger } from "../../core/random.js";
import type { PromptStrategy } from "../types.js";
import { oneStep } from "./strategy.js";

/**
 * The tight box around the truth. Each edge is moved by a whole number of pixels drawn from −jitter to +jitter and kept
 * inside the image.
 */
export function boxStrategy(name: string, jitter = 0): PromptStrategy {
  return oneStep(name, ({ truth }, { random }) => [{ box: jitteredBox(truth, jitter, random) }]);
}

/** The tight box of a mask that is not empty; {@link withArea} if it is one pixel wide or high. */
export function tightBox(mask: Mask2d): BoxPrompt {
  return withArea(maskBox(mask) ?? [0, 0, 0, 0]);
}

/** Edges that would cross are swapped. */
export function jitteredBox(mask: Mask2d, jitter: number, random: () => number): BoxPrompt {
  const moved = (edge: number, last: number) =>
    Math.min(Math.max(edge + (jitter === 0 ? 0 : randomInteger(random, -jitter, jitter)), 0), last);
  const [x0, y0, x1, y1] = maskBox(mask) ?? [0, 0, 0, 0];
  const [left, top] = [moved(x0, mask.width - 1), moved(y0, mask.height - 1)];
  const [right, bottom] = [moved(x1, mask.width - 1), moved(y1, mask.height - 1)];
  return withArea([Math.min(left, right), Math.min(top, bottom), Math.max(left, right), Math.max(top, bottom)]);
}
