import type { Mask2d } from "../core/mask.js";
import type { Image2d } from "../io/image/image.js";
import type { Adapter } from "../models/adapter.js";
import type { LoadedSam } from "../predict/loaded-sam.js";
import type { LossName, LossWeights } from "../train/losses.js";
import type { Optimiser } from "../train/optimiser.js";
import type { PromptMix } from "../train/prompt-drawing.js";
import type { RecipeName } from "../train/recipes.js";
import type { Schedule } from "../train/schedule.js";
import type { AugmentOptions } from "./augment/options.js";

/** An image with the true mask of one object: a slice, or a picture. */
export interface TrainingCase {
  /** A slice or a picture. */
  readonly image: Image2d;
  /** The object's true mask on the image's grid; not empty. */
  readonly truth: Mask2d;
  /** Whose image it is. Slices of one patient belong together: validation is split between patients, never between slices of one. */
  readonly patient?: string;
}

/** What is trained, for how long, on which prompts, and when it stops. */
export interface FinetuneOptions {
  /** What is trained. Default `maskDecoder`. */
  readonly recipe?: RecipeName;
  /** LoRA's rank. Default 4. */
  readonly rank?: number;
  /** Optimiser steps. Default 120. */
  readonly steps?: number;
  /** Peak learning rate. Default: the recipe's. */
  readonly learningRate?: number;
  /** How the learning rate changes. Default constant. */
  readonly schedule?: Schedule;
  /** A published loss by name, or weights of its terms. Default: the recipe's. */
  readonly loss?: LossName | LossWeights;
  /** Default `adamW()`. */
  readonly optimiser?: Optimiser;
  /** Largest norm of the gradient. Default 1; `null` does not clip. */
  readonly clip?: number | null;
  /**
   * Makes the intermediates of the image encoder's blocks again for the gradient instead of keeping them: a quarter to half less memory for up to
   * a quarter more time, the same weights. Default: where they take some gigabytes, as when whole weights of LiteMedSAM's encoder are trained, or
   * anything of a ViT's at 1024×1024.
   */
  readonly checkpoint?: boolean;
  /** Prompts during training. Default boxes with a jitter of 5 pixels. */
  readonly prompts?: PromptMix;
  /**
   * Varies the training images (never those watched), the truth and the prompts drawn from it alike. Where the encoder is frozen each case has a few
   * variants (8 by default), each encoded once and kept; where it runs in each step, every step draws a new one. `true` takes the defaults of
   * {@link AugmentOptions}. Default false: each variant is another run of the encoder before the first step, and mirrored anatomy is not always wanted.
   */
  readonly augment?: boolean | AugmentOptions;
  /** Cases to watch, never trained on; the best weights on them are kept. Default none: the last weights are kept. */
  readonly validation?: readonly TrainingCase[];
  /** Steps between two validations. Default a tenth of the steps, at least 5. */
  readonly validateEvery?: number;
  /** Ends the training after so many validations without a better mean Dice. Default none. */
  readonly patience?: number;
  /** Allows cases of one patient in both training and validation. Their Dice then says little about new patients. */
  readonly allowSamePatient?: boolean;
  /** Default 0. The same seed gives the same weights on one device and number of threads. */
  readonly seed?: number;
  /** Go on from where an interrupted training of the same cases and options was. Default true. */
  readonly resume?: boolean;
  /** Seconds between two saves of where the training stands, from which it can go on after the process has died. Default 15; 0 saves after each prompt. */
  readonly saveEvery?: number;
  /** Gives the training up: it throws `cancelled`, and can be resumed from its last save. */
  readonly signal?: AbortSignal;
  /** Ends the training early and keeps the best weights so far (without a validation those of the last step). Before the first step: `cancelled`. */
  readonly stop?: AbortSignal;
  /** Called at least once per step. */
  readonly onProgress?: (progress: FinetuneProgress) => void;
}

/** How far a training is. */
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
  /** NaN until it can be told. */
  readonly secondsLeft: number;
  /** For people. */
  readonly note: string;
  /** What went before, in the first report of a training that goes on where an interrupted one was. */
  readonly history?: FinetuneHistory;
}

/** What a training went through. */
export interface FinetuneHistory {
  /** Loss of each step. */
  readonly loss: readonly number[];
  /** Mean Dice of the watched cases, with the step after which it was measured. */
  readonly validation: readonly { readonly step: number; readonly dice: number }[];
}

/** What a training made. */
export interface FineTuned {
  /** The model with the trained weights. The base model stays as it was. */
  readonly sam: LoadedSam;
  /** Only what changed, with how it was made; `save` it to use it elsewhere. */
  readonly adapter: Adapter;
  /** Loss of each step, and Dice of each validation. */
  readonly history: FinetuneHistory;
  /** Steps taken. */
  readonly steps: number;
  /** The step whose weights were kept. */
  readonly bestStep: number;
  /** What should be known about this training: stopped early, resumed, no validation. */
  readonly notes: readonly string[];
}
