import { type Mask2d, maskBox } from "../../../src/core/mask.js";
import { type BoxPrompt, type PromptSupport, validatePrompt } from "../../../src/core/prompt.js";
import type { ListedPrompt, SlicePrompt } from "../../../src/protocol/slice-prompter.js";
import type { SliceFrame } from "../../../src/protocol/slices.js";
import { promptSetOf } from "./book.js";

/**
 * Adds a prompt to a slice's prompts. There is at most one box: a new one replaces the old one and takes its id.
 * @throws {SamlabError} `prompt-invalid`, `prompt-unsupported`
 */
export function withPrompt(
  old: readonly (SlicePrompt | ListedPrompt)[],
  prompt: SlicePrompt,
  { width, height }: SliceFrame,
  support: PromptSupport,
): readonly (SlicePrompt | ListedPrompt)[] {
  validatePrompt(promptSetOf([prompt]), width, height, support);
  const box = prompt.kind === "box" ? old.find(({ kind }) => kind === "box") : undefined;
  if (!box) return [...old, prompt];
  return old.map((other) => (other === box ? { ...prompt, ...("id" in box && { id: box.id }) } : other));
}

/**
 * Moves one point of a slice's prompts; null if there is no such point.
 * @throws {SamlabError} `prompt-invalid`
 */
export function withPoint(
  old: readonly ListedPrompt[],
  id: number,
  { x, y }: { readonly x: number; readonly y: number },
  { width, height }: SliceFrame,
  support: PromptSupport,
): readonly ListedPrompt[] | null {
  const point = old.find((prompt) => prompt.id === id);
  if (point?.kind !== "point") return null;
  validatePrompt({ points: [{ x, y, label: point.label }] }, width, height, support);
  return old.map((other) => (other === point ? { ...point, x, y } : other));
}

/**
 * The box of a mask, stretched to points and lines that belong to the object; null for a mask that is empty or one
 * pixel thin.
 */
export function boxAround(mask: Mask2d, prompts: readonly SlicePrompt[]): BoxPrompt | null {
  const box = maskBox(mask);
  if (!box) return null;
  let [x0, y0, x1, y1] = box;
  for (const prompt of prompts) {
    if (prompt.kind === "box" || prompt.label === 0) continue;
    const path = prompt.kind === "point" ? [prompt.x, prompt.y] : prompt.path;
    for (let n = 0; n < path.length; n += 2) {
      // A line may leave the slice.
      const [x, y] = [clamped(path[n]!, mask.width - 1), clamped(path[n + 1]!, mask.height - 1)];
      [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
    }
  }
  return x1 > x0 && y1 > y0 ? [x0, y0, x1, y1] : null;
}

const clamped = (value: number, most: number) => Math.min(Math.max(value, 0), most);
