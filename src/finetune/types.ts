import type { Mask2d } from "../core/mask.js";
import type { Image2d } from "../io/image/image.js";
import type { Adapter } from "../models/adapter.js";
import type { LoadedSam } from "../predict/loaded-sam.js";
import type { LossName, LossWeights } from "../train/losses.js";
import type { Optimizer } from "../train/optimizer.js";
import type { PromptMix } from "../train/prompt-drawing.js";
import type { RecipeName } from "../train/recipes.js";
import type { Schedule } from "../train/schedule.js";
import type { AugmentOptions } from "./augment/options.js";

/** An image with the true mask of one object, or of several classes: a slice, or a picture. */
export interface TrainingCase {
  /** A slice or a picture. */
  readonly image: Image2d;
  /**
   * On the image's grid. Fine-tuning on prompts takes one object's mask, not empty. Training without prompts takes the
   * number of each pixel's class, 0 for the background; all may be background.
   */
  readonly truth: Mask2d;
  /** The names of the truth's values, the background first. */
  readonly classNames?: readonly string[];
  /** The patient. Training and validation are split by patient, never between slices of one patient. */
  readonly patient?: string;
}

/** What is trained, for how long, on which prompts, and when it stops. */
export interface FinetuneOptions {
  /** What is trained. Default `maskDecoder`. */
  readonly recipe?: RecipeName;
  /** LoRA's rank. Default 4. */
  readonly rank?: number;
  /** Optimizer steps. Default 120. */
  readonly steps?: number;
  /** Peak learning rate. Default: the recipe's. */
  readonly learningRate?: number;
  /** How the learning rate changes. Default constant. */
  readonly schedule?: Schedule;
  /** A published loss by name, or weights of its terms. Default: the recipe's. */
  readonly loss?: LossName | LossWeights;
  /** Default `adamW()`. */
  readonly optimizer?: Optimizer;
  /** Largest norm of the gradient. Default 1; `null` does not clip. */
  readonly clip?: number | null;
  /**
   * Recomputes the intermediates of the image encoder's blocks for the gradient instead of keeping them (gradient
   * checkpointing): a quarter to half less memory for up to a quarter more time, the same weights. Default: on if the
   * intermediates take several gigabytes, as in training all weights of LiteMedSAM's encoder, or any part of a ViT at
   * 1024×1024.
   */
  readonly checkpoint?: boolean;
  /** Prompts during training. Default boxes with a jitter of 5 pixels. */
  readonly prompts?: PromptMix;
  /**
   * Augments the training images (never validation images), the truth and the prompts drawn from it. Where the encoder
   * is frozen each case has a few variants (8 by default), each encoded once and kept; where it runs in each step,
   * every step draws a new one. `true` uses the defaults of {@link AugmentOptions}. Default false: each variant is
   * another run of the encoder before the first step, and mirrored anatomy is not always wanted.
   */
  readonly augment?: boolean | AugmentOptions;
  /**
   * Validation cases, never trained on; the weights with the best mean Dice on them are kept. Default none: the last
   * weights are kept.
   */
  readonly validation?: readonly TrainingCase[];
  /** Steps between two validations. Default a tenth of the steps, at least 5. */
  readonly validateEvery?: number;
  /** Ends the training after this many validations without a better mean Dice. Default none. */
  readonly patience?: number;
  /** Allows cases of one patient in both training and validation. Their Dice then says little about new patients. */
  readonly allowSamePatient?: boolean;
  /** Default 0. The same seed gives the same weights on one device and number of threads. */
  readonly seed?: number;
  /** Resume an interrupted run with the same cases and options. Default true. */
  readonly resume?: boolean;
  /**
   * Seconds between two saves of the training state, from which a run can be resumed after a crash. Default 15; 0 saves
   * after each prompt.
   */
  readonly saveEvery?: number;
  /** Cancels the training: it throws `canceled`, and can be resumed from its last save. */
  readonly signal?: AbortSignal;
  /**
   * Ends the training early and keeps the best weights so far (without a validation those of the last step). Before the
   * first step: `canceled`.
   */
  readonly stop?: AbortSignal;
  /** Called at least once per step. */
  readonly onProgress?: (progress: FinetuneProgress) => void;
}

/** Progress of a training run. */
export interface FinetuneProgress {
  /** `embedding` images, `training`, `validating`, `saving`. */
  readonly phase: "embedding" | "training" | "validating" | "saving";
  /** Steps taken. */
  readonly step: number;
  /** Steps asked for. */
  readonly steps: number;
  /** Of the last step. */
  readonly loss: number;
  /** Mean Dice of the last validation; NaN before the first. */
  readonly validationDice: number;
  /** NaN while unknown. */
  readonly secondsLeft: number;
  /** For people. */
  readonly note: string;
  /** The history of the earlier steps, in the first report of a resumed run. */
  readonly history?: FinetuneHistory;
}

/** The history of a training run. */
export interface FinetuneHistory {
  /** Loss of each step. */
  readonly loss: readonly number[];
  /** Mean Dice of the validation cases, with the step after which it was measured. */
  readonly validation: readonly { readonly step: number; readonly dice: number }[];
}

/** The result of a training run. */
export interface FineTuned {
  /** The model with the trained weights. The base model is not changed. */
  readonly sam: LoadedSam;
  /** The changed weights with their provenance; `save` it to use it elsewhere. */
  readonly adapter: Adapter;
  /** Loss of each step, and Dice of each validation. */
  readonly history: FinetuneHistory;
  /** Steps taken. */
  readonly steps: number;
  /** The step whose weights were kept. */
  readonly bestStep: number;
  /** Notes on the run: stopped early, resumed, no validation. */
  readonly notes: readonly string[];
}
