import { detached } from "../../src/core/ambient.js";
import { messageOf } from "../../src/core/errors.js";
import type { FineTuned, FinetuneOptions, FinetuneProgress, TrainingCase } from "../../src/finetune/types.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { kernelContext } from "../context.js";
import { display } from "../display/public.js";
import { TrainingWidget } from "./training/training-widget.js";

/** A training displayed under its cell. */
export interface ShownTraining {
  /** The trained model, once training has ended; also after a stop. */
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
  const name = options.recipe ?? "maskDecoder";
  return show("showFinetune", `${sam.name} · ${name}`, options, (watched) => sam.finetune(cases, watched));
}

/** What {@link showTraining} watches and ends. */
export type WatchedOptions = Pick<FinetuneOptions, "validation" | "stop" | "onProgress">;

/**
 * Shows a training without prompts as {@link showFinetune} shows a fine-tuning.
 *
 * @param train `autoSam`, `deSam`, `surgicalSam`, `densePrompt`, or a function of yours that takes the same arguments
 * @example
 * const training = showTraining(autoSam, sam, slices, { steps: 200 });
 * // next cell
 * const { sam: segments } = await training.result;
 * @throws {SamlabError} `environment` outside a samlab kernel; `result` rejects like `train`
 */
export function showTraining<Model extends { readonly name: string }, Options extends WatchedOptions>(
  train: (sam: Model, slices: readonly TrainingCase[], options: Options | undefined) => Promise<FineTuned>,
  sam: Model,
  slices: readonly TrainingCase[],
  options: NoInfer<Options>,
): ShownTraining {
  return show("showTraining", `${sam.name} · ${train.name}`, options, (watched) => train(sam, slices, watched));
}

function show<Options extends WatchedOptions>(
  caller: string,
  subject: string,
  options: Options,
  train: (watched: Options) => Promise<FineTuned>,
): ShownTraining {
  const context = kernelContext(caller);
  const stopped = new AbortController();
  // Read now: later, the signal would belong to another cell.
  const interrupted = context.signal;
  const stop = AbortSignal.any([stopped.signal, interrupted, ...(options.stop ? [options.stop] : [])]);
  const start = { subject, isValidated: (options.validation?.length ?? 0) > 0 };
  const shown = new TrainingWidget(start, { comms: context.comms, show: display, onStop: () => stopped.abort() });
  stop.addEventListener("abort", () => shown.stopping());
  const onProgress = (progress: FinetuneProgress) => {
    shown.progress(progress);
    options.onProgress?.(progress);
  };
  const trained = async () => {
    try {
      const tuned = await train({ ...options, stop, onProgress });
      shown.finished(tuned);
      return tuned;
    } catch (error) {
      shown.failed(messageOf(error));
      throw error;
    }
  };
  // As work of the cell, an interrupt would cancel it before the weights are kept.
  const result = detached(trained);
  // Avoids an unhandled rejection if nobody awaits `result`; awaiting it still throws.
  result.catch(() => {});
  context.keepBusy?.(result);
  return { result, stop: () => stopped.abort() };
}
