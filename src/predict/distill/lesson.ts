import { type Mask2d, maskArea, maskBox, packMask } from "../../core/mask.js";
import type { BoxPrompt } from "../../core/prompt.js";
import { shuffled } from "../../core/random.js";
import type { Image2d } from "../../io/image.js";
import { StoredEmbedding } from "../embedding-store.js";
import type { LoadedSam } from "../loaded-sam.js";
import { type ModelFrame, modelFrame } from "../preprocess.js";
import { lowResPicture } from "./low-res-picture.js";
import { overlap, regionProposals } from "./proposals.js";

/** An image and what there is to learn from it, all in the low-resolution frame; masks packed by `packMask`. */
export interface Lesson {
  readonly image: Image2d;
  /** Masks that are taken for true: clicks and boxes are drawn from them. */
  readonly masks: readonly Uint8Array[];
  /** What the teacher answers to boxes, whether it seems right or not: the student is to answer the same. */
  readonly answers: readonly BoxAnswer[];
}

export interface BoxAnswer {
  readonly box: BoxPrompt;
  readonly mask: Uint8Array;
}

/** Regions of an image that the teacher is asked about at most, and boxes round two of them. */
const asked = { regions: 12, pairs: 4 } as const;

/** Prompts in one run of the teacher's decoder. */
const batch = 8;

/** A region is believed when the teacher's mask for its box agrees with it, Dice; large regions are boxes' easiest prey. */
const agreement = (area: number, pixels: number) => (area > 0.12 * pixels ? 0.7 : 0.65);

/**
 * What a model that knows boxes thinks of an image: it is asked for the masks of regions' boxes, and those that agree with their region are kept.
 * @param random draws the regions that are asked about
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
  const regions = order.slice(0, asked.regions).map((region) => ({ region, box: boxOf(region) }));
  const pairs = Array.from({ length: order.length < 2 ? 0 : asked.pairs }, (_, n) => {
    const [a, b] = [2 * n, 2 * n + 1].map((at) => boxOf(order[at % order.length]));
    return { region: null, box: around(a, b) };
  });
  const questions = [...regions, ...pairs].flatMap(({ region, box }) => {
    const own = inImage(box, frame);
    // At the edge of a small image a box may be within one pixel.
    return own[2] > own[0] && own[3] > own[1] ? [{ region, box, own }] : [];
  });
  const options = signal ? { signal } : {};
  const embedding = await teacher.embed(image, options);
  const masks: Mask2d[] = [];
  const answers: BoxAnswer[] = [];
  for (let from = 0; from < questions.length; from += batch) {
    const part = questions.slice(from, from + batch);
    const predictions = await teacher.predictBatch(
      part.map(({ own }) => ({ box: own })),
      { ...options, embedding },
    );
    predictions.forEach(({ lowResLogits }, n) => {
      const { region, box } = part[n];
      const mask = maskOf(lowResLogits, side, frame.scaledWidth, frame.scaledHeight);
      const area = maskArea(mask);
      if (area === 0) return;
      answers.push({ box, mask: packMask(mask) });
      const isRight = region && overlap(mask, region).dice > agreement(area, picture.width * picture.height);
      if (isRight && masks.every((other) => overlap(mask, other).iou < 0.8)) masks.push(mask);
    });
  }
  return { image, masks: masks.map(packMask), answers };
}

/** The image's embedding by the student, whose encoder is the teacher's: from the cache on disk. */
export async function embeddingOf(teacher: LoadedSam, image: Image2d, signal?: AbortSignal): Promise<StoredEmbedding> {
  const embedding = await teacher.embed(image, signal ? { signal } : {});
  if (embedding instanceof StoredEmbedding) return embedding;
  throw new TypeError("the embedding is not this model's");
}

function boxOf(region: Mask2d): BoxPrompt {
  return maskBox(region) ?? [0, 0, 0, 0];
}

function around(a: BoxPrompt, b: BoxPrompt): BoxPrompt {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

/** A box of the low-resolution frame in the image's own pixels: the inverse of what `promptTokens` does to it. */
function inImage([x0, y0, x1, y1]: BoxPrompt, frame: ModelFrame): BoxPrompt {
  const x = (value: number) => Math.min((value * frame.width) / frame.scaledWidth, frame.width - 1);
  const y = (value: number) => Math.min((value * frame.height) / frame.scaledHeight, frame.height - 1);
  return [x(x0), y(y0), x(x1), y(y1)];
}

/** Logits above 0 within the image. */
export function maskOf(logits: Float32Array, side: number, width = side, height = side): Mask2d {
  const data = new Uint8Array(side * side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * side + x] = logits[y * side + x] > 0 ? 1 : 0;
  }
  return { width: side, height: side, data };
}
