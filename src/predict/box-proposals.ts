import { SamlabError } from "../core/errors.js";
import type { Mask2d } from "../core/mask.js";
import { type BoxPrompt, withArea } from "../core/prompt.js";
import type { Image2d } from "../io/image/image.js";
import type { BoxPrototypes } from "../models/box-prototypes.js";
import { automaticMasks } from "./automask/automatic-masks.js";
import type { AutomaskSettings } from "./automask/options.js";
import { StoredEmbedding } from "./embedding-store.js";
import type { ImageEmbedding, Sam, WorkOptions } from "./sam.js";
import { Segmentation } from "./segmentation.js";

/** A box that may hold an object of a class, found without a prompt. */
export interface BoxProposal {
  /** The class that it looks most like. */
  readonly className: string;
  /** XYXY in pixels of the image, around `mask`; a prompt for `predict`. */
  readonly box: BoxPrompt;
  /** What everything mode found there. */
  readonly mask: Mask2d;
  /**
   * How much more the mask looks like the class than like the background or any other class (a difference of cosines,
   * −2 to 2), times the model's rating of the mask. Above 0 it looks most like the class.
   */
  readonly score: number;
}

/** What boxes are proposed with. */
export interface Proposer {
  readonly sam: Sam;
  readonly prototypes: BoxPrototypes;
  /** The background first. */
  readonly classNames: readonly string[];
  readonly automask: Partial<AutomaskSettings>;
}

/** Options of {@link proposedBoxes} and {@link segmentByBoxes}. */
export interface ProposedBoxesOptions extends WorkOptions {
  /** Of the same image. Default: made, or taken from the cache. */
  readonly embedding?: ImageEmbedding;
}

/** Boxes of everything mode by class, the most likely of each class first. */
export async function proposedBoxes(
  { sam, prototypes, classNames, automask }: Proposer,
  image: Image2d,
  { embedding: given, ...work }: ProposedBoxesOptions,
): Promise<readonly (readonly BoxProposal[])[]> {
  const embedding = stored(sam, given ?? (await sam.embed(image, work)));
  const masks = await automaticMasks(sam, image, { ...automask, ...work });
  const described = masks.map(({ mask, box, predictedIou }) => ({
    mask,
    box: withArea(box),
    scores: classScores(meanEmbedding(embedding, mask) ?? prototypes.center, prototypes).map(
      (score) => score * predictedIou,
    ),
  }));
  return classNames.slice(1).map((className, n) =>
    described
      .map(({ mask, box, scores }): BoxProposal => ({ className, box, mask, score: scores[n] }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score),
  );
}

/**
 * Segments an image by prompting the decoder with the best box of each class. Where masks overlap, the one with the
 * higher score wins.
 */
export async function segmentByBoxes(
  proposer: Proposer,
  image: Image2d,
  { embedding: given, ...work }: ProposedBoxesOptions,
): Promise<Segmentation> {
  const { sam, classNames } = proposer;
  const start = performance.now();
  const embedding = given ?? (await sam.embed(image, work));
  const proposals = await proposedBoxes(proposer, image, { embedding, ...work });
  const best = proposals.flatMap(([first]) => first ?? []).sort((a, b) => a.score - b.score);
  const { signal } = work;
  const found = await sam.predictBatch(
    best.map(({ box }) => ({ box })),
    { embedding, ...(signal ? { signal } : {}) },
  );
  const { width, height, source } = image;
  const data = new Uint8Array(width * height);
  found.forEach(({ mask }, n) => {
    const label = classNames.indexOf(best[n].className);
    for (let at = 0; at < data.length; at++) if (mask.data[at] !== 0) data[at] = label;
  });
  const info = { provider: sam.provider, milliseconds: performance.now() - start };
  return new Segmentation({ width, height, data, source, kind: "classes", classNames, info });
}

/**
 * The mean of the image embedding over the pixels with a label, each with the value of the cell that it lies in; `null`
 * if there are no such pixels.
 * @param label default: every pixel that is not 0
 */
export function meanEmbedding({ tensor, frame }: StoredEmbedding, mask: Mask2d, label?: number): Float64Array | null {
  const [, channels, rows, columns] = tensor.dims;
  const { width, height, imageSize, scaledWidth, scaledHeight } = frame;
  const row = (y: number) => Math.min(rows - 1, Math.floor((((y + 0.5) * scaledHeight) / height / imageSize) * rows));
  const column = (x: number) =>
    Math.min(columns - 1, Math.floor((((x + 0.5) * scaledWidth) / width / imageSize) * columns));
  const columnOf = Int32Array.from({ length: width }, (_, x) => column(x));
  const counts = new Float64Array(rows * columns);
  let pixels = 0;
  for (let y = 0; y < height; y++) {
    const first = row(y) * columns;
    for (let x = 0; x < width; x++) {
      const value = mask.data[y * width + x];
      if (label === undefined ? value === 0 : value !== label) continue;
      counts[first + columnOf[x]]++;
      pixels++;
    }
  }
  if (pixels === 0) return null;
  return Float64Array.from({ length: channels }, (_, channel) => {
    const at = channel * counts.length;
    let sum = 0;
    for (let cell = 0; cell < counts.length; cell++) sum += counts[cell] * tensor.data[at + cell];
    return sum / pixels;
  });
}

/** For each class but the background: its cosine with an embedding, less the highest of all others. */
export function classScores(embedding: ArrayLike<number>, { center, classes }: BoxPrototypes): number[] {
  const cosines = classes.map((prototype) => cosine(embedding, center, prototype));
  return cosines.slice(1).map((own, n) => own - Math.max(...cosines.filter((_, other) => other !== n + 1)));
}

/** Of `embedding` − `center` and `prototype`; 0 if one of them is 0. */
function cosine(embedding: ArrayLike<number>, center: Float32Array, prototype: Float32Array): number {
  let [product, own, other] = [0, 0, 0];
  for (let n = 0; n < prototype.length; n++) {
    const value = embedding[n] - center[n];
    product += value * prototype[n];
    own += value * value;
    other += prototype[n] * prototype[n];
  }
  return product === 0 ? 0 : product / Math.sqrt(own * other);
}

/** @throws {SamlabError} `argument-invalid` for an embedding that is no grid of channels */
export function stored(sam: Sam, embedding: ImageEmbedding): StoredEmbedding {
  if (embedding instanceof StoredEmbedding && embedding.tensor.dims.length === 4) return embedding;
  throw new SamlabError("argument-invalid", `The embedding of ${sam.name} cannot be compared pixel by pixel.`, {
    field: "embedding",
    value: sam.name,
    remedy: "Use SAM, MedSAM, or another model with SAM's own decoder.",
  });
}
