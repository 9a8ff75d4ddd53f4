import { SamlabError, throwIfCanceled } from "../core/errors.js";
import { longWork, unseen } from "../core/long-work.js";
import { checkedCases } from "../finetune/plan.js";
import type { TrainingCase } from "../finetune/types.js";
import type { Image2d } from "../io/image/image.js";
import { Adapter, trainedImages } from "../models/adapter.js";
import { type BoxPrototypes, boxPrototypeTensors } from "../models/box-prototypes.js";
import { adapterOrigin } from "../predict/adapter-origin.js";
import { type AutomaskSettings, automaskSettings } from "../predict/automask/options.js";
import {
  type BoxProposal,
  meanEmbedding,
  type ProposedBoxesOptions,
  proposedBoxes,
  stored,
} from "../predict/box-proposals.js";
import { loadSam } from "../predict/load-sam.js";
import { type LoadedSam, proposerOf, samSource } from "../predict/loaded-sam.js";
import type { Sam, WorkOptions } from "../predict/sam.js";
import { requirePrompts } from "./auto-sam.js";
import { classesOf } from "./classes.js";

/** Options of {@link boxProposals}. */
export interface BoxProposalsOptions extends WorkOptions {
  /**
   * Names of the classes in the order of the truth's values, without the background. Default: those of the slices
   * (`trainingSlices` names them), else `object`.
   */
  readonly classNames?: readonly string[];
  /**
   * Settings of everything mode, kept with the prototypes. Default `{ pointsPerSide: 8, predIouThresh: 0.3,
   * stabilityScoreThresh: 0.5 }`: few points for speed, low thresholds because the prototypes choose.
   */
  readonly automask?: Partial<AutomaskSettings>;
}

/** Options of {@link proposeBoxes}. */
export interface ProposeBoxesOptions extends ProposedBoxesOptions {
  /** The most boxes of each class. Default 1. */
  readonly perClass?: number;
}

/** A model that proposes boxes. */
export interface BoxProposer {
  /** The model with the prototypes: it `segment`s by its own boxes, and takes prompts as before. */
  readonly sam: LoadedSam;
  /** The prototypes with their provenance; `save` them to use them elsewhere. */
  readonly adapter: Adapter;
}

const defaults: Partial<AutomaskSettings> = { pointsPerSide: 8, predIouThresh: 0.3, stabilityScoreThresh: 0.5 };

/**
 * Boxes without a detector, from everything mode and a few labeled slices. Of SAM's automatic masks (Kirillov et al.
 * 2023, "Segment Anything") those are proposed whose mean image embedding is like the prototype of a class, the mean
 * embedding under its true masks. The best box of each class is the prompt with which `segment` segments. Nothing is
 * trained.
 *
 * The prototype is the target embedding of PerSAM (Zhang et al. 2023, "Personalize Segment Anything Model with One
 * Shot"). PerSAM clicks where single pixels are like it; here whole masks are compared, from several slices, with the
 * background as another prototype, and embeddings relative to the mean of the slices, without which all are alike.
 *
 * @param sam a model that takes points (for everything mode) and boxes
 * @param slices truths with class numbers, and class names, as `trainingSlices` gives them
 * @example
 * const tumor = await boxProposals(sam, trainingSlices(labeled));
 * const found = await tumor.sam.segment(other.slice(40));
 * const boxes = await proposeBoxes(tumor.sam, other.slice(40), { perClass: 3 });
 * await tumor.adapter.save("tumor.safetensors");
 *
 * @throws {SamlabError} `argument-invalid` (no slices, a class without pixels, a model without a decoder for prompts),
 * `prompt-unsupported` (a model without points or boxes), `geometry-mismatch`, `canceled`
 */
export function boxProposals(
  sam: LoadedSam,
  slices: readonly TrainingCase[],
  options: BoxProposalsOptions = {},
): Promise<BoxProposer> {
  return longWork("making prototypes", options, (work) => makeProposer(sam, slices, { ...options, ...work }));
}

async function makeProposer(
  sam: LoadedSam,
  slices: readonly TrainingCase[],
  options: BoxProposalsOptions,
): Promise<BoxProposer> {
  const { signal, onProgress } = options;
  requirePrompts(sam);
  requirePointsAndBox(sam);
  const dataHash = checkedCases(slices);
  const classNames = classesOf(slices, [], options.classNames);
  const automask = { ...defaults, ...options.automask };
  automaskSettings(automask, sam.provider);
  const means: SliceMeans[] = [];
  for (const [n, { image, truth }] of slices.entries()) {
    throwIfCanceled(signal, "Making the prototypes");
    onProgress?.(`encoding slice ${n + 1} of ${slices.length}`, n / slices.length);
    const embedding = stored(sam, await sam.embed(image, { onProgress: unseen, ...(signal ? { signal } : {}) }));
    means.push({
      all: meanEmbedding(embedding, { ...truth, data: new Uint8Array(truth.data.length).fill(1) })!,
      classes: classNames.map((_, label) => meanEmbedding(embedding, truth, label)),
    });
  }
  const prototypes = classPrototypes(means);
  const { nameOrPath, adapter: earlier, options: loading } = samSource(sam);
  const adapter = Adapter.create(new Map([...(earlier?.tensors ?? []), ...boxPrototypeTensors(prototypes)]), {
    ...earlier?.metadata,
    ...adapterOrigin(sam),
    recipe: earlier ? `${earlier.metadata.recipe} + boxProposals` : "boxProposals",
    recipeSummary: "prototypes that choose boxes of everything mode (after PerSAM; Zhang et al. 2023)",
    classNames: JSON.stringify(classNames),
    automask: JSON.stringify(automask),
    cases: String(slices.length),
    dataHash,
    trainedImages: trainedImages(slices, sam.trainedImages),
    provider: sam.provider,
  });
  const proposer = await loadSam(nameOrPath, {
    ...loading,
    adapter,
    device: sam.provider === "CPU" ? "cpu" : "auto",
    onProgress: unseen,
    ...(signal ? { signal } : {}),
  });
  return { sam: proposer, adapter };
}

/**
 * The most likely boxes of each class on an image, the best of a class first. A class that nothing looks like has none.
 *
 * @param sam a model of {@link boxProposals}, or loaded with its adapter
 * @example
 * const [best] = await proposeBoxes(tumor.sam, image);
 * if (best) console.log(best.className, best.box, best.score);
 *
 * @throws {SamlabError} `argument-invalid` for a model without prototypes; `canceled`
 */
export async function proposeBoxes(
  sam: LoadedSam,
  image: Image2d,
  options: ProposeBoxesOptions = {},
): Promise<BoxProposal[]> {
  const { perClass = 1, ...given } = options;
  const proposer = proposerOf(sam);
  if (!proposer) {
    throw new SamlabError("argument-invalid", `${sam.name} has no prototypes to propose boxes by.`, {
      field: "sam",
      value: sam.name,
      remedy: "Give the model that boxProposals returns, or load it with its adapter.",
    });
  }
  if (!Number.isInteger(perClass) || perClass < 1) {
    throw new SamlabError("argument-invalid", `A class cannot have ${perClass} boxes.`, {
      field: "perClass",
      value: perClass,
      remedy: "Give a whole number from 1.",
    });
  }
  return longWork("proposing boxes", given, async (work) => {
    const found = await proposedBoxes(proposer, image, { ...given, ...work });
    return found.flatMap((boxes) => boxes.slice(0, perClass));
  });
}

/**
 * For each class, the mean over the slices of the direction from the mean embedding of all to that of the class.
 * @param slices mean embeddings of each slice: of all pixels, and of each class, the background first
 */
export function classPrototypes(slices: readonly SliceMeans[]): BoxPrototypes {
  const { length } = slices[0].all;
  const center = Float32Array.from({ length }, (_, at) => mean(slices.map(({ all }) => all[at])));
  const classes = slices[0].classes.map((_, label) => {
    const directions = slices.flatMap(({ classes }) => {
      const own = classes[label]?.map((value, at) => value - center[at]);
      const norm = own ? Math.hypot(...own) : 0;
      return own && norm > 0 ? [own.map((value) => value / norm)] : [];
    });
    return Float32Array.from({ length }, (_, at) => mean(directions.map((direction) => direction[at])));
  });
  return { center, classes };
}

/** Mean embeddings of a slice. */
export interface SliceMeans {
  readonly all: Float64Array;
  /** `null` for a class that the slice does not show. */
  readonly classes: readonly (Float64Array | null)[];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function requirePointsAndBox({ name, prompts }: Sam): void {
  if (prompts.points && prompts.box) return;
  const missing = prompts.points ? "boxes" : "points, which everything mode asks with";
  throw new SamlabError("prompt-unsupported", `${name} takes no ${missing}.`, {
    field: "sam",
    value: name,
    remedy: "Use a model that takes points and boxes, such as lite-medsam-clicks.",
  });
}
