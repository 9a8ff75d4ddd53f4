import { seededRandom } from "../core/random.js";
import type { CasePlan } from "../finetune/plan.js";
import { Studies } from "../finetune/studies.js";
import type { Study } from "../finetune/study.js";
import type { TakeStep, TrainingTask } from "../finetune/training-run.js";
import { Adapter, trainedImages } from "../models/adapter.js";
import { graphNames } from "../models/compile.js";
import type { Weights } from "../models/weights.js";
import { adapterOrigin } from "../predict/adapter-origin.js";
import type { LoadedSam } from "../predict/loaded-sam.js";
import type { Provider } from "../runtime/provider.js";
import type { Feeds } from "../runtime/tensor.js";
import { GraphTrainer, type TrainerState } from "../train/graph-trainer.js";
import type { PartOf } from "../train/trainable.js";
import { type Forward, trainingNames } from "../train/training-graph.js";
import { meanClassDice, oneHot } from "./classes.js";

/** A way to segment classes from frozen embeddings. */
export interface ClassMethod {
  /** Recipe name in the adapter. */
  readonly recipe: string;
  readonly summary: string;
  /** See {@link AdapterMetadata.head}. */
  readonly head: string;
  /** The model whose embeddings it is trained on. */
  readonly embedder: LoadedSam;
  /** All tensors of the head before training. */
  readonly weights: Weights;
  readonly partOf: PartOf;
  /**
   * From {@link graphNames.imageEmbedding} to `low_res_logits` [1, classes, side, side] and, if each class has its own
   * mask, `predicted_iou` [1, classes]; the loss compares them with {@link trainingNames.target}.
   */
  readonly forward: Forward;
  /** Its other inputs, the same for every image, or drawn for each step and each image to watch. */
  readonly inputs: Feeds | ((study: Study, random: () => number) => DrawnInputs);
  /**
   * `exclusive`: each pixel has one class, which may be the background. `each`: every class but the background has its
   * own mask.
   */
  readonly masks: "exclusive" | "each";
  /** Which of `weights` go into the adapter even if they are not trained. */
  readonly isKept: (name: string) => boolean;
  /** Of the adapter, besides what every method records. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What is drawn for one step. */
export interface DrawnInputs {
  readonly inputs: Feeds;
  /** What the loss takes of it besides {@link trainingNames.target}. */
  readonly truth: Feeds;
}

/** Trains a class head on slices. */
export class ClassTask implements TrainingTask {
  readonly what = "The training";
  readonly #sam: LoadedSam;
  readonly #plan: CasePlan;
  readonly #method: ClassMethod;
  readonly #classNames: readonly string[];
  readonly #studies: Studies;
  #trainer: GraphTrainer<"classes"> | undefined;

  constructor(sam: LoadedSam, plan: CasePlan, method: ClassMethod, classNames: readonly string[]) {
    this.#sam = sam;
    this.#plan = plan;
    this.#method = method;
    this.#classNames = classNames;
    this.#studies = new Studies(method.embedder, { ...plan, withEncoder: false });
  }

  get identity(): unknown {
    const { cases: _cases, validation: _validation, ...rest } = this.#plan;
    return [this.#method.recipe, this.#method.summary, this.#classNames, rest];
  }

  get hasValidation(): boolean {
    return this.#plan.validation.length > 0;
  }

  embed(signals: readonly (AbortSignal | undefined)[], onImage: (n: number, total: number) => void): Promise<void> {
    return this.#studies.prepare(signals, onImage);
  }

  async createTrainer(from: TrainerState | undefined): Promise<GraphTrainer<"classes">> {
    const { optimizer, clip } = this.#plan;
    const { weights, forward, partOf } = this.#method;
    const provider = this.#sam.provider as Provider;
    const spec = { partOf, optimizer, clip, checkpoint: false };
    this.#trainer = await GraphTrainer.create(weights, { classes: forward }, spec, provider, from);
    return this.#trainer;
  }

  async episode(number: number, step: TakeStep): Promise<void> {
    const study = await this.#studies.ofEpisode(number);
    const [first, last] = [this.#method.masks === "each" ? 1 : 0, this.#classNames.length];
    const side = this.#sam.lowResSize;
    const drawn = this.#drawn(study, "steps", number);
    await step(study.case.image.source, async (rate) =>
      this.#made.step(
        "classes",
        {
          ...(await this.#inputs(study, drawn)),
          ...drawn.truth,
          [trainingNames.target]: {
            type: "float32",
            dims: [1, last - first, side, side],
            data: oneHot(study.target, first, last),
          },
        },
        rate,
      ),
    );
  }

  async validate(isStopped: () => boolean): Promise<number | null> {
    let sum = 0;
    for (const [n, study] of this.#studies.watched.entries()) {
      if (isStopped()) return null;
      sum += meanClassDice(await this.#labels(study, n), study.case.truth, this.#classNames.length);
    }
    return sum / this.#studies.watched.length;
  }

  async adapter(parameters: Float32Array, steps: string, dice: number | null): Promise<Adapter> {
    const { learningRate, optimizer, augment, seed, dataHash, cases } = this.#plan;
    const { recipe, summary, head, weights, isKept, metadata } = this.#method;
    const sam = this.#sam;
    const trained = this.#made.table.split(parameters);
    const kept = weights
      .names()
      .filter(isKept)
      .map((name) => [name, { dims: weights.dims(name)!, data: weights.data(name)! }] as const);
    return Adapter.create(new Map([...kept, ...trained]), {
      ...adapterOrigin(sam),
      recipe,
      recipeSummary: summary,
      head,
      classNames: JSON.stringify(this.#classNames),
      steps,
      learningRate: String(learningRate),
      optimizer: JSON.stringify(optimizer),
      ...(augment ? { augment: JSON.stringify(augment) } : {}),
      seed: String(seed),
      cases: String(cases.length),
      dataHash,
      trainedImages: trainedImages(cases, sam.trainedImages),
      validationDice: dice === null ? "" : dice.toFixed(4),
      provider: sam.provider,
      ...metadata,
    });
  }

  async release(): Promise<void> {
    await this.#studies.release();
    if (this.#method.embedder !== this.#sam) await this.#method.embedder.dispose();
  }

  get #made(): GraphTrainer<"classes"> {
    if (!this.#trainer) throw new TypeError("createTrainer must be called first");
    return this.#trainer;
  }

  async #labels(study: Study, n: number): Promise<Uint8Array> {
    const drawn = this.#drawn(study, "validation", n);
    const outputs = await this.#made.predict("classes", await this.#inputs(study, drawn));
    const lowResLogits = outputs[graphNames.lowResLogits].data as Float32Array;
    return this.#method.masks === "each"
      ? study.maskLabels(lowResLogits, outputs[graphNames.predictedIou].data as Float32Array)
      : study.labels(lowResLogits, this.#classNames.length);
  }

  /** Alike whenever the same step, or image to watch, comes again. */
  #drawn(study: Study, what: "steps" | "validation", n: number): DrawnInputs {
    const { recipe, inputs } = this.#method;
    if (typeof inputs !== "function") return { inputs, truth: {} };
    return inputs(study, seededRandom(recipe, what, this.#plan.seed, n));
  }

  async #inputs(study: Study, { inputs }: DrawnInputs): Promise<Feeds> {
    return { ...inputs, [graphNames.imageEmbedding]: await study.image() };
  }
}
