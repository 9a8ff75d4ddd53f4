import type { Mask2d } from "../../core/mask.js";
import type { PointPrompt } from "../../core/prompt.js";
import { randomInteger } from "../../core/random.js";
import type { PromptStrategy } from "../types.js";
import { jitteredBox } from "./box.js";
import { choosePrompts, type PointChoice } from "./point-choice.js";
import { oneStep } from "./strategy.js";

export interface PointCounts {
  readonly positive: number;
  readonly negative: number;
}

/** How points are chosen, shifted, and ordered. */
export interface PointPlacing {
  readonly choice: PointChoice;
  /**
   * Each point is moved along x and y by a whole number of pixels drawn from −shift to +shift, and kept inside the
   * image.
   */
  readonly shift: number;
  /** Given in reverse order. */
  readonly isReversed: boolean;
}

const asChosen: PointPlacing = { choice: "deepest", shift: 0, isReversed: false };

/** Positive and negative points, all given at once. */
export function pointsStrategy(name: string, counts: PointCounts, placing: PointPlacing = asChosen): PromptStrategy {
  return oneStep(name, ({ truth }, { random }) => [{ points: placedPoints(truth, counts, placing, random) }]);
}

/** A box, tight or jittered, and points, in one prompt set. */
export function boxAndPointsStrategy(
  name: string,
  jitter: number,
  counts: PointCounts,
  placing: PointPlacing = asChosen,
): PromptStrategy {
  return oneStep(name, ({ truth }, { random }) => [
    { box: jitteredBox(truth, jitter, random), points: placedPoints(truth, counts, placing, random) },
  ]);
}

function placedPoints(
  truth: Mask2d,
  counts: PointCounts,
  { choice, shift, isReversed }: PointPlacing,
  random: () => number,
): PointPrompt[] {
  const chosen = choosePrompts(truth, counts, choice, random);
  const moved = (at: number, last: number) => Math.min(Math.max(at + randomInteger(random, -shift, shift), 0), last);
  const points =
    shift === 0
      ? chosen
      : chosen.map((point) => ({ ...point, x: moved(point.x, truth.width - 1), y: moved(point.y, truth.height - 1) }));
  return isReversed ? points.reverse() : points;
}
