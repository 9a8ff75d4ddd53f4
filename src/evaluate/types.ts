import type { Mask2d } from "../core/mask.js";
import type { Plane } from "../core/plane.js";
import type { PromptSet } from "../core/prompt.js";
import type { MaskScores } from "../metrics/scores.js";

/**
 * Which of the model's masks is scored. The choice changes means by 3 to 10 points, so every row and chart names it.
 */
export type MaskPolicy =
  /** The model's single answer; in the presets of older studies, the first of three alternatives. */
  | "first"
  /** The alternative with the highest predicted IoU. */
  | "predicted-iou"
  /** The alternative with the highest Dice against the truth, which is unknown in practice. */
  | "oracle";

/** One object to segment on one slice: the unit that is prompted and scored. */
export interface EvaluationObject {
  /** Name from the manifest's label map. */
  readonly label: string;
  /** Its value in the truth. */
  readonly labelValue: number;
  /** Component or instance number from 1; 0 for the label as a whole. */
  readonly part: number;
  /** Its true mask on the slice. */
  readonly truth: Mask2d;
}

/** One step of a strategy: prompt sets whose masks are united (OR) before scoring. */
export interface PromptStep {
  /** One or more prompt sets; their masks are united. */
  readonly prompts: readonly PromptSet[];
  /** Clicks given so far; the row's `clicks`. */
  readonly clicks: number;
}

/** Result of a step, for strategies that build on it. */
export interface StepResult {
  /** The mask that the policy chose. */
  readonly mask: Mask2d;
  /** Its low-resolution logits; `null` if the step had several prompt sets. */
  readonly lowResLogits: Float32Array | null;
}

/** A strategy's run for one object. Each step may depend on the result of the previous one. */
export interface PromptRun {
  /** The next step, or `null` at the end. `previous` is `null` for the first. */
  next(previous: StepResult | null): PromptStep | null;
}

/** What a strategy may use besides the object. */
export interface StrategyContext {
  /**
   * Random numbers in [0, 1), seeded by case, slice, object, strategy, and the evaluation's seed, and so independent of
   * the order of work.
   */
  readonly random: () => number;
  /** Side of the model's low-resolution frame, pixels. */
  readonly lowResSize: number;
  /** Whether the model takes lines as prompts. */
  readonly takesScribbles: boolean;
}

/**
 * A way to prompt. Its name defines it completely, so that rows, charts, worker processes, and the command line need
 * only the name: `box`, `box:jitter=5`, `points:1`, `points:5+5`, `points:1,random`, `box+points:1`, `clicks:9`,
 * `clicks:9,feedback`, `scribble`, `everything`, `none`, `szu:S1` … `szu:S6`, `mazurowski:1` … `mazurowski:5`,
 * `mazurowski:clicks`.
 */
export interface PromptStrategy {
  readonly name: string;
  /**
   * What the model gets. `prompts`; `everything`: SAM's automatic masks, which are matched to the truth; `nothing`: the
   * classes that a model segments without a prompt, which are matched by name.
   */
  readonly asks: "prompts" | "everything" | "nothing";
  /**
   * What the policy `first` means: the model's single answer, or the first of its three alternatives if a preset's
   * study used that.
   */
  readonly firstMask: "single" | "alternative";
  /** Starts a run for an object. Equal objects, contexts, and results give equal steps. */
  start(object: EvaluationObject, context: StrategyContext): PromptRun;
}

/** The scores of a row. Distances are in mm, or in pixels if the image has no spacing (`unit`). */
export type RowScores = Omit<MaskScores, "volumeDifference">;

/** Columns that can be summarized. */
export type Metric = keyof RowScores | "seconds";

/**
 * One result: a case × slice × object × strategy × step × policy × model, or a volume × object × strategy × step ×
 * model. For a volume, all scores are in 3D, the size is in voxels, contrast and complexity do not apply, the predicted
 * IoU is the mean over its slices, and times are those of the whole volume. Numbers that do not apply are NaN.
 */
export interface EvaluationRow extends RowScores {
  /** The case's id. */
  readonly case: string;
  /** The patient or animal, as in the manifest; the case's id where that does not say. */
  readonly subject: string;
  /** As in the manifest. */
  readonly modality: string;
  /** The object's name in the label map. */
  readonly label: string;
  /** Component or instance number from 1; 0 for the label as a whole. */
  readonly part: number;
  /** The plane of the slice; empty for a picture. */
  readonly plane: Plane | "";
  /** −1 for a picture, and for a volume as a whole, which has a plane. */
  readonly slice: number;
  /** The model's name. */
  readonly model: string;
  /** The prompt strategy's name. */
  readonly strategy: string;
  /** Points given so far. */
  readonly clicks: number;
  /** Which of the model's masks was scored. */
  readonly policy: MaskPolicy;

  /** Unit of the distances. */
  readonly unit: "mm" | "px";
  /** The model's own estimate for the scored mask; may be slightly above 1. */
  readonly predictedIou: number;

  /** Pixels of the true object. */
  readonly size: number;
  /** Contrast of the true object to its surroundings, 0 to 1; see {@link describeObject}. */
  readonly contrast: number;
  /** Boundary complexity of the true object, 1 or more; see {@link describeObject}. */
  readonly complexity: number;

  /** Milliseconds of the image encoder. */
  readonly encodeMs: number;
  /** Milliseconds of the decoder. */
  readonly predictMs: number;
  /**
   * Seconds to encode and segment all objects of a picture, or of a volume as a whole, without loading model and files.
   * NaN for single slices, and if an embedding was read from disk.
   */
  readonly seconds: number;
  /** How a volume was segmented: rule, stop rule, given range, and prompted slices; empty for slices. */
  readonly propagation: string;

  /** sha256 of checkpoint and adapter, hex. */
  readonly modelHash: string;
  /** Hash of the model's adapter; empty without one. */
  readonly adapterHash: string;
  /** Preprocessing scheme, e.g. `MedSAM`; empty if unknown. */
  readonly preprocessing: string;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /** sha256 of the image's and the truth's hashes. */
  readonly dataHash: string;
  /** Seed of random prompts. */
  readonly seed: number;
  /** samlab's version. */
  readonly version: string;
  /** Empty, or why the row has no scores. */
  readonly failure: string;
}
