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
  old: readonly ListedPrompt[],
  prompt: SlicePrompt,
  { width, height }: SliceFrame,
  support: PromptSupport,
): readonly (SlicePrompt | ListedPrompt)[] {
  validatePrompt(promptSetOf([prompt]), width, height, support);
  const box = prompt.kind === "box" ? old.find(({ kind }) => kind === "box") : undefined;
  return box ? old.map((other) => (other === box ? { ...prompt, id: box.id } : other)) : [...old, prompt];
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

/** The box of a mask, stretched to a point that belongs to the object; null for a mask that is empty or one pixel thin. */
export function boxAround(mask: Mask2d, { x, y, label }: Extract<SlicePrompt, { kind: "point" }>): BoxPrompt | null {
  const box = maskBox(mask);
  if (!box) return null;
  const [x0, y0, x1, y1] = box;
  const stretched: BoxPrompt = label === 1 ? [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)] : box;
  return stretched[2] > stretched[0] && stretched[3] > stretched[1] ? stretched : null;
}
