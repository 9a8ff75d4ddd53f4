import { connectedComponents } from "../core/components.js";
import { unseen } from "../core/long-work.js";
import { type Mask2d, maskArea, maskBox, packMask, unpackMask } from "../core/mask.js";
import type { BoxPrompt } from "../core/prompt.js";
import { shuffled } from "../core/random.js";
import type { Image2d } from "../io/image/image.js";
import { StoredEmbedding } from "../predict/embedding-store.js";
import type { LoadedSam } from "../predict/loaded-sam.js";
import { lowResTarget } from "../predict/mask-input.js";
import { frameOf, type ModelFrame, modelFrame } from "../predict/preprocess.js";
import { lowResPicture } from "./low-res-picture.js";
import { overlap, regionProposals } from "./proposals.js";

/** An image with the true mask of one object, on the image's grid. */
export interface LabeledImage {
  readonly image: Image2d;
  readonly truth: Mask2d;
}

/** A training image with its objects and boxes, all in the low-resolution frame. */
export interface Lesson {
  readonly image: Image2d;
  /**
   * The true mask that came with the image, of one object; most prompts ask for it. Absent for an image without labels.
   */
  readonly labeled?: LearnedObject;
  /** Masks used as ground truth; clicks and boxes are sampled from them. */
  readonly objects: readonly LearnedObject[];
  /**
   * Boxes for which the student must reproduce the teacher's prediction, accepted or not: all boxes given to the
   * teacher, and the whole image.
   */
  readonly boxes: readonly BoxPrompt[];
}

export interface LearnedObject {
  /** Packed by `packMask`. */
  readonly mask: Uint8Array;
  /** Pixels. */
  readonly area: number;
  /** True for an object made of two regions, such as both lungs; not used with a single click. */
  readonly isPair: boolean;
}

/** Maximum number of regions per image given to the teacher, and of boxes around two of them. */
const asked = { regions: 12, pairs: 6 } as const;

/** Two regions may be parts of one object if the smaller has at least this fraction of the larger's area. */
const leastPartShare = 0.4;

/** An object whose largest part has a smaller fraction of its area cannot be meant by a single click. */
const leastMainPart = 0.8;

/** From this IoU with the true mask on, the teacher's mask is a worse version of it. */
const sameAsTruth = 0.5;

/** Prompts per run of the teacher's decoder. */
const batch = 8;

/**
 * Minimum Dice between a region and the teacher's mask for its box for the region to be accepted; higher for large
 * regions, for which box prompts agree more easily.
 */
const agreement = (area: number, pixels: number) => (area > 0.12 * pixels ? 0.7 : 0.65);

/**
 * Pseudo-labels of an image by a box-prompted model: it predicts masks for the regions' boxes, and those that agree
 * with their region are kept.
 * @param random draws the regions given to the teacher
 */
export async function teach(
  teacher: LoadedSam,
  image: Image2d,
  random: () => number,
  signal?: AbortSignal,
): Promise<Lesson> {
  const side = teacher.lowResSize;
  const { preprocessing } = teacher.architecture;
  const picture = lowResPicture(image, side, preprocessing);
  const proposals = regionProposals(picture);
  const frame = modelFrame(image.width, image.height, side, preprocessing);
  const order = shuffled(random, proposals.length).map((n) => proposals[n]);
  const regions = order.slice(0, asked.regions).map((region) => ({ region, box: boxOf(region), isPair: false }));
  const pairs = pairsOf(order).map((region) => ({ region, box: boxOf(region), isPair: true }));
  const questions = [...regions, ...pairs].filter(({ box }) => isBox(inImage(box, frame)));
  const believed: Mask2d[] = [];
  const objects: LearnedObject[] = [];
  for (let from = 0; from < questions.length; from += batch) {
    const part = questions.slice(from, from + batch);
    const boxes = part.map(({ box }) => box);
    (await answersOf(teacher, image, boxes, signal)).forEach((logits, n) => {
      const { region, isPair } = part[n];
      const mask = maskOf(logits, side);
      const area = maskArea(mask);
      const isRight = area > 0 && overlap(mask, region).dice > agreement(area, picture.width * picture.height);
      if (!isRight || believed.some((other) => overlap(mask, other).iou >= 0.8)) return;
      believed.push(mask);
      objects.push({ mask: packMask(mask), area, isPair });
    });
  }
  const whole: BoxPrompt = [0, 0, picture.width - 1, picture.height - 1];
  return { image, objects, boxes: [whole, ...questions.map(({ box }) => box)] };
}

/**
 * The teacher's predictions for boxes in the low-resolution frame.
 * @returns logits, [side²] each; strongly negative outside the image
 */
export async function answersOf(
  teacher: LoadedSam,
  image: Image2d,
  boxes: readonly BoxPrompt[],
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const side = teacher.lowResSize;
  const frame = modelFrame(image.width, image.height, side, teacher.architecture.preprocessing);
  const options = signal ? { signal } : {};
  const predictions = await teacher.predictBatch(
    boxes.map((box) => ({ box: inImage(box, frame) })),
    { ...options, embedding: await teacher.embed(image, { ...options, onProgress: unseen }) },
  );
  return predictions.map(({ lowResLogits }) =>
    lowResLogits.map((logit, n) => (n % side < frame.scaledWidth && n < side * frame.scaledHeight ? logit : -30)),
  );
}

/** The student's image embedding, read from the disk cache, since student and teacher share the encoder. */
export async function embeddingOf(teacher: LoadedSam, image: Image2d, signal?: AbortSignal): Promise<StoredEmbedding> {
  const embedding = await teacher.embed(image, { onProgress: unseen, ...(signal ? { signal } : {}) });
  if (embedding instanceof StoredEmbedding) return embedding;
  throw new TypeError("the embedding is not this model's");
}

/** At the edge of a small image, a box may collapse to one pixel. */
const isBox = ([x0, y0, x1, y1]: BoxPrompt) => x1 > x0 && y1 > y0;

function boxOf(region: Mask2d): BoxPrompt {
  return maskBox(region) ?? [0, 0, 0, 0];
}

/** Pairs of regions merged: first those that may be parts of one object, then any others, for variety of boxes. */
function pairsOf(regions: readonly Mask2d[]): Mask2d[] {
  const areas = regions.map(maskArea);
  const pairs: { readonly a: number; readonly b: number; readonly isLikely: boolean }[] = [];
  for (let b = 1; b < Math.min(regions.length, 2 * asked.regions); b++) {
    for (let a = 0; a < b; a++) {
      if (overlap(regions[a], regions[b]).iou > 0) continue;
      pairs.push({ a, b, isLikely: Math.min(areas[a], areas[b]) >= leastPartShare * Math.max(areas[a], areas[b]) });
    }
  }
  return [...pairs.filter(({ isLikely }) => isLikely), ...pairs.filter(({ isLikely }) => !isLikely)]
    .slice(0, asked.pairs)
    .map(({ a, b }) => ({ ...regions[a], data: regions[a].data.map((value, n) => value | regions[b].data[n]) }));
}

/** A box of the low-resolution frame in the image's own pixels: the inverse of what `promptTokens` does to it. */
function inImage([x0, y0, x1, y1]: BoxPrompt, frame: ModelFrame): BoxPrompt {
  const x = (value: number) => Math.min((value * frame.width) / frame.scaledWidth, frame.width - 1);
  const y = (value: number) => Math.min((value * frame.height) / frame.scaledHeight, frame.height - 1);
  return [x(x0), y(y0), x(x1), y(y1)];
}

export function maskOf(logits: Float32Array, side: number): Mask2d {
  const data = new Uint8Array(logits.length);
  for (let n = 0; n < data.length; n++) data[n] = logits[n] > 0 ? 1 : 0;
  return { width: side, height: side, data };
}

/**
 * As {@link teach}, for an image with the true mask of an object: the true mask is learned too, instead of the
 * teacher's masks of the same object. Where its box has no area at low resolution, the image counts as one
 * without labels.
 */
export async function teachLabeled(
  teacher: LoadedSam,
  { image, truth }: LabeledImage,
  random: () => number,
  signal?: AbortSignal,
): Promise<Lesson> {
  const lesson = await teach(teacher, image, random, signal);
  const side = teacher.lowResSize;
  const frame = frameOf(image, teacher.architecture);
  const mask: Mask2d = { width: side, height: side, data: Uint8Array.from(lowResTarget(truth, frame, side)) };
  const box = maskBox(mask);
  if (!box || !isBox(box)) return lesson;
  const { areas } = connectedComponents(mask);
  const area = maskArea(mask);
  return {
    ...lesson,
    objects: lesson.objects.filter(({ mask: other }) => overlap(unpackMask(other, side, side), mask).iou < sameAsTruth),
    labeled: { mask: packMask(mask), area, isPair: Math.max(...areas) < leastMainPart * area },
  };
}
