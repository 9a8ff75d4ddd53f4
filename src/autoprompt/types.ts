import type { CaseOptions } from "../finetune/plan.js";
import type { RunOptions } from "../finetune/training-run.js";

/** How a model learns to segment without prompts: as fine-tuning, but for what only prompts need. */
export interface AutoPromptOptions extends CaseOptions, RunOptions {
  /**
   * Names of the classes in the order of the truth's values, without the background. Default: those of the slices
   * (`trainingSlices` names them), else `object`.
   */
  readonly classNames?: readonly string[];
}
