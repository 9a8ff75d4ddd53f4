import type { Mask2d } from "../core/mask.js";
import type { Plane } from "../core/plane.js";
import type { PromptSet } from "../core/prompt.js";
import type { MaskScores } from "../metrics/scores.js";

/** Which of the model's masks is scored. The choice moves means by 3 to 10 points, so every row and chart names it. */
export type MaskPolicy =
  /**
   * The model's single answer where one prompt set asks for one object; in the presets of older studies the first of
   * the three.
   */
  | "first"
  /** The alternative with the highest predicted IoU. */
  | "predicted-iou"
  /** The alternative with the highest Dice against truth: no one without the truth could choose it. */
  | "oracle";

/** One object to segment on one slice: the unit that is prompted and scored. */
export interface EvaluationObject {
  /** Name from the manifest's label map. */
  readonly label: string;
  /** Its number in the truth. */
  readonly labelValue: number;
  /** Component or instance number from 1; 0 for the label as a whole. */
  readonly part: number;
  /** Its true mask on the slice. */
  readonly truth: Mask2d;
}

/** What a strategy asks the model at one point: prompt sets whose masks are united (OR) before scoring. */
export interface PromptStep {
  /** One or more prompt sets; their masks are united. */
  readonly prompts: readonly PromptSet[];
  /** Clicks given so far; the row's `clicks`. */
  readonly clicks: number;
}

/** What came of a step, for strategies that go on from there. */
export interface StepResult {
  /** The mask that the policy chose. */
  readonly mask: Mask2d;
  /** Its low-resolution logits, when the step had one prompt set. */
  readonly lowResLogits: Float32Array | null;
}

/** A strategy at work on one object: gives its steps one after the other, each knowing what the last one led to. */
export interface PromptRun {
  /** The next step, or `null` when there is none. `previous` is `null` before the first. */
  next(previous: StepResult | null): PromptStep | null;
}

/** What a strategy may know beside the object itself. */
export interface StrategyContext {
  /**
   * Random numbers in [0, 1), seeded by case, slice, object, strategy and the evaluation's seed: the same whatever ran
   * before.
   */
  readonly random: () => number;
  /** Side of the model's low-resolution frame. */
  readonly lowResSize: number;
  /** Whether the model takes lines as prompts. */
  readonly takesScribbles: boolean;
}

/**
 * A way to prompt. Its name says all of it, so that rows, charts, worker processes and the command line need only the
 * name: `box`, `box:jitter=5`, `points:1`, `points:5+5`, `points:1,random`, `box+points:1`, `clicks:9`,
 * `clicks:9,feedback`, `scribble`, `everything`, `none`, `szu:S1` … `szu:S6`, `mazurowski:1` … `mazurowski:5`,
 * `mazurowski:clicks`.
 */
export interface PromptStrategy {
  readonly name: string;
  /**
   * What the model is asked: prompts; everything, for SAM's automatic masks, which are matched to the truth; or
   * nothing, for the classes that a model finds without a prompt, which are matched by name.
   */
  readonly asks: "prompts" | "everything" | "nothing";
  /**
   * What the policy `first` means: the model's single answer, or the first of its three alternatives where the study
   * behind a preset took that.
   */
  readonly firstMask: "single" | "alternative";
  /** Begins with an object. Gives the same steps for the same object, context, and answers. */
  start(object: EvaluationObject, context: StrategyContext): PromptRun;
}

/** The scores of a row. Distances are in mm, or in pixels where the image has no spacing (`unit`). */
export type RowScores = Omit<MaskScores, "volumeDifference">;

/** What can be summarized. */
export type Metric = keyof RowScores | "seconds";

/**
 * One result: a case × slice × object × strategy × step × policy × model, or a volume × object × strategy × step ×
 * model. Of a volume all scores are in 3D, size is in voxels, contrast and complexity do not apply, the predicted IoU
 * is the mean over its slices, and times are those of the whole volume. Numbers that do not apply are NaN; nothing is
 * left out.
 */
export interface EvaluationRow extends RowScores {
  /** The case's id. */
  readonly case: string;
  /** As in the manifest. */
  readonly modality: string;
  /** The object's name in the label map. */
  readonly label: string;
  /** Component or instance number from 1; 0 for the label as a whole. */
  readonly part: number;
  /** The plane of the slice; empty for a picture. */
  readonly plane: Plane | "";
  /** −1 for a picture, and for a volume as a whole, which unlike a picture has a plane. */
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

  /** Of the truth: pixels, contrast to its surroundings, and boundary complexity (definitions in src/metrics). */
  readonly size: number;
  /** How much the true object stands out, 0 to 1; see {@link describeObject}. */
  readonly contrast: number;
  /** Boundary complexity of the true object, 1 or more; see {@link describeObject}. */
  readonly complexity: number;

  /** Milliseconds of the image encoder. */
  readonly encodeMs: number;
  /** Milliseconds of the decoder. */
  readonly predictMs: number;
  /**
   * For a picture and for a volume as a whole: encoding and segmenting all of its objects, seconds, without loading
   * model and files. NaN for single slices, and where an embedding came from the disk.
   */
  readonly seconds: number;
  /** How a volume was gone through: rule, where objects end, what was told and asked; empty for slices. */
  readonly propagation: string;

  /** sha256 of checkpoint and adapter, hex. */
  readonly modelHash: string;
  /** Of the adapter in the model; empty without one. */
  readonly adapterHash: string;
  /** Whose way of preparing pictures the model was fed by, e.g. `MedSAM`; empty where that is not known. */
  readonly preprocessing: string;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /** sha256 of the image's and the truth's hashes. */
  readonly dataHash: string;
  /** Of random prompts. */
  readonly seed: number;
  /** samlab's version. */
  readonly version: string;
  /** Empty, or why the row has no scores. */
  readonly failure: string;
}
