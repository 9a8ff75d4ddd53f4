import { SamlabError } from "../../core/errors.js";
import type { Mask2d } from "../../core/mask.js";
import type { PromptSet } from "../../core/prompt.js";
import type { EvaluationObject, PromptRun, PromptStep, PromptStrategy, StrategyContext } from "../types.js";

/** A strategy with one step, whose `clicks` is the number of points in all its prompt sets. */
export function oneStep(
  name: string,
  promptsOf: (object: EvaluationObject, context: StrategyContext) => readonly PromptSet[],
  firstMask: PromptStrategy["firstMask"] = "single",
): PromptStrategy {
  return {
    name,
    asks: "prompts",
    firstMask,
    start(object, context) {
      requireTruth(name, object);
      return steps([onceAsked(promptsOf(object, context))]);
    },
  };
}

function onceAsked(prompts: readonly PromptSet[]): PromptStep {
  return { prompts, clicks: prompts.reduce((sum, { points }) => sum + (points?.length ?? 0), 0) };
}

/** A run with given steps. */
export function steps(all: readonly PromptStep[]): PromptRun {
  let given = 0;
  return { next: () => all[given++] ?? null };
}

/** @throws {SamlabError} `argument-invalid` if the truth is empty */
export function requireTruth(strategy: string, { label, part, truth }: EvaluationObject): Mask2d {
  if (truth.data.includes(1)) return truth;
  throw new SamlabError("argument-invalid", `${label}${part > 0 ? ` part ${part}` : ""} has an empty truth.`, {
    field: "truth",
    remedy: `Leave it out: the strategy ${strategy} takes its prompts from the truth.`,
  });
}
