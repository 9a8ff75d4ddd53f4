import type { PromptStrategy } from "../types.js";
import { steps } from "./strategy.js";

/**
 * SAM's automatic masks. Nothing is prompted: the run takes them from `automaticMasks` once per slice and matches them
 * to the objects.
 */
export function everythingStrategy(name: string): PromptStrategy {
  return { name, asks: "everything", firstMask: "single", start: () => steps([]) };
}
