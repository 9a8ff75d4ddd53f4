import type { PromptStrategy } from "../types.js";
import { steps } from "./strategy.js";

/**
 * No prompt: the model segments the classes that it was trained on, and each object is compared with the class of its
 * name.
 */
export function noneStrategy(name: string): PromptStrategy {
  return { name, asks: "nothing", firstMask: "single", start: () => steps([]) };
}
