import type { PromptStrategy } from "../types.js";
import { steps } from "./strategy.js";

/**
 * SAM's automatic masks, without prompts: the run computes them once per slice with `automaticMasks` and matches them
 * to the objects.
 */
export function everythingStrategy(name: string): PromptStrategy {
  return { name, asks: "everything", firstMask: "single", start: () => steps([]) };
}
