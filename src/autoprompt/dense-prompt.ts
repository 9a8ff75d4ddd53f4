import { seededRandom } from "../core/random.js";
import { casePlan } from "../finetune/plan.js";
import { runTraining } from "../finetune/training-run.js";
import type { FineTuned, TrainingCase } from "../finetune/types.js";
import { densePromptDecoder, initialDensePrompt, isDensePromptPart } from "../models/dense-prompt.js";
import type { Weights } from "../models/weights.js";
import { type LoadedSam, samWeights } from "../predict/loaded-sam.js";
import { buildLoss, type LossWeights } from "../train/losses.js";
import { adamW } from "../train/optimizer.js";
import { wholeWeight } from "../train/trainable.js";
import { requirePrompts } from "./auto-sam.js";
import { ClassTask } from "./class-task.js";
import { classesOf } from "./classes.js";
import { forwardOfEmbedding } from "./embedding-forward.js";
import type { AutoPromptOptions } from "./types.js";

/** Cross-entropy and Dice as in AutoSAM's scripts. */
const loss: LossWeights = { dice: 1, bce: 1 };

/**
 * A learned dense prompt: a small network turns the image embedding into the dense prompt that SAM's decoder otherwise
 * gets from a mask. SAM is frozen; only the network is trained, about half a million parameters for one class. The idea
 * comes from AutoSAM by Shaharabany et al. (2023), whose network is larger and takes the picture.
 *
 * @param slices truths with class numbers; each class gets its own prompt and mask
 * @example
 * const tumor = await densePrompt(sam, trainingSlices(brain), { steps: 200 });
 * const found = await tumor.sam.segment(other.slice(40));
 *
 * @throws {SamlabError} as `sam.finetune`
 */
export async function densePrompt(
  sam: LoadedSam,
  slices: readonly TrainingCase[],
  options: AutoPromptOptions = {},
): Promise<FineTuned> {
  requirePrompts(sam);
  const defaults = { steps: 200, learningRate: 1e-3, optimizer: adamW({ weightDecay: 1e-4 }) };
  const plan = casePlan(slices, options, defaults, sam.trainedImages);
  const classNames = classesOf(slices, plan.validation, options.classNames);
  const classes = classNames.length - 1;
  const method = {
    recipe: "densePrompt",
    summary: "a network that makes the dense prompt of the image embedding (after AutoSAM; Shaharabany et al. 2023)",
    head: "dense-prompt",
    embedder: sam,
    weights: await initialWeights(sam, classes, plan.seed, options.signal),
    partOf: (name: string, dims: readonly number[], w: Weights) =>
      isDensePromptPart(name) ? wholeWeight(name, dims, w) : null,
    isKept: isDensePromptPart,
    forward: forwardOfEmbedding(sam.architecture, classes, densePromptDecoder, (b, { masks, target }) =>
      buildLoss(b, { logits: masks.lowResLogits, target, predictedIou: masks.predictedIou }, loss),
    ),
    inputs: {},
    masks: "each",
  } as const;
  return runTraining(sam, new ClassTask(sam, plan, method, classNames), plan, options);
}

async function initialWeights(
  sam: LoadedSam,
  classes: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Weights> {
  const base = await samWeights(sam, signal);
  const noMask = base.data("prompt_encoder.no_mask_embed.weight") ?? new Float32Array(sam.architecture.width);
  const uniform = (name: string) => {
    const draw = seededRandom("densePrompt", seed, name);
    return () => 2 * draw() - 1;
  };
  return base.withTensors(initialDensePrompt(sam.architecture, classes, noMask, uniform));
}
