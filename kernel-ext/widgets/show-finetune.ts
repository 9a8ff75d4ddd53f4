import { messageOf } from "../../src/core/errors.js";
import type { FineTuned, FinetuneOptions, FinetuneProgress, TrainingCase } from "../../src/finetune/types.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { kernelContext } from "../context.js";
import { display } from "../display/public.js";
import { TrainingWidget } from "./training/training-widget.js";

/** A fine-tuning that is shown under its cell. */
export interface ShownTraining {
  /** The fine-tuned model, when the training has ended; also after a stop. */
  readonly result: Promise<FineTuned>;
  /** Ends the training early; the best weights so far are kept. */
  stop(): void;
}

/**
 * Fine-tunes as `sam.finetune` does, and shows loss, validation Dice and the time left under the cell, live. The cell is busy until the training
 * has ended. The widget's stop button, `stop()` and an interrupt (JupyterLab's ■) end it early and keep the best weights so far; `result` gives them
 * in the next cell. After a kernel's death the same cell goes on from the last save.
 *
 * @example
 * const training = showFinetune(sam, slices, { steps: 120 });
 * // next cell
 * const tuned = await training.result;
 * @throws {SamlabError} `environment` outside a samlab kernel; `result` fails as `sam.finetune` does
 */
export function showFinetune(
  sam: Pick<LoadedSam, "finetune" | "name">,
  cases: readonly TrainingCase[],
  options: FinetuneOptions = {},
): ShownTraining {
  const context = kernelContext("showFinetune");
  const stopped = new AbortController();
  // Taken now: later, in another turn, the signal would be that of another cell.
  const interrupted = context.signal;
  const stop = AbortSignal.any([stopped.signal, interrupted, ...(options.stop ? [options.stop] : [])]);
  const start = {
    subject: `${sam.name} · ${options.recipe ?? "maskDecoder"}`,
    isValidated: (options.validation?.length ?? 0) > 0,
  };
  const shown = new TrainingWidget(start, { comms: context.comms, show: display, onStop: () => stopped.abort() });
  stop.addEventListener("abort", () => shown.stopping());
  const onProgress = (progress: FinetuneProgress) => {
    shown.progress(progress);
    options.onProgress?.(progress);
  };
  const result = sam.finetune(cases, { ...options, stop, onProgress }).then(
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
