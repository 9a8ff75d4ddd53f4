import type { Mask2d } from "../../core/mask.js";
import { maskBox } from "../../core/mask.js";
import { centroidPixel, type Pixel, pixelsOf } from "../../core/pixels.js";
import type { PointPrompt } from "../../core/prompt.js";
import type { PromptStrategy } from "../types.js";
import { tightBox } from "./box.js";
import { everythingStrategy } from "./everything.js";
import { oneStep } from "./strategy.js";

/**
 * The strategies of SAM-SZU (Huang et al., MedIA 92:103061): everything, 1 point, 5 points, 5 + 5 points, box, box + 1
 * point.
 */
export const szuModes = ["S1", "S2", "S3", "S4", "S5", "S6"] as const;

export type SzuMode = (typeof szuModes)[number];

export interface SzuOptions {
  /**
   * Take the points exactly as the study's code does. Its sampling of the object gives a sixth point unless the area is
   * a multiple of five, and S4 then labels that point, which lies inside the object, as negative. Default `false`: five
   * and five.
   */
  readonly sixPoints?: boolean;
}

/**
 * One of SAM-SZU's strategies. The study predicted three alternatives and scored the oracle's, so the policy `first`
 * takes the first of the three.
 */
export function szuStrategy(name: string, mode: SzuMode, { sixPoints = false }: SzuOptions = {}): PromptStrategy {
  if (mode === "S1") return everythingStrategy(name);
  const counts = { S2: [1, 0], S3: [5, 0], S4: [5, 5], S5: [0, 0], S6: [1, 0] } as const;
  const [positive, negative] = counts[mode];
  return oneStep(
    name,
    ({ truth }) => {
      const points = sixPoints
        ? szuPointsAsPublished(truth).slice(0, positive + negative)
        : szuPoints(truth, positive, negative);
      return [
        { ...(positive > 0 ? { points } : {}), ...(mode === "S5" || mode === "S6" ? { box: tightBox(truth) } : {}) },
      ];
    },
    "alternative",
  );
}

const perKind = 5;

/** The corrected sampler: the first `positive` object points, then the first `negative` background points. */
function szuPoints(truth: Mask2d, positive: number, negative: number): PointPrompt[] {
  return [
    ...objectPoints(truth).slice(0, positive).map(labeled(1)),
    ...backgroundPoints(truth).slice(0, negative).map(labeled(0)),
  ];
}

/** All points of `find_center_from_mask_new`, the first five labeled 1 and the next five 0, wherever they lie. */
function szuPointsAsPublished(truth: Mask2d): PointPrompt[] {
  const points = [...objectPoints(truth), ...backgroundPoints(truth)].slice(0, 2 * perKind);
  return points.map((pixel, n) => labeled(n < perKind ? 1 : 0)(pixel));
}

const labeled =
  (label: 0 | 1) =>
  ({ x, y }: Pixel): PointPrompt => ({ x, y, label });

/** Every ⌊area / 5⌋-th pixel of the object in raster order, the first replaced by the centroid. */
function objectPoints(truth: Mask2d): Pixel[] {
  const center = centroidPixel(truth);
  return center ? [center, ...everyFifth(pixelsOf(truth)).slice(1)] : [];
}

/** Every ⌊n / 5⌋-th of the n background pixels in the doubled box. */
function backgroundPoints(truth: Mask2d): Pixel[] {
  return everyFifth(doubledBoxBackground(truth));
}

/** The study's code fails for fewer than five pixels; here all of them are taken. */
function everyFifth(pixels: readonly Pixel[]): Pixel[] {
  const step = Math.max(Math.floor(pixels.length / perKind), 1);
  return pixels.filter((_, n) => n % step === 0);
}

/**
 * Pixels outside the mask in the box of twice the width and height, clipped to the image (`limit_rect`, box_ratio 2).
 * As there, the width is x1 − x0, and corner and size are truncated separately, so the box may end a pixel early on the
 * right and at the bottom.
 */
function doubledBoxBackground(truth: Mask2d): Pixel[] {
  const [x0, y0, x1, y1] = maskBox(truth) ?? [0, 0, 0, 0];
  const [startX, countX] = doubled(x0, x1, truth.width);
  const [startY, countY] = doubled(y0, y1, truth.height);
  const pixels: Pixel[] = [];
  for (let y = startY; y < startY + countY; y++) {
    for (let x = startX; x < startX + countX; x++) if (truth.data[y * truth.width + x] === 0) pixels.push({ x, y });
  }
  return pixels;
}

function doubled(low: number, high: number, length: number): [start: number, count: number] {
  const size = high - low;
  const start = low - size / 2;
  const end = Math.min(start + 2 * size, length);
  const clipped = Math.max(start, 0);
  return [Math.floor(clipped), Math.floor(end - clipped)];
}
