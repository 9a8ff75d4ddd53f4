import { correctiveClick } from "../core/corrective-click.js";
import type { Mask2d } from "../core/mask.js";
import type { BoxPrompt, PointPrompt } from "../core/prompt.js";
import { randomInteger } from "../core/random.js";
import { tokenLabels } from "../models/prompt-encoder.js";
import { drawBox, drawCentralClick, drawClick, drawCorrection } from "../train/prompt-drawing.js";

/** The prompts for one object, in pixels of the low-resolution frame. */
export interface DrawnPrompt {
  readonly points: readonly PointPrompt[];
  readonly box: BoxPrompt | null;
}

/** The kind of prompts of one step, the same for all objects so that they run as one batch. */
export interface RoundKind {
  readonly clicks: number;
  readonly box: boolean;
}

/** Maximum jitter of each side of a box, outward, in pixels. */
export const jitter = 3;

/**
 * Draws the kind of a first round: mostly clicks, which a box-prompted model does not support yet, and often boxes, so
 * that it keeps its box performance.
 */
export function drawRound(random: () => number): RoundKind {
  const at = random();
  if (at < 0.36) return { clicks: 0, box: true };
  if (at < 0.44) return { clicks: randomInteger(random, 1, 2), box: true };
  if (at < 0.82) return { clicks: 1, box: false };
  return { clicks: randomInteger(random, 2, 3), box: false };
}

/** Clicks in the object, half of them near its middle, and its box. */
export function firstPrompt(truth: Mask2d, { clicks, box }: RoundKind, random: () => number): DrawnPrompt {
  const click = () => (random() < 0.5 ? drawCentralClick(truth, random) : drawClick(truth, random));
  return {
    points: Array.from({ length: clicks }, click),
    box: box ? drawBox(truth, randomInteger(random, 0, jitter), random) : null,
  };
}

/**
 * Adds `clicks` corrective clicks to a prompt: half at the center of the largest error, half anywhere in the errors.
 * Without errors they are placed in the object, since all objects of a step need equally many.
 */
export function corrected(
  prompt: DrawnPrompt,
  truth: Mask2d,
  mask: Mask2d,
  clicks: number,
  random: () => number,
): DrawnPrompt {
  const click = () =>
    (random() < 0.5 ? correctiveClick(truth, mask) : drawCorrection(truth, mask, random)) ?? drawClick(truth, random);
  return { ...prompt, points: [...prompt.points, ...Array.from({ length: clicks }, click)] };
}

/**
 * The prompts of one batch as inputs of the prompt encoder, see `promptTokens`.
 * @param scale pixels of the model's input per pixel of the low-resolution frame
 */
export function tokensOf(prompts: readonly DrawnPrompt[], scale: number) {
  const coords: number[] = [];
  const labels: number[] = [];
  // The encoder adds the half-pixel offset.
  const at = (value: number) => (value + 0.5) * scale - 0.5;
  for (const { points, box } of prompts) {
    for (const { x, y, label } of points) {
      coords.push(at(x), at(y));
      labels.push(label === 1 ? tokenLabels.include : tokenLabels.exclude);
    }
    if (box) {
      coords.push(...box.map(at));
      labels.push(tokenLabels.boxLeftTop, tokenLabels.boxRightBottom);
    } else {
      coords.push(0, 0);
      labels.push(tokenLabels.padding);
    }
  }
  return { coords: Float32Array.from(coords), labels: Int32Array.from(labels) };
}
