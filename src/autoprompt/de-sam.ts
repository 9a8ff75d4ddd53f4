import { SamlabError } from "../core/errors.js";
import { seededRandom } from "../core/random.js";
import { casePlan } from "../finetune/plan.js";
import type { Study } from "../finetune/study.js";
import { runTraining } from "../finetune/training-run.js";
import type { FineTuned, TrainingCase } from "../finetune/types.js";
import { Adapter } from "../models/adapter.js";
import type { Architecture } from "../models/architecture.js";
import { decodeWithFeatures, embeddingDims, encoderFeatures, graphNames } from "../models/compile.js";
import { isMaskModule, maskModuleShapes } from "../models/de-sam.js";
import { checkedMode, type DeSamMode } from "../models/de-sam-mode.js";
import { tokenLabels } from "../models/prompt-encoder.js";
import type { Loaded, Weights } from "../models/weights.js";
import { adapterOrigin } from "../predict/adapter-origin.js";
import { loadSam } from "../predict/load-sam.js";
import { type LoadedSam, samSource, samWeights } from "../predict/loaded-sam.js";
import type { Feeds } from "../runtime/tensor.js";
import { buildGridLoss } from "../train/grid-loss.js";
import { buildLoss, type LossWeights } from "../train/losses.js";
import { adamW } from "../train/optimizer.js";
import { drawClickAnywhere } from "../train/prompt-drawing.js";
import { wholeWeight } from "../train/trainable.js";
import { type Forward, trainingNames } from "../train/training-graph.js";
import { requirePrompts } from "./auto-sam.js";
import { ClassTask, type DrawnInputs } from "./class-task.js";
import { classesOf } from "./classes.js";
import type { AutoPromptOptions } from "./types.js";

/** Options of {@link deSam}. */
export interface DeSamOptions extends AutoPromptOptions {
  /**
   * Channels of the mask module's first level, a multiple of 64; each further level has half as many. Default 64; the
   * published models have 256.
   */
  readonly channels?: number;
  /**
   * What it is trained with, and what `sam.segment` of the result prompts it with. `grid`: a point anywhere, which in
   * half of the steps lies in the object; the predicted IoU learns whether it does. Default `whole-box`.
   */
  readonly mode?: DeSamMode;
}

/** As in DeSAM's scripts for the whole box, which do not train the predicted IoU. */
const loss: LossWeights = { dice: 1, bce: 1, iou: 1 };

/** [1, 1] float32, an input of the loss in grid mode: 1 where the point lies in the object, else 0. */
const inObject = "is_in_object";

const head = "de-sam";

/**
 * DeSAM (Gao et al. 2023): trains a model to segment one class without a prompt. SAM's transformer gets the whole
 * picture as a box, or points; a separate module makes the mask from intermediate features of the image encoder, which
 * do not depend on the prompt. The transformer and the module are trained; the encoders are frozen.
 *
 * The features are those of all global blocks but the last in ViT, as published, those of the last three stages in
 * RepViT and EfficientViT, and those of the stages with attention in TinyViT. The resulting model also takes boxes and
 * points, whatever it was trained with.
 *
 * With `mode: "grid"` it is trained with points, and `sam.segment` asks 81 of them. What is validated is the mask of
 * one point of each image, drawn in the same way, the same each time.
 *
 * @param slices with one class; slices without the object help too
 * @example
 * const tumor = await deSam(sam, trainingSlices(brain), { steps: 200 });
 * const found = await tumor.sam.segment(other.slice(40));
 *
 * @throws {SamlabError} as `sam.finetune`
 */
export async function deSam(
  sam: LoadedSam,
  slices: readonly TrainingCase[],
  options: DeSamOptions = {},
): Promise<FineTuned> {
  const { channels = 64, signal } = options;
  const mode = checkedMode("mode", options.mode ?? "whole-box");
  requirePrompts(sam);
  if (!Number.isInteger(channels) || channels < 64 || channels % 64 !== 0) {
    throw new SamlabError("argument-invalid", `The mask module cannot have ${channels} channels.`, {
      field: "channels",
      value: channels,
      remedy: "Give a multiple of 64.",
    });
  }
  const defaults = { steps: 200, learningRate: 5e-4, optimizer: adamW({ weightDecay: 0 }) };
  const plan = casePlan(slices, options, defaults, sam.trainedImages);
  const classNames = classesOf(slices, plan.validation, options.classNames);
  if (classNames.length !== 2) {
    throw new SamlabError("argument-invalid", `DeSAM segments one class, not ${classNames.length - 1}.`, {
      field: "classNames",
      value: classNames.slice(1),
      remedy: "Cut the slices with one label, or use autoSam, which takes several.",
    });
  }
  const base = await samWeights(sam, signal);
  const module = initialModule(base, sam.architecture, channels, plan.seed);
  const embedder = await withFeatures(sam, module, classNames, mode, signal);
  const isGrid = mode === "grid";
  const method = {
    recipe: "deSam",
    summary: `mask module of ${channels} channels on features that no prompt touches, and the transformer (DeSAM; Gao et al. 2023), ${isGrid ? "prompted with points" : "prompted with the whole picture"}`,
    head,
    embedder,
    weights: base.withTensors(module),
    partOf: (name: string, dims: readonly number[], w: Weights) =>
      name.startsWith("mask_decoder.") ? wholeWeight(name, dims, w) : null,
    isKept: isMaskModule,
    forward: forwardOf(embedder.architecture, isGrid),
    inputs: isGrid ? anyPoint : wholeBox(sam.architecture.imageSize),
    masks: "each",
    metadata: { deSamMode: mode },
  } as const;
  return runTraining(sam, new ClassTask(sam, plan, method, classNames), plan, options);
}

function wholeBox(imageSize: number): Feeds {
  const labels = Int32Array.of(tokenLabels.boxLeftTop, tokenLabels.boxRightBottom);
  return promptFeeds({ coords: Float32Array.of(0, 0, imageSize, imageSize), labels });
}

/** A point as DeSAM's grid mode is trained with it, called one inside wherever it lies. */
function anyPoint(study: Study, random: () => number): DrawnInputs {
  const { point, isInObject } = drawClickAnywhere(study.case.truth, random);
  return {
    inputs: promptFeeds(study.tokens({ points: [point] })),
    truth: { [inObject]: { type: "float32", dims: [1, 1], data: Float32Array.of(isInObject ? 1 : 0) } },
  };
}

/** A box, or a point and its padding. */
function promptFeeds({ coords, labels }: ReturnType<Study["tokens"]>): Feeds {
  return {
    [graphNames.pointCoords]: { type: "float32", dims: [1, 2, 2], data: coords },
    [graphNames.pointLabels]: { type: "int32", dims: [1, 2], data: labels },
  };
}

function forwardOf(architecture: Architecture, isGrid: boolean): Forward {
  return (b, w) => {
    const embedding = b.input(graphNames.imageEmbedding, "float32", embeddingDims(architecture));
    const { lowResLogits, predictedIou } = decodeWithFeatures(b, w, architecture, embedding, {
      coords: b.input(graphNames.pointCoords, "float32", [1, 2, 2]),
      labels: b.input(graphNames.pointLabels, "int32", [1, 2]),
    });
    return {
      outputs: { [graphNames.lowResLogits]: lowResLogits, [graphNames.predictedIou]: predictedIou },
      loss: () => {
        const target = b.input(trainingNames.target, "float32", lowResLogits.dims);
        const inputs = { logits: lowResLogits, target, predictedIou };
        if (!isGrid) return buildLoss(b, inputs, loss);
        const truth = b.input(inObject, "float32", predictedIou.dims);
        return buildGridLoss(b, inputs, truth);
      },
    };
  };
}

/** Features of the image encoder that the mask module takes, besides the embedding. */
const levels = 3;

/** The module's initial tensors, as by PyTorch's default: uniform in ±1/√fan-in. */
function initialModule(base: Weights, architecture: Architecture, channels: number, seed: number): Map<string, Loaded> {
  const features = encoderFeatures(base, architecture);
  if (features.length !== levels) {
    throw new SamlabError(
      "argument-invalid",
      `DeSAM needs an image encoder with ${levels + 1} blocks of global attention, and this one (${architecture.summary}) gives features of ${features.length}.`,
      { field: "sam", value: architecture.summary, remedy: "Start from SAM's or MedSAM's ViT-B, ViT-L, or ViT-H." },
    );
  }
  return new Map(
    maskModuleShapes(architecture, features, channels).map(([name, dims]): [string, Loaded] => {
      const random = seededRandom("deSam", seed, name);
      const count = dims.reduce((product, dim) => product * dim, 1);
      const bound = (count / dims[0]) ** -0.5;
      return [name, { dims, data: Float32Array.from({ length: count }, () => (2 * random() - 1) * bound) }];
    }),
  );
}

/** The model before training; its encoder also outputs the features. */
function withFeatures(
  sam: LoadedSam,
  module: ReadonlyMap<string, Loaded>,
  classNames: readonly string[],
  deSamMode: DeSamMode,
  signal: AbortSignal | undefined,
): Promise<LoadedSam> {
  const source = samSource(sam);
  if (source.adapter) {
    throw new SamlabError("argument-invalid", `${sam.name} is fine-tuned already.`, {
      field: "sam",
      value: sam.name,
      remedy: `Start from its base: loadSam(${JSON.stringify(source.nameOrPath)}).`,
    });
  }
  const adapter = Adapter.create(module, {
    ...adapterOrigin(sam),
    recipe: "deSam",
    head,
    classNames: JSON.stringify(classNames),
    deSamMode,
  });
  return loadSam(source.nameOrPath, {
    ...source.options,
    adapter,
    device: sam.provider === "CPU" ? "cpu" : "auto",
    ...(signal ? { signal } : {}),
  });
}
