import { correctiveClick } from "../../core/corrective-click.js";
import type { Mask2d } from "../../core/mask.js";
import type { PointPrompt, PromptSet } from "../../core/prompt.js";
import type { PromptRun, PromptStrategy } from "../types.js";
import { choosePoints, type PointChoice } from "./point-choice.js";
import { requireTruth } from "./strategy.js";

/** The next correction, positive or negative. */
export type NextClick = (truth: Mask2d, predicted: Mask2d) => PointPrompt | null;

export interface ClickOptions {
  readonly clicks: number;
  /** Give the logits of the last answer as a mask prompt. */
  readonly feedback?: boolean;
  readonly choice?: PointChoice;
  readonly firstMask?: PromptStrategy["firstMask"];
}

/**
 * Successive clicks: the first in the object, each further one where the answer is most wrong. Every step sends all
 * clicks so far.
 */
export function clicksStrategy(name: string, options: ClickOptions): PromptStrategy {
  const { choice = "deepest", firstMask = "single" } = options;
  return {
    name,
    asks: "prompts",
    firstMask,
    start(object, { random }) {
      const truth = requireTruth(name, object);
      const [{ x, y }] = choosePoints(truth, 1, choice, random);
      return clickRun(truth, { x, y, label: 1 }, correctiveClick, options);
    },
  };
}

/**
 * A run of clicks, starting with a given one. If no error is left, the last prompts are repeated with the next number
 * of clicks, so that every object has a result for every number and means over objects stay comparable.
 */
export function clickRun(
  truth: Mask2d,
  first: PointPrompt,
  nextClick: NextClick,
  { clicks, feedback = false }: Pick<ClickOptions, "clicks" | "feedback">,
): PromptRun {
  let points: readonly PointPrompt[] = [];
  let prompts: readonly PromptSet[] = [];
  let given = 0;
  return {
    next(previous) {
      if (given === clicks) return null;
      given++;
      const point = previous ? nextClick(truth, previous.mask) : first;
      if (point) {
        points = [...points, point];
        const maskInput = feedback ? previous?.lowResLogits : null;
        prompts = [{ points, ...(maskInput ? { maskInput } : {}) }];
      }
      return { prompts, clicks: given };
    },
  };
}
