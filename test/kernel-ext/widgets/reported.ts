import type { FinetuneProgress } from "../../../src/finetune/types.js";

/** A report of a training, with what matters to the test. */
export const reported = (progress: Partial<FinetuneProgress>): FinetuneProgress => ({
  phase: "training",
  step: 0,
  steps: 20,
  loss: Number.NaN,
  validationDice: Number.NaN,
  secondsLeft: Number.NaN,
  note: "",
  ...progress,
});
