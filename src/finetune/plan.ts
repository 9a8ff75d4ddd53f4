import { createHash } from "node:crypto";
import { bytesView } from "../core/dtype.js";
import { SamlabError, show } from "../core/errors.js";
import { maskArea } from "../core/mask.js";
import { checkOptionNames, type OptionNames } from "../core/option-names.js";
import { pixelHash } from "../io/image/pixel-hash.js";
import { checkSettings, invalidSetting, wholeNumber } from "../train/check-settings.js";
import { type LossWeights, lossWeights } from "../train/losses.js";
import { adamW, checkedOptimizer, type Optimizer } from "../train/optimizer.js";
import type { PromptMix } from "../train/prompt-drawing.js";
import { type Recipe, recipe } from "../train/recipes.js";
import { checkSchedule, learningRateAt, type Schedule } from "../train/schedule.js";
import { type Augmentation, augmentation } from "./augment/options.js";
import type { FinetuneOptions, TrainingCase } from "./types.js";

/** Settings of every kind of training: cases, duration, and learning rate. */
export interface CasePlan {
  readonly steps: number;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly optimizer: Optimizer;
  readonly clip: number | null;
  /** `null` for no augmentation. */
  readonly augment: Augmentation | null;
  readonly cases: readonly TrainingCase[];
  readonly validation: readonly TrainingCase[];
  readonly validateEvery: number;
  readonly patience: number;
  readonly seed: number;
  /** sha256 of the pixels and truths of the training cases. */
  readonly dataHash: string;
  /** sha256 of the pixels and truths of the validation cases. */
  readonly validationHash: string;
}

/** A training on prompts with every default filled in and every argument checked. */
export interface FinetunePlan extends CasePlan {
  readonly recipe: Recipe;
  readonly loss: LossWeights;
  /** `undefined`: decided by the size of the intermediates. */
  readonly checkpoint: boolean | undefined;
  readonly prompts: PromptMix;
}

/** Options of every kind of training. */
export type CaseOptions = Pick<
  FinetuneOptions,
  | "steps"
  | "learningRate"
  | "schedule"
  | "optimizer"
  | "clip"
  | "augment"
  | "validation"
  | "validateEvery"
  | "patience"
  | "allowSamePatient"
  | "seed"
  | "saveEvery"
>;

const optionNames: OptionNames<FinetuneOptions> = {
  recipe: true,
  rank: true,
  steps: true,
  learningRate: true,
  schedule: true,
  loss: true,
  optimizer: true,
  clip: true,
  checkpoint: true,
  prompts: true,
  augment: true,
  validation: true,
  validateEvery: true,
  patience: true,
  allowSamePatient: true,
  seed: true,
  resume: true,
  saveEvery: true,
  signal: true,
  stop: true,
  onProgress: true,
};

/** @throws {SamlabError} `argument-invalid`, `geometry-mismatch`, each naming the case and what is wrong with it */
export function finetunePlan(
  cases: readonly TrainingCase[],
  options: FinetuneOptions,
  trainedImages: ReadonlySet<string> = new Set(),
): FinetunePlan {
  checkOptionNames("finetune", options, optionNames);
  const { validation = [], seed = 0 } = options;
  const made = recipe(options.recipe ?? "maskDecoder", {
    seed,
    ...(options.rank === undefined ? {} : { rank: options.rank }),
  });
  const defaults = { steps: 120, learningRate: made.learningRate, optimizer: adamW() };
  const plan = casePlan(cases, options, defaults, trainedImages);
  checkObjects("cases", cases);
  checkObjects("validation", validation);
  return {
    ...plan,
    recipe: made,
    loss: lossWeights(options.loss ?? made.loss),
    checkpoint: options.checkpoint,
    prompts: checkedMix(options.prompts ?? { box: 1 }),
  };
}

/**
 * @param defaults of what the options leave out
 * @param trainedImages hashes of images that the model was trained on before
 * @throws {SamlabError} as {@link finetunePlan}
 */
export function casePlan(
  cases: readonly TrainingCase[],
  options: CaseOptions,
  defaults: Pick<CasePlan, "steps" | "learningRate" | "optimizer">,
  trainedImages: ReadonlySet<string>,
): CasePlan {
  const { validation = [], seed = 0, schedule = { kind: "constant" } } = options;
  const { steps = defaults.steps, learningRate = defaults.learningRate } = options;
  const dataHash = checkedCases(cases);
  checkSettings({ steps, learningRate, seed });
  checkCases("validation", validation);
  if (!options.allowSamePatient) {
    checkPatients(cases, validation);
    checkImages(cases, validation, trainedImages);
  }
  checkSchedule(schedule);
  learningRateAt(schedule, learningRate, 0, steps);
  const { saveEvery = 15 } = options;
  if (!(saveEvery >= 0))
    throw invalidSetting("saveEvery", saveEvery, `A training cannot be saved every ${saveEvery} seconds.`);
  const { patience = Number.POSITIVE_INFINITY } = options;
  if (!(patience >= 1))
    throw invalidSetting(
      "patience",
      patience,
      `A training cannot wait for ${show(patience)} validations.`,
      "Give 1 or more.",
    );
  const validateEvery = options.validateEvery ?? Math.max(5, Math.round(steps / 10));
  wholeNumber("validateEvery", validateEvery, 1);
  return {
    steps,
    learningRate,
    schedule,
    optimizer: checkedOptimizer(options.optimizer ?? defaults.optimizer),
    clip: options.clip === undefined ? 1 : options.clip,
    augment: augmentation(options.augment ?? false),
    cases,
    validation,
    validateEvery,
    patience,
    seed,
    dataHash,
    validationHash: hashOf(validation),
  };
}

const mixNames: OptionNames<PromptMix> = { box: true, point: true, corrective: true, jitter: true, rounds: true };

function checkedMix(mix: PromptMix): PromptMix {
  checkOptionNames("prompts", mix, mixNames);
  const shares = [mix.box ?? 0, mix.point ?? 0, mix.corrective ?? 0];
  const { jitter = 0, rounds = 1 } = mix;
  if (!(jitter >= 0 && Number.isFinite(jitter)))
    throw invalidSetting(
      "prompts.jitter",
      jitter,
      `Boxes cannot be loosened by ${show(jitter)} pixels.`,
      "Give 0 or more.",
    );
  wholeNumber("prompts.rounds", rounds, 1);
  if (shares.some((share) => share > 0) && shares.every((share) => share >= 0 && Number.isFinite(share))) return mix;
  throw invalidSetting(
    "prompts",
    mix,
    "No kind of prompt has a positive share.",
    "Use for example { box: 1 } or { box: 1, corrective: 2 }.",
  );
}

/**
 * Checks cases to learn from.
 * @returns sha256 of their pixels and truths
 * @throws {SamlabError} `argument-invalid` (none, or one without a truth), `geometry-mismatch`
 */
export function checkedCases(cases: readonly TrainingCase[]): string {
  if (cases.length === 0)
    throw invalidSetting("cases", cases, "There is no case to train on.", "Give slices with their true masks.");
  checkCases("cases", cases);
  return hashOf(cases);
}

function checkCases(field: string, cases: readonly TrainingCase[]): void {
  cases.forEach(({ image, truth }, n) => {
    const at = `${field}[${n}]`;
    if (!truth) throw invalidSetting(at, undefined, `${at} (${image.source}) has no truth.`, "Give { image, truth }.");
    if (truth.width !== image.width || truth.height !== image.height) {
      throw new SamlabError(
        "geometry-mismatch",
        `${at} (${image.source}) has ${image.width}×${image.height} pixels, its truth ${truth.width}×${truth.height}.`,
        { field: at, value: [truth.width, truth.height], remedy: "Cut image and truth from the same slice and plane." },
      );
    }
  });
}

/** Prompts are drawn from one object, which must be there. */
function checkObjects(field: string, cases: readonly TrainingCase[]): void {
  cases.forEach(({ image, truth }, n) => {
    const at = `${field}[${n}]`;
    if (maskArea(truth) === 0) {
      throw invalidSetting(
        at,
        0,
        `The object never occurs in ${at} (${image.source}).`,
        "Leave the slice out, or check the label.",
      );
    }
    const values = [...new Set(truth.data)].filter((value) => value !== 0).sort((one, other) => one - other);
    if (values.length > 1) {
      throw invalidSetting(
        at,
        values,
        `The truth of ${at} (${image.source}) has ${values.length} labels (${values.slice(0, 5).join(", ")}${values.length > 5 ? ", …" : ""}), and prompts ask for one object.`,
        "Take one of them: trainingSlices(source, { label }), or truth.only(label).",
      );
    }
    if (values[0] !== 1) {
      throw invalidSetting(
        at,
        values[0],
        `The truth of ${at} (${image.source}) marks its object with ${values[0]}, not with 1.`,
        `Use trainingSlices(source, { label: ${values[0]} }), or truth.only(${values[0]}).`,
      );
    }
  });
}

function checkPatients(cases: readonly TrainingCase[], validation: readonly TrainingCase[]): void {
  const patients = new Set(cases.flatMap(({ patient }) => patient ?? []));
  const unnamed = [...cases, ...validation].some(({ patient }) => patient === undefined);
  if (validation.length === 0) return;
  if (unnamed) {
    throw invalidSetting(
      "validation",
      null,
      "Not every case says whose it is, so slices of one patient may stand on both sides.",
      "Give each case its patient, or set allowSamePatient.",
    );
  }
  const shared = validation.find(({ patient }) => patient !== undefined && patients.has(patient))?.patient;
  if (shared === undefined) return;
  throw invalidSetting(
    "validation",
    shared,
    `Slices of ${JSON.stringify(shared)} are in training and in validation.`,
    "Split by patient, or set allowSamePatient and say so with the result.",
  );
}

/** The same pixels on both sides, whatever they are called: a file copied under another name. */
function checkImages(
  cases: readonly TrainingCase[],
  validation: readonly TrainingCase[],
  trainedImages: ReadonlySet<string>,
): void {
  const trained = new Map(cases.map(({ image }) => [pixelHash(image), image.source]));
  validation.forEach(({ image }, n) => {
    const hash = pixelHash(image);
    const same = trained.get(hash);
    if (same === undefined) {
      if (!trainedImages.has(hash)) return;
      throw invalidSetting(
        `validation[${n}]`,
        image.source,
        `validation[${n}] (${image.source}) has the same pixels as an image that the model was trained on before.`,
        "Give other images, or set allowSamePatient and say so with the result.",
      );
    }
    throw invalidSetting(
      `validation[${n}]`,
      image.source,
      `validation[${n}] (${image.source}) has the same pixels as ${same}, which is trained on.`,
      "Give other images, or set allowSamePatient and say so with the result.",
    );
  });
}

function hashOf(cases: readonly TrainingCase[]): string {
  const hash = createHash("sha256");
  for (const { image, truth } of cases) {
    hash.update(`${image.width}×${image.height}×${image.channels} ${JSON.stringify(image.window)} `);
    hash.update(bytesView(image.data)).update(truth.data);
  }
  return hash.digest("hex");
}
