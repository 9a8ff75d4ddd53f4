import { componentMask, connectedComponents } from "../../core/components.js";
import type { Mask2d } from "../../core/mask.js";
import { type Pixel, randomDeepestPixel } from "../../core/pixels.js";
import type { PointPrompt } from "../../core/prompt.js";
import type { PromptStrategy } from "../types.js";
import { tightBox } from "./box.js";
import { clickRun } from "./clicks.js";
import { oneStep, requireTruth } from "./strategy.js";

/**
 * The modes of Mazurowski et al. (MedIA 89:102918): 1: a point in the largest part; 2: a point in each of the three
 * largest parts, given jointly; 3: the box of the largest part; 4: a box for each of the three largest parts, predicted
 * one by one and united; 5: one box around everything.
 */
export const mazurowskiModes = ["1", "2", "3", "4", "5"] as const;

export type MazurowskiMode = (typeof mazurowskiModes)[number];

const parts = 3;

/**
 * One of the five modes. The policy `first` takes the first of the three alternatives, as the study did outside its
 * oracle mode.
 */
export function mazurowskiStrategy(name: string, mode: MazurowskiMode): PromptStrategy {
  return oneStep(
    name,
    ({ truth }, { random }) => {
      const point = (mask: Mask2d) => labeled(randomDeepestPixel(mask, random), 1);
      if (mode === "5") return [{ box: tightBox(truth) }];
      const largest = largestParts(truth, mode === "1" || mode === "3" ? 1 : parts);
      if (mode === "1" || mode === "2") return [{ points: largest.map(point) }];
      return largest.map((part) => ({ box: tightBox(part) }));
    },
    "alternative",
  );
}

/**
 * The study's iterative clicks: the deepest pixel of the object, then the deepest pixel of all errors, missed and added
 * ones together; positive if it lies in the object. Every step sends all clicks, but no logits. The study makes a click
 * positive if any class is under it, which differs only if a slice has several classes.
 */
export function mazurowskiClicks(name: string, clicks: number): PromptStrategy {
  return {
    name,
    asks: "prompts",
    firstMask: "alternative",
    start(object, { random }) {
      const truth = requireTruth(name, object);
      const nextClick = (_: Mask2d, predicted: Mask2d) => {
        const error = { ...truth, data: truth.data.map((value, n) => value ^ predicted.data[n]) };
        const pixel = randomDeepestPixel(error, random);
        return pixel && labeled(pixel, truth.data[pixel.y * truth.width + pixel.x] === 0 ? 0 : 1);
      };
      return clickRun(truth, labeled(randomDeepestPixel(truth, random), 1), nextClick, { clicks });
    },
  };
}

function labeled(pixel: Pixel | null, label: 0 | 1): PointPrompt {
  // A part always has a pixel.
  const { x, y } = pixel ?? { x: 0, y: 0 };
  return { x, y, label };
}

/**
 * The largest 8-connected parts. Of parts with equal size, the one that starts further down comes first, as in the
 * study's reversed sort.
 */
function largestParts(truth: Mask2d, count: number): Mask2d[] {
  const components = connectedComponents(truth);
  return components.areas
    .map((area, n) => ({ area, label: n + 1 }))
    .sort((a, b) => b.area - a.area || b.label - a.label)
    .slice(0, count)
    .map(({ label }) => componentMask(truth, components, label));
}
