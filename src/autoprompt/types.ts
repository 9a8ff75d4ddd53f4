import type { CaseOptions } from "../finetune/plan.js";
import type { RunOptions } from "../finetune/training-run.js";

/** Options for training to segment without prompts: those of fine-tuning that do not concern prompts. */
export interface AutoPromptOptions extends CaseOptions, RunOptions {
  /**
   * Names of the classes in the order of the truth's values, without the background. Default: those of the slices
   * (`trainingSlices` names them), else `object`.
   */
  readonly classNames?: readonly string[];
}
