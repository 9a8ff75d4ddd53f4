import type { PromptSet } from "../core/prompt.js";
import { tokenLabels } from "../models/prompt-encoder.js";
import type { ModelFrame } from "./preprocess.js";

/** Prompt tokens of one object in the model's frame: x, y pairs and their labels. */
export interface PromptTokens {
  readonly coords: readonly number[];
  readonly labels: readonly number[];
}

/**
 * Converts a prompt set to inputs of SAM's prompt encoder: points first, then the two corners of the box; without a box
 * a padding token follows the points (prompt_encoder.py, `forward`). SAM 2's predictor gives a box as two points, so
 * that the padding token follows in any case (sam2_image_predictor.py, `_predict`).
 */
export function promptTokens(prompt: PromptSet, frame: ModelFrame): PromptTokens {
  const scaleX = frame.scaledWidth / frame.width;
  const scaleY = frame.scaledHeight / frame.height;
  const coords: number[] = [];
  const labels: number[] = [];
  const add = (x: number, y: number, label: number) => {
    coords.push(x, y);
    labels.push(label);
  };
  for (const { x, y, label = 1 } of prompt.points ?? []) {
    add(x * scaleX, y * scaleY, label === 1 ? tokenLabels.include : tokenLabels.exclude);
  }
  if (prompt.box) {
    const [x0, y0, x1, y1] = prompt.box;
    add(x0 * scaleX, y0 * scaleY, tokenLabels.boxLeftTop);
    add(x1 * scaleX, y1 * scaleY, tokenLabels.boxRightBottom);
  }
  if (prompt.box ? frame.isSam2 : prompt.points?.length) add(0, 0, tokenLabels.padding);
  return { coords, labels };
}
