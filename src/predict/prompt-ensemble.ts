import { SamlabError } from "../core/errors.js";
import type { Mask2d } from "../core/mask.js";
import { type BoxPrompt, isEmptyPrompt, type PromptSet, withArea } from "../core/prompt.js";
import { seededRandom } from "../core/random.js";
import type { Image2d } from "../io/image/image.js";
import { dice } from "../metrics/overlap.js";
import type { LoadedSam } from "./loaded-sam.js";
import { logitsToProbability } from "./postprocess.js";
import { sourceOf } from "./prediction-source.js";
import { frameOf, modelPicture } from "./preprocess.js";
import { type RectifyOptions, rectifyMask } from "./rectify-mask.js";
import type { Prediction, PredictOptions } from "./sam.js";

/** Options of {@link promptEnsemble}. */
export interface EnsembleOptions extends Omit<PredictOptions, "multimask"> {
  /** How many prompts, the given one among them. Default 16. */
  readonly count?: number;
  /** Each edge of the box is moved by up to this fraction of its side, drawn uniformly. Default 0.1. */
  readonly boxShift?: number;
  /** Points are moved by up to this many pixels along x and y, drawn uniformly. Default 5. */
  readonly pointShift?: number;
  /** Of the drawn prompts. Default 0. */
  readonly seed?: number;
  /**
   * Also decides uncertain pixels by their gray values, see `rectified`. An object gives other settings. Default
   * false.
   */
  readonly rectify?: boolean | RectifyOptions;
}

/** The masks of many prompts that could have been given for one object, and how far they agree. */
export interface PromptEnsemble {
  /** The image that was prompted. */
  readonly image: Image2d;
  /** The given prompt first. */
  readonly prompts: readonly PromptSet[];
  /** The mask of each. */
  readonly masks: readonly Mask2d[];
  /** On the image's grid: the mean probability is above one half. */
  readonly mask: Mask2d;
  /** Row-major, 0 to 1: the mean over the prompts of each pixel's probability of belonging to the object. */
  readonly probability: Float32Array;
  /**
   * Row-major, 0 to 1 bit: the entropy of `probability`, highest where the prompts disagree or all predictions are
   * unsure.
   */
  readonly uncertainty: Float32Array;
  /** Mean Dice of the masks with `mask`: 1 where the prompt does not matter. */
  readonly agreement: number;
  /**
   * With `rectify`: `mask` with its uncertain pixels decided by their gray values (UR-SAM, Zhang et al., arXiv
   * 2311.10529). Else null.
   */
  readonly rectified: Mask2d | null;
}

/** Prompts that run in one batch, to bound the memory. */
const batch = 16;

/**
 * Predicts with a prompt and with many variations of it, and gives the mean mask and a map of where the mask depends on
 * the prompt (SAM-U, Deng et al., arXiv 2307.04973: several boxes, the entropy of the mean prediction). With `rectify`
 * it gives a second mask, whose uncertain pixels are decided by their gray values (UR-SAM).
 *
 * @param prompt a box, points, or both; a mask input is given with every prompt as it is
 * @example
 * await sam.setImage(volume.slice(60));
 * const ensemble = await promptEnsemble(sam, { box: [88, 60, 130, 104] });
 * ensemble.agreement
 * @throws {SamlabError} `argument-invalid`, and as `sam.predict`
 */
export async function promptEnsemble(
  sam: LoadedSam,
  prompt: PromptSet,
  { count = 16, boxShift = 0.1, pointShift = 5, seed = 0, rectify = false, ...options }: EnsembleOptions = {},
): Promise<PromptEnsemble> {
  const rectification = rectify === true || !rectify ? {} : rectify;
  checked("count", count, Number.isInteger(count) && count >= 2, "a whole number from 2");
  checked("boxShift", boxShift, boxShift >= 0 && boxShift <= 1, "a fraction of the box's side, 0 to 1");
  checked("pointShift", pointShift, pointShift >= 0 && Number.isFinite(pointShift), "pixels, 0 or more");
  const { threshold = 0, deviations = 0 } = rectification;
  checked("rectify.threshold", threshold, threshold >= 0 && threshold <= 1, "a fraction, 0 to 1");
  checked("rectify.deviations", deviations, deviations >= 0 && Number.isFinite(deviations), "0 or more");
  if (isEmptyPrompt(prompt) || (!prompt.box && (prompt.points ?? []).length === 0)) {
    throw new SamlabError("argument-invalid", "An ensemble needs a box or points to vary.", {
      field: "prompt",
      remedy: "Give { box } or { points }.",
    });
  }
  // The given prompt comes first, alone: it tells the image, and is refused as predict would refuse it.
  const predicting = sam.predict(prompt, options);
  // That of this moment: another image may be set while the masks are made.
  const embedding = options.embedding ?? sam.embedding;
  const first = await predicting;
  const source = sourceOf(first);
  if (!source || !embedding)
    throw new SamlabError("state-order", "The embedding does not say which image it is of.", {
      remedy: "Call await sam.setImage(image) first, or give await sam.embed(image).",
    });
  const { width, height } = source.image;
  const random = seededRandom("ensemble", seed);
  const prompts = [
    prompt,
    ...Array.from({ length: count - 1 }, () => varied(prompt, width, height, boxShift, pointShift, random)),
  ];
  const predictions: Prediction[] = [first];
  for (let at = 1; at < count; at += batch) {
    predictions.push(...(await sam.predictBatch(prompts.slice(at, at + batch), { ...options, embedding })));
  }
  const frame = frameOf(source.image, sam.architecture);
  const probability = new Float32Array(width * height);
  for (const { lowResLogits } of predictions) {
    const one = logitsToProbability(lowResLogits, sam.lowResSize, frame);
    for (let n = 0; n < probability.length; n++) probability[n]! += one[n]! / count;
  }
  const masks = predictions.map((prediction) => prediction.mask);
  const mask = { width, height, data: Uint8Array.from(probability, (p) => (p > 0.5 ? 1 : 0)) };
  const agreement = masks.reduce((sum, other) => sum + dice(other, mask), 0) / count;
  const uncertainty = probability.map(entropy);
  const rectified = rectify ? rectifyMask(modelPicture(source.image), probability, uncertainty, rectification) : null;
  return { image: source.image, prompts, masks, mask, probability, uncertainty, agreement, rectified };
}

/** A prompt with its box's edges and its points moved at random, kept inside the image. */
function varied(
  prompt: PromptSet,
  width: number,
  height: number,
  boxShift: number,
  pointShift: number,
  random: () => number,
): PromptSet {
  const moved = (at: number, shift: number, size: number) =>
    Math.min(Math.max(at + (2 * random() - 1) * shift, 0), size - 1);
  const points = prompt.points?.map((point) => ({
    ...point,
    x: moved(point.x, pointShift, width),
    y: moved(point.y, pointShift, height),
  }));
  if (!prompt.box) return { ...prompt, ...(points ? { points } : {}) };
  const [x0, y0, x1, y1] = prompt.box;
  const [acrossX, acrossY] = [boxShift * (x1 - x0), boxShift * (y1 - y0)];
  const xs = [moved(x0, acrossX, width), moved(x1, acrossX, width)] as const;
  const ys = [moved(y0, acrossY, height), moved(y1, acrossY, height)] as const;
  const box: BoxPrompt = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  return { ...prompt, box: withArea(box), ...(points ? { points } : {}) };
}

/** Bits. */
function entropy(p: number): number {
  if (p <= 0 || p >= 1) return 0;
  return -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p));
}

function checked(field: string, value: number, isGood: boolean, wanted: string): void {
  if (isGood) return;
  throw new SamlabError("argument-invalid", `${field} cannot be ${value}.`, {
    field,
    value,
    remedy: `Give ${wanted}.`,
  });
}
