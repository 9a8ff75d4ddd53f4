import { messageOf } from "../../src/core/errors.js";
import type { FineTuned, FinetuneOptions, FinetuneProgress, TrainingCase } from "../../src/finetune/types.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { kernelContext } from "../context.js";
import { display } from "../display/public.js";
import { TrainingWidget } from "./training/training-widget.js";

/** A fine-tuning run displayed under its cell. */
export interface ShownTraining {
  /** The fine-tuned model, once training has ended; also after a stop. */
  readonly result: Promise<FineTuned>;
  /** Ends training early; the best weights so far are kept. */
  stop(): void;
}

/**
 * Fine-tunes like `sam.finetune`, with live loss, validation Dice and time left under the cell. The cell stays busy
 * until training ends. The widget's stop button, `stop()` and an interrupt (JupyterLab's ■) end it early and keep the
 * best weights so far; `result` returns them in the next cell. If the kernel dies, running the same cell again resumes
 * from the last save.
 *
 * @example
 * const training = showFinetune(sam, slices, { steps: 120 });
 * // next cell
 * const tuned = await training.result;
 * @throws {SamlabError} `environment` outside a samlab kernel; `result` rejects like `sam.finetune`
 */
export function showFinetune(
  sam: Pick<LoadedSam, "finetune" | "name">,
  cases: readonly TrainingCase[],
  options: FinetuneOptions = {},
): ShownTraining {
  const context = kernelContext("showFinetune");
  const stopped = new AbortController();
  // Read now: later, the signal would belong to another cell.
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
  // Avoids an unhandled rejection if nobody awaits `result`; awaiting it still throws.
  result.catch(() => {});
  context.keepBusy?.(result);
  return { result, stop: () => stopped.abort() };
}
