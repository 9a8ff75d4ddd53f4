import type { EvaluationObject, StrategyContext } from "../../src/evaluate/types.js";
import { drawMask } from "./draw-mask.js";

/** An object to prompt, from the drawing of its truth. */
export function drawObject(drawing: string): EvaluationObject {
  return { label: "object", labelValue: 1, part: 0, truth: drawMask(drawing) };
}

/** A context whose random numbers are these, over and over. */
export function contextOf(...numbers: readonly number[]): StrategyContext {
  let next = 0;
  return { random: () => numbers[next++ % numbers.length], lowResSize: 64, takesScribbles: false };
}
