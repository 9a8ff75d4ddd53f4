import type { PromptStrategy } from "../types.js";
import { jitteredBox } from "./box.js";
import { choosePrompts, type PointChoice } from "./point-choice.js";
import { oneStep } from "./strategy.js";

export interface PointCounts {
  readonly positive: number;
  readonly negative: number;
}

/** Positive and negative points, all given at once. */
export function pointsStrategy(name: string, counts: PointCounts, choice: PointChoice = "deepest"): PromptStrategy {
  return oneStep(name, ({ truth }, { random }) => [{ points: choosePrompts(truth, counts, choice, random) }]);
}

/** A box, tight or jittered, and points, in one prompt set. */
export function boxAndPointsStrategy(
  name: string,
  jitter: number,
  counts: PointCounts,
  choice: PointChoice = "deepest",
): PromptStrategy {
  return oneStep(name, ({ truth }, { random }) => [
    { box: jitteredBox(truth, jitter, random), points: choosePrompts(truth, counts, choice, random) },
  ]);
}
