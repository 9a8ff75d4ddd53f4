import { isSamlabError, messageOf, SamlabError, throwIfCancelled } from "../core/errors.js";
import { seededRandom } from "../core/random.js";
import { dice } from "../metrics/overlap.js";
import { Adapter, withEarlierAdapter } from "../models/adapter.js";
import { loadSam } from "../predict/load-sam.js";
import { type LoadedSam, samSource, samWeights } from "../predict/loaded-sam.js";
import type { Provider } from "../runtime/provider.js";
import { drawClick, drawCorrection, drawKind, drawPrompt } from "../train/prompt-drawing.js";
import { learningRateAt } from "../train/schedule.js";
import { Trainer } from "../train/trainer.js";
import { type FinetunePlan, finetunePlan } from "./plan.js";
import { Progress } from "./progress.js";
import { type RunState, SavedRun } from "./saved-run.js";
import { Studies } from "./studies.js";
import type { Study } from "./study.js";
import type { FineTuned, FinetuneOptions, TrainingCase } from "./types.js";

/** See `sam.finetune`. */
export async function finetune(
  sam: LoadedSam,
  cases: readonly TrainingCase[],
  options: FinetuneOptions = {},
): Promise<FineTuned> {
  const plan = finetunePlan(cases, options);
  const run = new FinetuneRun(sam, plan, options);
  try {
    await run.prepare();
    await run.train();
    return await run.finish();
  } finally {
    await run.release();
  }
}

class FinetuneRun {
  readonly #sam: LoadedSam;
  readonly #plan: FinetunePlan;
  readonly #signal: AbortSignal | undefined;
  readonly #stop: AbortSignal | undefined;
  readonly #resume: boolean;
  readonly #saveEvery: number;
  readonly #progress: Progress;
  readonly #saved: SavedRun;
  readonly #notes: string[] = [];
  readonly #loss: number[] = [];
  readonly #validation: { step: number; dice: number }[] = [];
  readonly #studies: Studies;
  #trainer: Trainer | undefined;
  #best: RunState["best"] = null;
  #episode = 0;
  #savedAt = 0;

  constructor(sam: LoadedSam, plan: FinetunePlan, options: FinetuneOptions) {
    this.#sam = sam;
    this.#plan = plan;
    this.#signal = options.signal;
    this.#stop = options.stop;
    this.#resume = options.resume ?? true;
    this.#saveEvery = 1000 * (options.saveEvery ?? 15);
    this.#progress = new Progress(plan, options.onProgress);
    this.#saved = new SavedRun(sam.hash, plan);
    this.#studies = new Studies(sam, plan);
  }

  /**
   * Embeds the images (or prepares them for the encoder) and makes the trainer, from a saved run where there is one.
   */
  async prepare(): Promise<void> {
    const { recipe, loss, optimiser, clip, checkpoint } = this.#plan;
    await this.#studies.prepare([this.#signal, this.#stop], (n, total) => this.#progress.embedding(n, total));
    const saved = this.#resume ? await this.#saved.read() : null;
    const base = await samWeights(this.#sam, this.#signal);
    const weights = base.withTensors(recipe.newTensors(base));
    const spec = {
      architecture: this.#sam.architecture,
      partOf: recipe.partOf,
      withEncoder: recipe.withEncoder,
      batch: 1,
      loss,
      optimiser,
      clip,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    };
    this.#trainer = await Trainer.create(weights, spec, this.#sam.provider as Provider, saved?.trainer);
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
    while (trainer.steps < steps) {
      if (this.#isStopped) {
        this.#notes.push(`Stopped by hand after step ${trainer.steps} of ${steps}.`);
        return;
      }
      await this.#runEpisode();
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
    const trainer = this.#started;
    this.#progress.saving(trainer.steps);
    const parameters = this.#best?.parameters ?? (await trainer.state()).parameters;
    if (!this.#best) {
      const why = this.#studies.watched.length > 0 ? "No validation was reached" : "No validation cases were given";
      this.#notes.push(`${why}: the weights of the last step are kept.`);
    }
    const { recipe, steps, learningRate, seed, dataHash, prompts, cases } = this.#plan;
    const sam = this.#sam;
    const source = samSource(sam);
    const trained = trainer.table.split(parameters);
    const tensors = source.adapter ? withEarlierAdapter(trained, source.adapter, await samWeights(sam)) : trained;
    const adapter = Adapter.create(tensors, {
      base: source.nameOrPath,
      baseHash: source.baseHash,
      preprocessing: sam.architecture.preprocessing,
      recipe: recipe.name,
      recipeSummary: recipe.summary,
      steps: `${this.#best?.step ?? trainer.steps} of ${steps}`,
      learningRate: String(learningRate),
      loss: JSON.stringify(this.#plan.loss),
      optimiser: JSON.stringify(this.#plan.optimiser),
      prompts: JSON.stringify(prompts),
      ...(this.#plan.augment ? { augment: JSON.stringify(this.#plan.augment) } : {}),
      seed: String(seed),
      cases: String(cases.length),
      dataHash,
      validationDice: this.#best ? this.#best.dice.toFixed(4) : "",
      provider: sam.provider,
    });
    const tuned = await loadSam(source.nameOrPath, {
      ...source.options,
      adapter,
      device: sam.provider === "CPU" ? "cpu" : "auto",
      ...(this.#signal ? { signal: this.#signal } : {}),
    });
    await this.#saved.remove();
    return {
      sam: tuned,
      adapter,
      history: this.#history,
      steps: trainer.steps,
      bestStep: this.#best?.step ?? trainer.steps,
      notes: this.#notes,
    };
  }

  async release(): Promise<void> {
    await this.#studies.release();
    await this.#trainer?.dispose();
  }

  /** Before the first step there are no weights to keep, so a stop is a cancellation. */
  get #isStopped(): boolean {
    if (this.#started.steps === 0) throwIfCancelled(this.#stop, "The fine-tuning");
    return this.#stop?.aborted ?? false;
  }

  get #started(): Trainer {
    if (!this.#trainer) throw new SamlabError("state-order", "The training was not prepared.");
    return this.#trainer;
  }

  get #history() {
    return { loss: this.#loss, validation: this.#validation };
  }

  /** One prompt, or a click and its corrections. */
  async #runEpisode(): Promise<void> {
    const { seed, prompts, steps } = this.#plan;
    const trainer = this.#started;
    const episode = this.#episode++;
    const random = seededRandom("finetune", seed, episode);
    const study = await this.#studies.ofEpisode(episode);
    const { truth } = study.case;
    const kind = drawKind(prompts, random);
    if (kind !== "corrective") {
      await this.#step(study, drawPrompt(kind, truth, prompts, random));
      return;
    }
    const points = [drawClick(truth, random)];
    let maskInput: Float32Array | undefined;
    for (let round = 0; round < (prompts.rounds ?? 4) && trainer.steps < steps; round++) {
      if (round > 0 && this.#isStopped) return;
      const result = await this.#step(study, { points, ...(maskInput ? { maskInput } : {}) });
      const correction = drawCorrection(truth, study.mask(result), random);
      if (!correction) return;
      points.push(correction);
      maskInput = result.lowResLogits;
    }
  }

  async #step(study: Study, prompt: Parameters<Study["example"]>[0]) {
    throwIfCancelled(this.#signal, "The fine-tuning");
    const trainer = this.#started;
    const { learningRate, schedule, steps, validateEvery } = this.#plan;
    const rate = learningRateAt(schedule, learningRate, trainer.steps, steps);
    const result = await trainer
      .step({ ...(await study.example(prompt)), target: study.target }, rate)
      .catch((error: unknown) => {
        if (!isSamlabError(error, "training-diverged")) throw error;
        throw new SamlabError("training-diverged", `${error.message} It was training on ${study.case.image.source}.`, {
          field: study.case.image.source,
          value: error.value,
          cause: error,
        });
      });
    this.#loss.push(result.loss);
    this.#progress.step(trainer.steps, result.loss);
    const isLast = trainer.steps === steps;
    if (this.#studies.watched.length > 0 && (trainer.steps % validateEvery === 0 || isLast)) await this.#validate();
    return result;
  }

  async #validate(): Promise<void> {
    const trainer = this.#started;
    const { prompts, seed } = this.#plan;
    let sum = 0;
    for (const [n, study] of this.#studies.watched.entries()) {
      throwIfCancelled(this.#signal, "The fine-tuning");
      // A partial validation is not reported.
      if (this.#isStopped) return;
      const { truth } = study.case;
      // Always the same prompts, so that validations are comparable: tight boxes where boxes are trained.
      const kind = (prompts.box ?? 0) > 0 ? "box" : "point";
      const prompt = drawPrompt(kind, truth, { jitter: 0 }, seededRandom("validation", seed, n));
      sum += dice(study.mask(await trainer.predict(await study.example(prompt))), truth);
    }
    const mean = sum / this.#studies.watched.length;
    this.#validation.push({ step: trainer.steps, dice: mean });
    if (!this.#best || mean > this.#best.dice) {
      this.#best = { step: trainer.steps, dice: mean, parameters: (await trainer.state()).parameters };
    }
    this.#progress.validated(trainer.steps, mean);
  }

  /** A full disk does not end the training; it is reported once. */
  async #save(): Promise<void> {
    this.#savedAt = performance.now();
    const state = {
      trainer: await this.#started.state(),
      episode: this.#episode,
      history: this.#history,
      best: this.#best,
    };
    await this.#saved.write(state).catch((error: unknown) => {
      const note = `The training cannot be resumed: ${messageOf(error)}`;
      if (!this.#notes.includes(note)) this.#notes.push(note);
    });
  }
}
