import { SamlabError } from "../core/errors.js";
import { normal, seededRandom } from "../core/random.js";
import { casePlan } from "../finetune/plan.js";
import { runTraining } from "../finetune/training-run.js";
import type { FineTuned, TrainingCase } from "../finetune/types.js";
import { autoSamDecoder } from "../models/auto-sam.js";
import { type Loaded, Weights } from "../models/weights.js";
import { type LoadedSam, samSource, samWeights } from "../predict/loaded-sam.js";
import { buildClassLoss } from "../train/class-loss.js";
import { adamW } from "../train/optimizer.js";
import { wholeWeight } from "../train/trainable.js";
import { ClassTask } from "./class-task.js";
import { classesOf } from "./classes.js";
import { forwardOfEmbedding } from "./embedding-forward.js";
import type { AutoPromptOptions } from "./types.js";

/** Mask tokens of each class, as in Hu's code. Only the first gives the answer. */
const masksOfClass = 2;

/**
 * AutoSAM (Hu et al. 2023): trains a model to segment classes without a prompt. Each class gets its own tokens, the
 * mask decoder is trained on frozen image embeddings, and the prompt encoder is left out. The resulting model takes no
 * prompts; its adapter has the layout of Hu's files.
 *
 * The tokens start at random, everything else with SAM's weights. That includes the positional encoding, which Hu's
 * code leaves random.
 *
 * @param slices truths with class numbers, and class names, as `trainingSlices` gives them
 * @example
 * const liver = await autoSam(sam, trainingSlices(ct, { label: ["liver", "spleen"] }), { steps: 200 });
 * const found = await liver.sam.segment(other.slice(40));
 * await liver.adapter.save("liver.safetensors");
 *
 * @throws {SamlabError} as `sam.finetune`
 */
export async function autoSam(
  sam: LoadedSam,
  slices: readonly TrainingCase[],
  options: AutoPromptOptions = {},
): Promise<FineTuned> {
  requirePrompts(sam);
  // As in Hu's scripts, except for the batch size.
  const defaults = { steps: 200, learningRate: 5e-4, optimizer: adamW({ weightDecay: 0 }) };
  const plan = casePlan(slices, options, defaults, sam.trainedImages);
  const classNames = classesOf(slices, plan.validation, options.classNames);
  const { architecture } = sam;
  const method = {
    recipe: "autoSam",
    summary: "class tokens and the mask decoder, without prompts (AutoSAM; Hu et al. 2023)",
    head: "auto-sam",
    embedder: sam,
    weights: await initialWeights(sam, classNames.length, plan.seed, options.signal),
    // Hu's code freezes everything that predicts the IoU.
    partOf: (name: string, dims: readonly number[], w: Weights) =>
      name.includes("iou") ? null : wholeWeight(name, dims, w),
    isKept: () => true,
    forward: forwardOfEmbedding(
      architecture,
      classNames.length,
      (...parts) => ({ lowResLogits: autoSamDecoder(...parts).lowResLogits }),
      (b, { masks, target }) => buildClassLoss(b, masks.lowResLogits, target),
    ),
    inputs: {},
    masks: "exclusive",
  } as const;
  return runTraining(sam, new ClassTask(sam, plan, method, classNames), plan, options);
}

/** The head before training, named as in Hu's files. */
async function initialWeights(
  sam: LoadedSam,
  classes: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Weights> {
  const base = await samWeights(sam, signal);
  const { width } = sam.architecture;
  const tensors = new Map<string, Loaded>();
  const shared =
    /^mask_decoder\.(?:transformer\.|output_upscaling\.|output_hypernetworks_mlps\.[01]\.|iou_prediction_head\.layers\.[01]\.)/;
  for (const name of base.names()) {
    const [dims, data] = [base.dims(name), base.data(name)];
    if (shared.test(name) && dims && data) tensors.set(name, { dims, data });
  }
  const positions = "pe_layer.positional_encoding_gaussian_matrix";
  const own = (name: string) => ({ dims: base.dims(name) ?? [], data: base.data(name) ?? new Float32Array(0) });
  tensors.set(positions, own(`prompt_encoder.${positions}`));
  const last = "mask_decoder.iou_prediction_head.layers.2";
  for (const name of [`${last}.weight`, `${last}.bias`]) {
    const { dims, data } = own(name);
    const row = data.length / dims[0];
    tensors.set(name, { dims: [masksOfClass, ...dims.slice(1)], data: data.slice(0, masksOfClass * row) });
  }
  const tokens = (name: string, rows: number) => {
    const random = normal(seededRandom("autoSam", seed, name));
    tensors.set(name, { dims: [rows, width], data: Float32Array.from({ length: rows * width }, random) });
  };
  tokens("mask_decoder.iou_token.weight", classes);
  tokens("mask_decoder.mask_tokens.weight", classes * masksOfClass);
  return Weights.from(sam.name, tensors);
}

/**
 * @throws {SamlabError} `argument-invalid` for a model that already segments classes, HQ-SAM, SAM 2, and ScribblePrompt
 */
export function requirePrompts(sam: LoadedSam): void {
  const { head } = sam.architecture;
  if (head === "hq-sam" || head === "sam2" || head === "scribble-prompt") {
    throw new SamlabError(
      "argument-invalid",
      `${sam.name} does not compute its masks from the image embedding alone.`,
      {
        field: "sam",
        value: sam.name,
        remedy: "Start from SAM, MedSAM, or another model with SAM's own decoder.",
      },
    );
  }
  if (sam.classNames.length === 0) return;
  const { nameOrPath } = samSource(sam);
  throw new SamlabError("argument-invalid", `${sam.name} already segments without prompts.`, {
    field: "sam",
    value: sam.name,
    remedy: `Start from a model with prompts, such as ${sam.adapterHash ? `loadSam(${JSON.stringify(nameOrPath)})` : "lite-medsam"}.`,
  });
}
