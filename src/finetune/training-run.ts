import { errorIn, isSamlabError, messageOf, SamlabError, throwIfCanceled, withoutRemedy } from "../core/errors.js";
import { longWork, unseen } from "../core/long-work.js";
import type { Adapter } from "../models/adapter.js";
import { loadSam } from "../predict/load-sam.js";
import { type LoadedSam, samSource } from "../predict/loaded-sam.js";
import { requireFloat32 } from "../predict/require-model.js";
import type { TrainerState } from "../train/graph-trainer.js";
import { learningRateAt, type Schedule } from "../train/schedule.js";
import { ProgressReport } from "./progress.js";
import { type RunState, SavedRun } from "./saved-run.js";
import type { FineTuned, FinetuneOptions } from "./types.js";

/** How long a run lasts and when it looks at its cases. */
export interface RunPlan {
  readonly steps: number;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly validateEvery: number;
  readonly patience: number;
}

/** Options of a run, whatever is trained. */
export type RunOptions = Pick<FinetuneOptions, "signal" | "stop" | "resume" | "saveEvery" | "onProgress">;

/** A trainer between two steps. */
export interface RunTrainer {
  readonly steps: number;
  state(): Promise<TrainerState>;
  dispose(): Promise<void>;
}

/** What one kind of training does in a run. */
export interface TrainingTask {
  /** For messages: `The fine-tuning`. */
  readonly what: string;
  /**
   * Everything besides the model and its preprocessing that determines the weights, as JSON: a saved run is resumed
   * only if this is equal.
   */
  readonly identity: unknown;
  readonly hasValidation: boolean;
  /** Embeds the images, and creates the trainer, from a saved state if there is one. */
  embed(signals: readonly (AbortSignal | undefined)[], onImage: (n: number, total: number) => void): Promise<void>;
  createTrainer(from: TrainerState | undefined): Promise<RunTrainer>;
  /**
   * Takes the steps of one episode, one after the other.
   * @param step runs a step at the learning rate of its number; throws when the training was canceled
   * @param isOver true if no further step should be taken
   */
  episode(number: number, step: TakeStep, isOver: () => boolean): Promise<void>;
  /** Mean Dice of the cases to watch; `null` where it was interrupted. */
  validate(isStopped: () => boolean): Promise<number | null>;
  /** The trained weights as an adapter of the model that was given. */
  adapter(parameters: Float32Array, steps: string, dice: number | null): Promise<Adapter>;
  release(): Promise<void>;
}

/**
 * Runs one step.
 * @param run at this learning rate
 * @param source the image, for messages
 */
export type TakeStep = <R extends { readonly loss: number }>(
  source: string,
  run: (learningRate: number) => Promise<R>,
) => Promise<R>;

/** Trains from the first step to the last, or continues where an equal run was interrupted. */
export async function runTraining(
  sam: LoadedSam,
  task: TrainingTask,
  plan: RunPlan,
  options: RunOptions,
): Promise<FineTuned> {
  requireFloat32(sam, "Trainings");
  return longWork("training", options, async ({ onProgress: show, ...work }) => {
    const onProgress = options.onProgress ?? (show && (({ note, step, steps }) => show(note, step / steps)));
    const run = new TrainingRun(sam, task, plan, { ...options, ...work, ...(onProgress ? { onProgress } : {}) });
    try {
      await run.prepare();
      await run.train();
      return await run.finish();
    } finally {
      await run.release();
    }
  });
}

class TrainingRun {
  readonly #sam: LoadedSam;
  readonly #task: TrainingTask;
  readonly #plan: RunPlan;
  readonly #signal: AbortSignal | undefined;
  readonly #stop: AbortSignal | undefined;
  readonly #resume: boolean;
  readonly #saveEvery: number;
  readonly #progress: ProgressReport;
  readonly #saved: SavedRun;
  readonly #notes: string[] = [];
  /** Why the last state could not be saved. */
  #unsaved: string | null = null;
  readonly #loss: number[] = [];
  readonly #validation: { step: number; dice: number }[] = [];
  #trainer: RunTrainer | undefined;
  #best: RunState["best"] = null;
  #episode = 0;
  #savedAt = 0;

  constructor(sam: LoadedSam, task: TrainingTask, plan: RunPlan, options: RunOptions) {
    this.#sam = sam;
    this.#task = task;
    this.#plan = plan;
    this.#signal = options.signal;
    this.#stop = options.stop;
    this.#resume = options.resume ?? true;
    this.#saveEvery = 1000 * (options.saveEvery ?? 15);
    this.#progress = new ProgressReport(plan.steps, options.onProgress);
    this.#saved = new SavedRun([sam.hash, sam.preprocessing, task.identity]);
  }

  async prepare(): Promise<void> {
    await this.#task.embed([this.#signal, this.#stop], (n, total) => this.#progress.embedding(n, total));
    const saved = this.#resume ? await this.#saved.read() : null;
    this.#trainer = await this.#task.createTrainer(saved?.trainer);
    if (!saved) return;
    this.#episode = saved.episode;
    this.#best = saved.best;
    this.#loss.push(...saved.history.loss);
    this.#validation.push(...saved.history.validation);
    this.#notes.push(`Resumed after step ${saved.trainer.step}.`);
  }

  async train(): Promise<void> {
    const trainer = this.#started;
    const { steps, patience } = this.#plan;
    this.#savedAt = performance.now();
    const before = trainer.steps > 0 ? { loss: [...this.#loss], validation: [...this.#validation] } : undefined;
    this.#progress.start(trainer.steps, this.#notes[0] ?? "training", before);
    let validated = this.#validation.length;
    const isOver = () => trainer.steps >= steps || this.#isStopped;
    while (trainer.steps < steps) {
      if (this.#isStopped) {
        this.#notes.push(`Stopped by hand after step ${trainer.steps} of ${steps}.`);
        return;
      }
      try {
        await this.#task.episode(this.#episode++, (source, run) => this.#step(source, run), isOver);
      } catch (error) {
        if (!this.#best || !isSamlabError(error, "training-diverged")) throw error;
        this.#notes.push(
          `Stopped after step ${trainer.steps}: ${withoutRemedy(error)} The best weights before are kept.`,
        );
        return;
      }
      if (this.#validation.length > validated) {
        validated = this.#validation.length;
        // Taken from the history, which a resumed run also has.
        const withoutGain = this.#validation.filter(({ step }) => step > (this.#best?.step ?? 0)).length;
        if (withoutGain >= patience) {
          this.#notes.push(`Stopped after step ${trainer.steps}: ${patience} validations without a better Dice.`);
          return;
        }
      }
      if (performance.now() - this.#savedAt >= this.#saveEvery) await this.#save();
    }
  }

  /** The adapter of the best weights, and the model with it. */
  async finish(): Promise<FineTuned> {
    return this.#finished().catch(async (error: unknown) => {
      // Run again, it goes on from here.
      await this.#save();
      throw error;
    });
  }

  async #finished(): Promise<FineTuned> {
    const trainer = this.#started;
    this.#progress.saving(trainer.steps);
    const parameters = this.#best?.parameters ?? (await trainer.state()).parameters;
    if (!this.#best) {
      const why = this.#task.hasValidation ? "No validation was reached" : "No validation cases were given";
      this.#notes.push(`${why}: the weights of the last step are kept.`);
    }
    const bestStep = this.#best?.step ?? trainer.steps;
    const adapter = await this.#task.adapter(
      parameters,
      `${bestStep} of ${this.#plan.steps}`,
      this.#best?.dice ?? null,
    );
    const tuned = await this.#tuned(adapter);
    await this.#saved.remove();
    const notes = this.#unsaved === null ? this.#notes : [...this.#notes, this.#unsaved];
    return { sam: tuned, adapter, history: this.#history, steps: trainer.steps, bestStep, notes };
  }

  #tuned(adapter: Adapter): Promise<LoadedSam> {
    const source = samSource(this.#sam);
    return loadSam(source.nameOrPath, {
      ...source.options,
      adapter,
      device: this.#sam.provider === "CPU" ? "cpu" : "auto",
      onProgress: unseen,
      ...(this.#signal ? { signal: this.#signal } : {}),
    });
  }

  async release(): Promise<void> {
    await this.#task.release();
    await this.#trainer?.dispose();
  }

  /** Before the first step there are no weights to keep, so a stop is a cancellation. */
  get #isStopped(): boolean {
    if (this.#started.steps === 0) throwIfCanceled(this.#stop, this.#task.what);
    return this.#stop?.aborted ?? false;
  }

  get #started(): RunTrainer {
    if (!this.#trainer) throw new SamlabError("state-order", "The training was not prepared.");
    return this.#trainer;
  }

  get #history() {
    return { loss: this.#loss, validation: this.#validation };
  }

  async #step<R extends { readonly loss: number }>(source: string, run: (rate: number) => Promise<R>): Promise<R> {
    throwIfCanceled(this.#signal, this.#task.what);
    const trainer = this.#started;
    const { learningRate, schedule, steps, validateEvery } = this.#plan;
    const rate = learningRateAt(schedule, learningRate, trainer.steps, steps);
    const result = await run(rate).catch((error: unknown) => {
      if (!isSamlabError(error, "training-diverged")) throw error;
      throw errorIn(`Training on ${source}`, error, { field: source });
    });
    this.#loss.push(result.loss);
    this.#progress.step(trainer.steps, result.loss);
    const isLast = trainer.steps === steps;
    if (this.#task.hasValidation && (trainer.steps % validateEvery === 0 || isLast)) await this.#validate();
    return result;
  }

  async #validate(): Promise<void> {
    const trainer = this.#started;
    const mean = await this.#task.validate(() => {
      throwIfCanceled(this.#signal, this.#task.what);
      return this.#isStopped;
    });
    // A partial validation is not reported.
    if (mean === null) return;
    this.#validation.push({ step: trainer.steps, dice: mean });
    if (!this.#best || mean > this.#best.dice) {
      this.#best = { step: trainer.steps, dice: mean, parameters: (await trainer.state()).parameters };
    }
    this.#progress.validated(trainer.steps, mean);
  }

  /** A full disk does not end the training; it is reported if the last state is not on it. */
  async #save(): Promise<void> {
    this.#savedAt = performance.now();
    const state = {
      trainer: await this.#started.state(),
      episode: this.#episode,
      history: this.#history,
      best: this.#best,
    };
    this.#unsaved = await this.#saved.write(state).then(
      () => null,
      (error: unknown) => `The training cannot be resumed: ${messageOf(error)}`,
    );
  }
}
