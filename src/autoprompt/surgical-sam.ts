import { add } from "../autodiff/arithmetic.js";
import { SamlabError } from "../core/errors.js";
import { normal, seededRandom } from "../core/random.js";
import { casePlan } from "../finetune/plan.js";
import type { Study } from "../finetune/study.js";
import { runTraining } from "../finetune/training-run.js";
import type { FineTuned, TrainingCase } from "../finetune/types.js";
import { initialPrototypeParts, isSurgicalSamBase, prototypesOf, surgicalSamDecoder } from "../models/surgical-sam.js";
import type { Weights } from "../models/weights.js";
import { type LoadedSam, samWeights } from "../predict/loaded-sam.js";
import { lowResTarget } from "../predict/mask-input.js";
import { adamW } from "../train/optimizer.js";
import { buildPictureLoss } from "../train/picture-loss.js";
import { buildPrototypeLoss } from "../train/prototype-loss.js";
import { wholeWeight } from "../train/trainable.js";
import { requirePrompts } from "./auto-sam.js";
import { classCells } from "./class-cells.js";
import { ClassTask, type DrawnInputs } from "./class-task.js";
import { classesOf } from "./classes.js";
import { forwardOfEmbedding } from "./embedding-forward.js";
import type { AutoPromptOptions } from "./types.js";

/** Options of {@link surgicalSam}. */
export interface SurgicalSamOptions extends AutoPromptOptions {
  /** Prompt tokens of each class. Default 2, as for EndoVis 2018; 4 for EndoVis 2017. */
  readonly tokens?: number;
}

/** Inputs of the loss: where the picture is, [1, 1, side, side], and see {@link classCells}. */
const names = { isInPicture: "is_in_picture", cells: "class_cells" } as const;

/**
 * SurgicalSAM (Yue et al. 2024): trains a model to segment classes by their prototypes. The similarity of the image
 * embedding to a class's prototype replaces clicks and boxes as its prompt. The prototypes, the small prompt encoder,
 * and the mask decoder are trained; the image encoder is frozen.
 *
 * In the published scripts, the classes in a picture are known, and only those are prompted. Here all classes are, also
 * in training, since `segment` does not know which are there. Where masks overlap, the higher predicted IoU wins, as in
 * the scripts. Besides their Dice, cross-entropy teaches that a class is absent, which the scripts never ask for, and
 * the predicted IoU is trained, which decides overlaps.
 *
 * @param slices truths with class numbers, and class names, as `trainingSlices` gives them
 * @example
 * const organs = await surgicalSam(sam, trainingSlices(ct, { label: ["liver", "spleen"] }), { steps: 200 });
 * const found = await organs.sam.segment(other.slice(40));
 *
 * @throws {SamlabError} as `sam.finetune`
 */
export async function surgicalSam(
  sam: LoadedSam,
  slices: readonly TrainingCase[],
  options: SurgicalSamOptions = {},
): Promise<FineTuned> {
  const { tokens = 2 } = options;
  requirePrompts(sam);
  if (!Number.isInteger(tokens) || tokens < 1) {
    throw new SamlabError("argument-invalid", `A class cannot have ${tokens} tokens.`, {
      field: "tokens",
      value: tokens,
      remedy: "Give a whole number from 1.",
    });
  }
  const defaults = { steps: 200, learningRate: 1e-3, optimizer: adamW({ weightDecay: 1e-4 }) };
  const plan = casePlan(slices, options, defaults, sam.trainedImages);
  const classNames = classesOf(slices, plan.validation, options.classNames);
  const { architecture, lowResSize } = sam;
  const { width, embedSize } = architecture;
  const method = {
    recipe: "surgicalSam",
    summary: `prototypes of classes as prompts, ${tokens} tokens each, and the mask decoder (SurgicalSAM; Yue et al. 2024)`,
    head: "surgical-sam",
    embedder: sam,
    weights: await initialWeights(sam, classNames.length - 1, tokens, plan.seed, options.signal),
    partOf: (name: string, dims: readonly number[], w: Weights) =>
      name.includes("pn_cls_embeddings") ? null : wholeWeight(name, dims, w),
    isKept: (name: string) => !isSurgicalSamBase(name),
    forward: forwardOfEmbedding(architecture, classNames.length - 1, surgicalSamDecoder, (b, parts) => {
      const { w, image, masks, target } = parts;
      const isInPicture = b.input(names.isInPicture, "float32", [1, 1, lowResSize, lowResSize]);
      const cells = b.input(names.cells, "float32", [1, classNames.length, embedSize, embedSize]);
      return add(
        b,
        buildPictureLoss(b, { logits: masks.lowResLogits, target, predictedIou: masks.predictedIou }, isInPicture),
        buildPrototypeLoss(b, prototypesOf(b, w, width), image, cells),
      );
    }),
    inputs: truths(classNames.length, lowResSize, embedSize),
    masks: "each",
  } as const;
  return runTraining(sam, new ClassTask(sam, plan, method, classNames), plan, options);
}

/** What the loss takes of a slice besides the target. */
function truths(count: number, side: number, embedSize: number): (study: Study) => DrawnInputs {
  const make = ({ frame, case: { truth } }: Study): DrawnInputs => {
    const everywhere = { ...truth, data: new Uint8Array(truth.data.length).fill(1) };
    const isInPicture = lowResTarget(everywhere, frame, side);
    const cells = classCells(truth, count, frame, embedSize);
    return {
      inputs: {},
      truth: {
        [names.isInPicture]: { type: "float32", dims: [1, 1, side, side], data: isInPicture },
        [names.cells]: { type: "float32", dims: [1, count, embedSize, embedSize], data: cells },
      },
    };
  };
  // Once for each slice, to which many steps come back.
  const made = new WeakMap<Study, DrawnInputs>();
  return (study) => {
    const drawn = made.get(study) ?? make(study);
    made.set(study, drawn);
    return drawn;
  };
}

/** SAM's weights, and the initial weights of the new parts. */
async function initialWeights(
  sam: LoadedSam,
  classes: number,
  tokens: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Weights> {
  const base = await samWeights(sam, signal);
  const click = (n: number) => base.data(`prompt_encoder.point_embeddings.${n}.weight`) ?? new Float32Array(0);
  const random = (name: string) => {
    const draw = seededRandom("surgicalSam", seed, name);
    return { normal: normal(draw), uniform: () => 2 * draw() - 1 };
  };
  const parts = initialPrototypeParts(sam.architecture, classes, tokens, [click(0), click(1)], random);
  return base.only((name) => isSurgicalSamBase(name) || name.startsWith("mask_decoder.")).withTensors(parts);
}
