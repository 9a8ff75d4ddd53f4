import { type Mask2d, maskArea, maskBox, packMask } from "../../core/mask.js";
import type { BoxPrompt } from "../../core/prompt.js";
import { shuffled } from "../../core/random.js";
import type { Image2d } from "../../io/image.js";
import { StoredEmbedding } from "../embedding-store.js";
import type { LoadedSam } from "../loaded-sam.js";
import { type ModelFrame, modelFrame } from "../preprocess.js";
import { lowResPicture } from "./low-res-picture.js";
import { overlap, regionProposals } from "./proposals.js";

/** An image and masks on it to learn from; the masks in the low-resolution frame, packed by `packMask`. */
export interface Lesson {
  readonly image: Image2d;
  readonly masks: readonly Uint8Array[];
}

/** Regions of an image that the teacher is asked about at most. */
const asked = 12;

/** Prompts in one run of the teacher's decoder. */
const batch = 6;

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
  const picture = lowResPicture(image, side);
  const proposals = regionProposals(picture);
  const frame = modelFrame(image.width, image.height, side);
  const chosen = shuffled(random, proposals.length)
    .map((n) => ({ region: proposals[n], box: boxIn(proposals[n], frame) }))
    // At the edge of a small image a region may be within one pixel.
    .filter(({ box: [x0, y0, x1, y1] }) => x1 > x0 && y1 > y0)
    .slice(0, asked);
  const options = signal ? { signal } : {};
  const embedding = await teacher.embed(image, options);
  const masks: Mask2d[] = [];
  for (let from = 0; from < chosen.length; from += batch) {
    const part = chosen.slice(from, from + batch);
    const prompts = part.map(({ box }) => ({ box }));
    const predictions = await teacher.predictBatch(prompts, { ...options, embedding });
    predictions.forEach(({ lowResLogits }, n) => {
      const mask = maskOf(lowResLogits, side, frame.scaledWidth, frame.scaledHeight);
      const area = maskArea(mask);
      const isNew = masks.every((other) => overlap(mask, other).iou < 0.8);
      if (area > 0 && isNew && overlap(mask, part[n].region).dice > agreement(area, picture.width * picture.height))
        masks.push(mask);
    });
  }
  return { image, masks: masks.map(packMask) };
}

/** The image's embedding by the student, whose encoder is the teacher's: from the cache on disk. */
export async function embeddingOf(teacher: LoadedSam, image: Image2d, signal?: AbortSignal): Promise<StoredEmbedding> {
  const embedding = await teacher.embed(image, signal ? { signal } : {});
  if (embedding instanceof StoredEmbedding) return embedding;
  throw new TypeError("the embedding is not this model's");
}

/** A region's tight box in the image's own pixels: the inverse of what `promptTokens` does to it. */
function boxIn(region: Mask2d, frame: ModelFrame): BoxPrompt {
  const [x0, y0, x1, y1] = maskBox(region) ?? [0, 0, 0, 0];
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
