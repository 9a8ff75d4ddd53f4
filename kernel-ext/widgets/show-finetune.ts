import type { FineTuned, FinetuneOptions, FinetuneProgress, TrainingCase } from "../../src/predict/finetune/types.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { kernelContext } from "../context.js";
import { display } from "../display/public.js";
import { messageOf } from "./shared/message-of.js";
import { TrainingDisplay } from "./training/training-display.js";

/** A fine-tuning that is shown under its cell. */
export interface ShownTraining {
  /** The fine-tuned model, when the training has ended; also after a stop. */
  readonly result: Promise<FineTuned>;
  /** Ends the training early; the best weights so far are kept. */
  stop(): void;
}

/**
 * Fine-tunes as `sam.finetune` does, and shows loss, validation Dice and the time left under the cell, live. The cell is busy until the training
 * has ended. Interrupting it (JupyterLab's ■) ends the training early and keeps the best weights so far; `result` gives them in the next cell.
 *
 * @example
 * const training = showFinetune(sam, slices, { steps: 120 });
 * // next cell
 * const tuned = await training.result;
 * @throws {SamlabError} `environment` outside a samlab kernel; `result` fails as `sam.finetune` does
 */
export function showFinetune(
  sam: Pick<LoadedSam, "finetune">,
  cases: readonly TrainingCase[],
  options: FinetuneOptions = {},
): ShownTraining {
  const context = kernelContext("showFinetune");
  const stopped = new AbortController();
  // Taken now: later, in another turn, the signal would be that of another cell.
  const interrupted = context.signal;
  const signals = [stopped.signal, interrupted, ...(options.stop ? [options.stop] : [])];
  const shown = new TrainingDisplay((options.validation?.length ?? 0) > 0, display);
  const onProgress = (progress: FinetuneProgress) => {
    shown.progress(progress);
    options.onProgress?.(progress);
  };
  const result = sam.finetune(cases, { ...options, stop: AbortSignal.any(signals), onProgress }).then(
    (tuned) => {
      shown.finished(tuned);
      return tuned;
    },
    (error: unknown) => {
      shown.failed(messageOf(error));
      throw error;
    },
  );
  // After an interrupt nobody may wait for it any more; whoever awaits `result` still gets the error.
  result.catch(() => {});
  context.keepBusy?.(result);
  return { result, stop: () => stopped.abort() };
}
