import { seededRandom } from "../core/random.js";
import { dice } from "../metrics/overlap.js";
import { Adapter, trainedImages, withEarlierAdapter } from "../models/adapter.js";
import { adapterOrigin } from "../predict/adapter-origin.js";
import { type LoadedSam, samSource, samWeights } from "../predict/loaded-sam.js";
import { requireSamDecoder } from "../predict/require-model.js";
import type { Provider } from "../runtime/provider.js";
import type { TrainerState } from "../train/graph-trainer.js";
import { drawClick, drawCorrection, drawKind, drawPrompt } from "../train/prompt-drawing.js";
import { Trainer } from "../train/trainer.js";
import { type FinetunePlan, finetunePlan } from "./plan.js";
import { Studies } from "./studies.js";
import type { Study } from "./study.js";
import { runTraining, type TakeStep, type TrainingTask } from "./training-run.js";
import type { FineTuned, FinetuneOptions, TrainingCase } from "./types.js";

/** See `sam.finetune`. */
export async function finetune(
  sam: LoadedSam,
  cases: readonly TrainingCase[],
  options: FinetuneOptions = {},
): Promise<FineTuned> {
  requireSamDecoder(sam);
  const plan = finetunePlan(cases, options, sam.trainedImages);
  return runTraining(sam, new FinetuneTask(sam, plan, options.signal), plan, options);
}

/** Trains a model on prompts drawn from the truth. */
class FinetuneTask implements TrainingTask {
  readonly what = "The fine-tuning";
  readonly #sam: LoadedSam;
  readonly #plan: FinetunePlan;
  readonly #studies: Studies;
  readonly #signal: AbortSignal | undefined;
  #trainer: Trainer | undefined;

  constructor(sam: LoadedSam, plan: FinetunePlan, signal: AbortSignal | undefined) {
    this.#sam = sam;
    this.#plan = plan;
    this.#signal = signal;
    this.#studies = new Studies(sam, { ...plan, withEncoder: plan.recipe.withEncoder });
  }

  get identity(): unknown {
    const { recipe, cases: _cases, validation: _validation, checkpoint: _checkpoint, ...rest } = this.#plan;
    return [recipe.name, recipe.summary, rest];
  }

  get hasValidation(): boolean {
    return this.#plan.validation.length > 0;
  }

  embed(signals: readonly (AbortSignal | undefined)[], onImage: (n: number, total: number) => void): Promise<void> {
    return this.#studies.prepare(signals, onImage);
  }

  async createTrainer(from: TrainerState | undefined): Promise<Trainer> {
    const { recipe, loss, optimizer, clip, checkpoint } = this.#plan;
    const base = await samWeights(this.#sam, this.#signal);
    const weights = base.withTensors(recipe.newTensors(base));
    const spec = {
      architecture: this.#sam.architecture,
      partOf: recipe.partOf,
      withEncoder: recipe.withEncoder,
      batch: 1,
      loss,
      optimizer,
      clip,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    };
    this.#trainer = await Trainer.create(weights, spec, this.#sam.provider as Provider, from);
    return this.#trainer;
  }

  /** One prompt, or a click and its corrections. */
  async episode(number: number, step: TakeStep, isOver: () => boolean): Promise<void> {
    const { seed, prompts } = this.#plan;
    const random = seededRandom("finetune", seed, number);
    const study = await this.#studies.ofEpisode(number);
    const { truth } = study.case;
    const kind = drawKind(prompts, random);
    if (kind !== "corrective") {
      await this.#step(step, study, drawPrompt(kind, truth, prompts, random));
      return;
    }
    const points = [drawClick(truth, random)];
    let maskInput: Float32Array | undefined;
    for (let round = 0; round < (prompts.rounds ?? 4); round++) {
      if (round > 0 && isOver()) return;
      const result = await this.#step(step, study, { points, ...(maskInput ? { maskInput } : {}) });
      const correction = drawCorrection(truth, study.mask(result), random);
      if (!correction) return;
      points.push(correction);
      maskInput = result.lowResLogits;
    }
  }

  async validate(isStopped: () => boolean): Promise<number | null> {
    const { prompts, seed } = this.#plan;
    let sum = 0;
    for (const [n, study] of this.#studies.watched.entries()) {
      if (isStopped()) return null;
      const { truth } = study.case;
      // Always the same prompts, so that validations are comparable: tight boxes where boxes are trained.
      const kind = (prompts.box ?? 0) > 0 ? "box" : "point";
      const prompt = drawPrompt(kind, truth, { jitter: 0 }, seededRandom("validation", seed, n));
      sum += dice(study.mask(await this.#made.predict(await study.example(prompt))), truth);
    }
    return sum / this.#studies.watched.length;
  }

  async adapter(parameters: Float32Array, steps: string, validationDice: number | null): Promise<Adapter> {
    const { recipe, learningRate, seed, dataHash, prompts, cases, loss, optimizer, augment } = this.#plan;
    const sam = this.#sam;
    const source = samSource(sam);
    const trained = this.#made.table.split(parameters);
    const tensors = source.adapter ? withEarlierAdapter(trained, source.adapter, await samWeights(sam)) : trained;
    return Adapter.create(tensors, {
      ...adapterOrigin(sam),
      recipe: recipe.name,
      recipeSummary: recipe.summary,
      steps,
      learningRate: String(learningRate),
      loss: JSON.stringify(loss),
      optimizer: JSON.stringify(optimizer),
      prompts: JSON.stringify(prompts),
      ...(augment ? { augment: JSON.stringify(augment) } : {}),
      seed: String(seed),
      cases: String(cases.length),
      dataHash,
      trainedImages: trainedImages(cases, sam.trainedImages),
      validationDice: validationDice === null ? "" : validationDice.toFixed(4),
      provider: sam.provider,
    });
  }

  release(): Promise<void> {
    return this.#studies.release();
  }

  get #made(): Trainer {
    if (!this.#trainer) throw new TypeError("createTrainer must be called first");
    return this.#trainer;
  }

  #step(step: TakeStep, study: Study, prompt: Parameters<Study["example"]>[0]) {
    return step(study.case.image.source, async (rate) =>
      this.#made.step({ ...(await study.example(prompt)), target: study.target }, rate),
    );
  }
}
