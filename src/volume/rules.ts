import { euclideanDistance } from "../core/distance-transform.js";
import { SamlabError } from "../core/errors.js";
import { type Mask2d, maskBox } from "../core/mask.js";
import { deepestPixel } from "../core/pixels.js";
import { type BoxPrompt, type PointPrompt, type PromptSet, withArea } from "../core/prompt.js";
import type { Sam } from "../predict/sam.js";
import type { NeighborRule } from "./types.js";

/** The result on the neighboring slice, from which a slice's prompt is made. */
export interface Neighbor {
  /** The object's mask on the neighboring slice, not empty. */
  readonly mask: Mask2d;
  /** Logits of the mask's prediction; `null` if the mask was given. */
  readonly lowResLogits: Float32Array | null;
}

/** Pixels by which the challenge's baseline widens a box, in its 256-pixel frame. */
const laptopShift = 3;
const laptopSide = 256;

/** The prompt for a slice, made from its neighbor by a rule. */
export function projectedPrompt(sam: Sam, rule: NeighborRule, from: Neighbor): PromptSet {
  const { mask } = from;
  switch (rule) {
    case "samlab": {
      const box = widened(mask, 1);
      if (!sam.prompts.mask || !sam.maskInput) return { box };
      return { box, maskInput: from.lowResLogits ?? sam.maskInput(mask) };
    }
    case "laptop":
      return { box: widened(mask, (laptopShift * Math.max(mask.width, mask.height)) / laptopSide) };
    case "box":
      return { box: widened(mask, 0) };
    case "mask":
      return { box: widened(mask, 0), maskInput: maskInput(sam, mask, rule) };
    case "points":
      return { points: projectedPoints(mask) };
    case "pointsAndMask":
      return { points: projectedPoints(mask), maskInput: maskInput(sam, mask, rule) };
    case "singlePoint":
      return { points: [{ ...deepestPixel(mask)!, label: 1 }] };
    case "logits":
      return { box: widened(mask, 0), maskInput: from.lowResLogits ?? maskInput(sam, mask, rule) };
  }
}

function maskInput(sam: Sam, mask: Mask2d, rule: NeighborRule): Float32Array {
  if (sam.prompts.mask && sam.maskInput) return sam.maskInput(mask);
  throw new SamlabError("prompt-unsupported", `The rule ${rule} prompts with masks, and ${sam.name} takes none.`, {
    field: "rule",
    value: rule,
    remedy: sam.prompts.box ? 'Use the rule "box" or "laptop".' : "Load a model that takes masks.",
  });
}

/** The box of a mask, widened by some pixels on each side and clipped to the picture. */
export function widened(mask: Mask2d, pixels: number): BoxPrompt {
  const [x0, y0, x1, y1] = maskBox(mask)!;
  return withArea([
    Math.max(x0 - pixels, 0),
    Math.max(y0 - pixels, 0),
    Math.min(x1 + pixels, mask.width - 1),
    Math.min(y1 + pixels, mask.height - 1),
  ]);
}

/** Least distance between two maxima inside and outside, in pixels, as in micro-sam. */
const innerDistance = 3;
const outerDistance = 5;

/**
 * Positive clicks at the mask's locally deepest pixels, and negative clicks outside the mask but within its box, at
 * pixels locally farthest from the outline (`_compute_points_from_mask` of micro-sam, without its blur).
 */
function projectedPoints(mask: Mask2d): PointPrompt[] {
  const [x0, y0, x1, y1] = maskBox(mask)!;
  const [width, height] = [x1 - x0 + 1, y1 - y0 + 1];
  const cropped = (isInside: boolean): Mask2d => {
    const data = new Uint8Array((width + 2) * (height + 2));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = mask.data[(y0 + y) * mask.width + x0 + x] !== 0;
        if (value === isInside) data[(y + 1) * (width + 2) + x + 1] = 1;
      }
    }
    return { width: width + 2, height: height + 2, data };
  };
  const at = (label: 0 | 1, least: number) =>
    localMaxima(cropped(label === 1), least).map(({ x, y }) => ({ x: x0 + x - 1, y: y0 + y - 1, label }));
  return [...at(1, innerDistance), ...at(0, outerDistance)];
}

function localMaxima(mask: Mask2d, least: number): { x: number; y: number }[] {
  const distances = euclideanDistance(mask);
  const order = [...distances.keys()].filter((n) => distances[n]! > 0).sort((a, b) => distances[b]! - distances[a]!);
  const found: { x: number; y: number }[] = [];
  for (const n of order) {
    const [x, y] = [n % mask.width, Math.floor(n / mask.width)];
    const isMaximum = neighbors(mask, x, y).every((other) => distances[other]! <= distances[n]!);
    const isApart = found.every((one) => Math.max(Math.abs(one.x - x), Math.abs(one.y - y)) > least);
    if (isMaximum && isApart) found.push({ x, y });
  }
  return found;
}

function neighbors({ width, height }: Mask2d, x: number, y: number): number[] {
  const found: number[] = [];
  for (let ny = Math.max(y - 1, 0); ny <= Math.min(y + 1, height - 1); ny++) {
    for (let nx = Math.max(x - 1, 0); nx <= Math.min(x + 1, width - 1); nx++) found.push(ny * width + nx);
  }
  return found;
}
