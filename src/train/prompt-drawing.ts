import { euclideanDistance } from "../core/distance-transform.js";
import { type Mask2d, maskArea, maskBox } from "../core/mask.js";
import type { BoxPrompt, PointPrompt, PromptSet } from "../core/prompt.js";
import { randomInteger } from "../core/random.js";

/** The mix of prompts during training, and how they are sampled from the truth. */
export interface PromptMix {
  /** Share of boxes. */
  readonly box?: number;
  /** Share of single positive clicks. */
  readonly point?: number;
  /** Share of episodes: a click, then corrective clicks where the mask is wrong, with the previous mask as input. */
  readonly corrective?: number;
  /** Each side of a box moves out by up to this many pixels (MedSAM: 20 at 1024). Default 5. */
  readonly jitter?: number;
  /** Rounds of an episode, the first click included. Default 4. */
  readonly rounds?: number;
}

export type PromptKind = "box" | "point" | "corrective";

/** Draws the kind of the next prompt according to the shares. */
export function drawKind(mix: PromptMix, random: () => number): PromptKind {
  const kinds = ["box", "point", "corrective"] as const;
  const total = kinds.reduce((sum, kind) => sum + (mix[kind] ?? 0), 0);
  let at = random() * total;
  for (const kind of kinds) {
    at -= mix[kind] ?? 0;
    if (at < 0) return kind;
  }
  return kinds.find((kind) => (mix[kind] ?? 0) > 0) ?? "box";
}

/** The tight box, each side moved out by 0 to `jitter` pixels and kept inside the image (MedSAM's train_one_gpu.py). */
export function drawBox(truth: Mask2d, jitter: number, random: () => number): BoxPrompt {
  return loosenedBox(maskBox(truth) ?? [0, 0, truth.width - 1, truth.height - 1], jitter, truth, random);
}

/** The box, each side moved out by 0 to `jitter` pixels and kept inside an image of that size. */
export function loosenedBox(
  [x0, y0, x1, y1]: BoxPrompt,
  jitter: number,
  { width, height }: Pick<Mask2d, "width" | "height">,
  random: () => number,
): BoxPrompt {
  const by = () => randomInteger(random, 0, jitter);
  return [
    Math.max(0, x0 - by()),
    Math.max(0, y0 - by()),
    Math.min(width - 1, x1 + by()),
    Math.min(height - 1, y1 + by()),
  ];
}

/** A first click: any pixel of the object. */
export function drawClick(truth: Mask2d, random: () => number): PointPrompt {
  return { ...anyPixel(truth, (n) => truth.data[n] !== 0, random), label: 1 };
}

/**
 * A positive click as often on any pixel of the object as on any of the background, where there are both (DeSAM's grid
 * mode; utils/datasets.py).
 */
export function drawClickAnywhere(truth: Mask2d, random: () => number): { point: PointPrompt; isInObject: boolean } {
  const isWanted = random() < 0.5;
  const area = maskArea(truth);
  const isInObject = area > 0 && (isWanted || area === truth.data.length);
  const point = anyPixel(truth, (n) => (truth.data[n] !== 0) === isInObject, random);
  return { point: { ...point, label: 1 }, isInObject };
}

/**
 * A first click near the middle: any pixel at least half as deep in the object as its deepest, as people tend to click.
 */
export function drawCentralClick(truth: Mask2d, random: () => number): PointPrompt {
  const { depths, box } = depthsOf(truth);
  const deepest = depths.data.reduce((most, depth) => Math.max(most, depth), 0);
  // Depths are squared.
  const { x, y } = anyPixel(depths, (n) => depths.data[n] >= deepest / 4, random);
  return { x: box[0] - 1 + x, y: box[1] - 1 + y, label: 1 };
}

/**
 * A corrective click: any pixel where the mask is wrong, positive for a false negative and negative for a false
 * positive (SAM, appendix A). `null` when the mask has no error.
 */
export function drawCorrection(truth: Mask2d, mask: Mask2d, random: () => number): PointPrompt | null {
  const isWrong = (n: number) => (truth.data[n] !== 0) !== (mask.data[n] !== 0);
  if (!truth.data.some((_, n) => isWrong(n))) return null;
  const { x, y } = anyPixel(truth, isWrong, random);
  return { x, y, label: truth.data[y * truth.width + x] === 0 ? 0 : 1 };
}

/** The first prompt of its kind. */
export function drawPrompt(kind: PromptKind, truth: Mask2d, mix: PromptMix, random: () => number): PromptSet {
  return kind === "box" ? { box: drawBox(truth, mix.jitter ?? 5, random) } : { points: [drawClick(truth, random)] };
}

/** Squared distances to the object's edge, within its box and one pixel around it. */
function depthsOf(truth: Mask2d) {
  const box = maskBox(truth) ?? [0, 0, truth.width - 1, truth.height - 1];
  const [width, height] = [box[2] - box[0] + 3, box[3] - box[1] + 3];
  const data = new Uint8Array(width * height);
  for (let y = box[1]; y <= box[3]; y++) {
    for (let x = box[0]; x <= box[2]; x++) {
      data[(y - box[1] + 1) * width + x - box[0] + 1] = truth.data[y * truth.width + x];
    }
  }
  return { depths: { width, height, data: euclideanDistance({ width, height, data }) }, box };
}

function anyPixel(
  { data, width }: { readonly data: ArrayLike<number>; readonly width: number },
  isCandidate: (n: number) => boolean,
  random: () => number,
) {
  let count = 0;
  for (let n = 0; n < data.length; n++) if (isCandidate(n)) count++;
  let left = randomInteger(random, 0, count - 1);
  let at = 0;
  for (let n = 0; n < data.length; n++) {
    if (!isCandidate(n)) continue;
    at = n;
    if (left-- === 0) break;
  }
  return { x: at % width, y: Math.floor(at / width) };
}
