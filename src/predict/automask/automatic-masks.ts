import { isSamlabError, SamlabError, throwIfCanceled } from "../../core/errors.js";
import { longWork, unseen } from "../../core/long-work.js";
import { type Mask2d, maskBox } from "../../core/mask.js";
import type { BoxPrompt } from "../../core/prompt.js";
import { decodeRle, encodeRle, type Rle } from "../../core/rle.js";
import type { Image2d } from "../../io/image/image.js";
import { StoredEmbedding } from "../embedding-store.js";
import { stabilityScore } from "../postprocess.js";
import type { MaskCandidate, Sam } from "../sam.js";
import { isCutByCrop, nonMaximumSuppression, shiftBox } from "./boxes.js";
import { type Crop, cropImage, cropsOf, gridFractions, gridPoints } from "./crops.js";
import { type AutomaskOptions, type AutomaskSettings, automaskSettings } from "./options.js";
import { removeSmallRegions } from "./small-regions.js";

/** One automatically generated mask. Coordinates are pixels of the image. */
export interface AutoMask {
  /** On the image's grid. */
  readonly mask: Mask2d;
  /** Pixels in the mask. */
  readonly area: number;
  /** XYXY, tight: both corners are pixels of the mask. */
  readonly box: BoxPrompt;
  /** The model's own estimate of its IoU, above `predIouThresh`. */
  readonly predictedIou: number;
  /** IoU of the masks with the threshold moved up and down; at least `stabilityScoreThresh`. */
  readonly stabilityScore: number;
  /** The grid point that prompted it. */
  readonly point: { readonly x: number; readonly y: number };
  /** The crop it was found in: [left, top, right, bottom), the last two outside. */
  readonly cropBox: BoxPrompt;
}

/** A candidate mask, run-length coded to save memory. */
interface Found extends Omit<AutoMask, "mask" | "area"> {
  readonly rle: Rle;
}

/**
 * SAM's everything mode: a grid of points, three masks per point; masks with a low predicted IoU or stability score and
 * duplicates are dropped. A port of segment-anything 1.0's `SamAutomaticMaskGenerator`, equal to it on the same logits.
 * Crops with a constant gray value are skipped, and empty masks are always dropped.
 * @returns masks in segment-anything's order: by descending predicted IoU; with crops, the masks of the smallest crops
 * come first
 * @throws {SamlabError} `prompt-unsupported` for a model without point prompts, `argument-invalid`, `canceled`, and as
 * `sam.embed`
 */
export function automaticMasks(sam: Sam, image: Image2d, options: AutomaskOptions = {}): Promise<AutoMask[]> {
  return longWork("looking for masks", options, (work) =>
    findMasks(sam, image, { ...options, ...work }, { embedding: null, keepsEmpty: false }),
  );
}

/** What {@link findMasks} can do differently from {@link automaticMasks}. */
export interface FindMasksOptions {
  /** Of the whole image, where it was made already. */
  readonly embedding: StoredEmbedding | null;
  /** Whether masks without a pixel stay, with a box of [0, 0, 0, 0], as in amg.py. */
  readonly keepsEmpty: boolean;
}

/** As {@link automaticMasks}. */
export async function findMasks(
  sam: Sam,
  image: Image2d,
  options: AutomaskOptions,
  more: FindMasksOptions,
): Promise<AutoMask[]> {
  if (!sam.prompts.points) {
    throw new SamlabError("prompt-unsupported", `${sam.name} takes no points, which automatic masks are made with.`, {
      field: "points",
      remedy: `Use another model. ${sam.prompts.note}`.trim(),
    });
  }
  const settings = automaskSettings(options, sam.provider);
  const crops = cropsOf(image.width, image.height, settings);
  const jobs = crops.map((crop) => ({ crop, fractions: gridFractions(settings, crop.layer) }));
  const pointCount = jobs.reduce((sum, { fractions }) => sum + fractions.length ** 2, 0);
  let done = 0;
  const onBatch = (points: number) => {
    done += points;
    options.onProgress?.("looking for masks", done / pointCount);
  };
  const found: Found[] = [];
  for (const { crop, fractions } of jobs) {
    throwIfCanceled(options.signal, "Looking for masks");
    found.push(
      ...(await masksOfCrop({ sam, image, crop, fractions, settings, more, signal: options.signal, onBatch })),
    );
  }
  const unique = crops.length > 1 ? withoutDuplicatesBetweenCrops(found, settings.cropNmsThresh) : found;
  return (settings.minMaskRegionArea > 0 ? cleaned(unique, settings) : unique).map(opened);
}

interface CropJob {
  readonly sam: Sam;
  readonly image: Image2d;
  readonly crop: Crop;
  readonly fractions: readonly number[];
  readonly settings: AutomaskSettings;
  readonly more: FindMasksOptions;
  readonly signal: AbortSignal | undefined;
  readonly onBatch: (points: number) => void;
}

async function masksOfCrop(job: CropJob): Promise<Found[]> {
  const { sam, image, crop, fractions, settings, more, signal, onBatch } = job;
  const part = cropImage(image, crop.box);
  const points = gridPoints(part.width, part.height, fractions);
  const given = crop.layer === 0 ? more.embedding : null;
  const embedding = given ?? (await embedCrop(sam, part, crop, signal));
  if (!embedding) {
    onBatch(points.length);
    return [];
  }
  const found: Found[] = [];
  const predict = (start: number) => {
    const batch = points.slice(start, start + settings.pointsPerBatch);
    const predictions = sam.predictBatch(
      batch.map((point) => ({ points: [point] })),
      { multimask: true, embedding, ...(signal ? { signal } : {}) },
    );
    // Where an earlier batch fails, nobody awaits this one.
    predictions.catch(() => undefined);
    return { batch, predictions };
  };
  let next = predict(0);
  for (let start = 0; start < points.length; start += settings.pointsPerBatch) {
    const batch = next.batch;
    const predictions = await next.predictions;
    // The decoder runs while the masks of this batch are looked at.
    if (start + settings.pointsPerBatch < points.length) next = predict(start + settings.pointsPerBatch);
    predictions.forEach((prediction, n) => {
      const { candidates } = prediction;
      // A model of a single mask has no alternatives.
      for (const candidate of candidates.length > 0 ? candidates : [prediction]) {
        const kept = screened(candidate, batch[n], job, embedding);
        if (kept) found.push(kept);
      }
    });
    onBatch(batch.length);
  }
  const scores = found.map(({ predictedIou }) => predictedIou);
  const boxes = found.map(({ box }) => box);
  return nonMaximumSuppression(boxes, scores, settings.boxNmsThresh).map((n) => found[n]);
}

/** `null` for a crop with a constant gray value. */
async function embedCrop(
  sam: Sam,
  part: Image2d,
  crop: Crop,
  signal: AbortSignal | undefined,
): Promise<StoredEmbedding | null> {
  try {
    const embedding = await sam.embed(part, { onProgress: unseen, ...(signal ? { signal } : {}) });
    if (embedding instanceof StoredEmbedding) return embedding;
    throw new SamlabError("argument-invalid", `The embedding of ${sam.name} does not say how the image lies in it.`);
  } catch (error) {
    if (crop.layer > 0 && isSamlabError(error, "image-empty")) return null;
    throw error;
  }
}

/**
 * A candidate that passes the filters, in the image's pixels; otherwise `null`. Thresholds are compared in single
 * precision, as in PyTorch.
 */
function screened(
  { mask, predictedIou, lowResLogits }: MaskCandidate,
  point: { readonly x: number; readonly y: number },
  { sam, image, crop, settings, more }: CropJob,
  { frame }: StoredEmbedding,
): Found | null {
  const { predIouThresh, stabilityScoreThresh, stabilityScoreOffset } = settings;
  if (predIouThresh > 0 && !(predictedIou > Math.fround(predIouThresh))) return null;
  const stability = Math.fround(stabilityScore(lowResLogits, sam.lowResSize, frame, stabilityScoreOffset));
  if (stabilityScoreThresh > 0 && !(stability >= Math.fround(stabilityScoreThresh))) return null;
  const tight = maskBox(mask) ?? (more.keepsEmpty ? noBox : null);
  if (!tight) return null;
  const [x0, y0] = crop.box;
  const box = shiftBox(tight, x0, y0);
  if (isCutByCrop(box, crop.box, [0, 0, image.width, image.height])) return null;
  return {
    rle: encodeRle(uncropped(mask, crop.box, image)),
    box,
    predictedIou,
    stabilityScore: stability,
    point: { x: point.x + x0, y: point.y + y0 },
    cropBox: crop.box,
  };
}

/** Of an empty mask. */
const noBox: BoxPrompt = [0, 0, 0, 0];

function uncropped(mask: Mask2d, [x0, y0]: BoxPrompt, { width, height }: Image2d): Mask2d {
  if (mask.width === width && mask.height === height) return mask;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < mask.height; y++) {
    data.set(mask.data.subarray(y * mask.width, (y + 1) * mask.width), (y0 + y) * width + x0);
  }
  return { width, height, data };
}

function withoutDuplicatesBetweenCrops(found: readonly Found[], threshold: number): Found[] {
  const scores = found.map(({ cropBox: [x0, y0, x1, y1] }) => Math.fround(1 / ((x1 - x0) * (y1 - y0))));
  const boxes = found.map(({ box }) => box);
  return nonMaximumSuppression(boxes, scores, threshold).map((n) => found[n]);
}

/** Small parts and holes removed; of masks that became duplicates, unmodified ones are preferred. */
function cleaned(
  found: readonly Found[],
  { minMaskRegionArea, boxNmsThresh, cropNmsThresh }: AutomaskSettings,
): Found[] {
  const isChanged: boolean[] = [];
  const clean = found.map((each): Found => {
    const mask = decodeRle(each.rle);
    const result = removeSmallRegions(mask, minMaskRegionArea);
    isChanged.push(result !== mask);
    return result === mask ? each : { ...each, rle: encodeRle(result), box: maskBox(result) ?? noBox };
  });
  const boxes = clean.map(({ box }) => box);
  const scores = isChanged.map((changed) => (changed ? 0 : 1));
  return nonMaximumSuppression(boxes, scores, Math.max(boxNmsThresh, cropNmsThresh)).map((n) => clean[n]);
}

function opened({ rle, ...rest }: Found): AutoMask {
  const area = rle.counts.reduce((sum, count, n) => (n % 2 === 1 ? sum + count : sum), 0);
  return { mask: decodeRle(rle), area, ...rest };
}
