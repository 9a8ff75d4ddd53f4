import type { PromptStrategy } from "../types.js";
import { steps } from "./strategy.js";

/** No prompt: the model segments its classes, and each object is compared with the class of the same name. */
export function noneStrategy(name: string): PromptStrategy {
  return { name, asks: "nothing", firstMask: "single", start: () => steps([]) };
}
