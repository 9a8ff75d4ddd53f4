import { isSamlabError, SamlabError } from "../core/errors.js";
import { graphNames } from "../models/compile.js";
import type { Weights } from "../models/weights.js";
import { serializeModel } from "../onnx/serialize.js";
import type { Provider } from "../runtime/provider.js";
import { dropTensor, holdTensor, readTensor, Session } from "../runtime/session.js";
import type { Feed, Feeds, HeldReference, RunTensor } from "../runtime/tensor.js";
import { stateNames, stepScalars } from "./optimiser.js";
import type { ParameterTable } from "./parameters.js";
import {
  type TrainingSpec,
  trainedParameters,
  trainingGraph,
  trainingNames,
  validationGraph,
} from "./training-graph.js";

/** Inputs of one step: an image (or its embedding), prompts on it, and the true masks. */
export interface TrainingExample {
  /** [1, 3, imageSize, imageSize] when the encoder is trained, else [1, width, embedSize, embedSize]. */
  readonly image: Feed;
  /** x, y pairs in the model's frame: [batch, tokens, 2] */
  readonly coords: Float32Array;
  /** [batch, tokens] */
  readonly labels: Int32Array;
  /** Low-resolution logits of the previous round, [batch, side²]; `null` in the first round. */
  readonly mask: Float32Array | null;
}

export interface TrainingTarget {
  /** [batch, side²], 0 or 1, in the low-resolution frame */
  readonly target: Float32Array;
  /** Weight of the candidates relative to the single mask, if they are trained. Default 0. */
  readonly candidateWeight?: number;
}

export interface Decoded {
  /** [batch, side²] */
  readonly lowResLogits: Float32Array;
  /** [batch] */
  readonly predictedIou: Float32Array;
}

export interface StepResult extends Decoded {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly milliseconds: number;
}

/** The full state of a training run, from which it can be resumed. */
export interface TrainerState {
  readonly step: number;
  readonly parameters: Float32Array;
  /** In the order of the optimizer's state names. */
  readonly state: readonly Float32Array[];
}

type GraphKind = "train" | "validate";

/**
 * Runs training steps on ONNX Runtime. The parameters and the optimizer's state stay on the inference thread from step
 * to step.
 */
export class Trainer {
  readonly table: ParameterTable;
  readonly spec: TrainingSpec;
  readonly #weights: Weights;
  readonly #provider: Provider;
  readonly #sessions = new Map<string, Promise<Session>>();
  readonly #vectors: ReadonlyMap<string, HeldReference>;
  #step = 0;

  private constructor(
    w: Weights,
    spec: TrainingSpec,
    table: ParameterTable,
    provider: Provider,
    vectors: ReadonlyMap<string, HeldReference>,
  ) {
    this.#weights = w;
    this.spec = spec;
    this.table = table;
    this.#provider = provider;
    this.#vectors = vectors;
  }

  static async create(w: Weights, spec: TrainingSpec, provider: Provider, from?: TrainerState): Promise<Trainer> {
    const table = trainedParameters(w, spec);
    const vectors = new Map<string, HeldReference>();
    const names = stateNames(spec.optimiser);
    const start = from?.parameters ?? table.initial();
    vectors.set(trainingNames.parameters, await holdTensor(vector(start)));
    for (const [n, name] of names.entries()) {
      vectors.set(name, await holdTensor(vector(from?.state[n] ?? new Float32Array(table.count))));
    }
    const trainer = new Trainer(w, spec, table, provider, vectors);
    trainer.#step = from?.step ?? 0;
    return trainer;
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#step;
  }

  /**
   * Forward, backward, update. Parameters are not changed if the loss or the gradient is not finite.
   * @throws {SamlabError} `training-diverged`, `run-failed`
   */
  async step(example: TrainingExample & TrainingTarget, learningRate: number): Promise<StepResult> {
    const session = await this.#session("train", example.mask !== null);
    const { batch, optimiser, candidates } = this.spec;
    const side = this.#side;
    const scalars = Object.entries(stepScalars(optimiser, this.#step + 1, learningRate));
    const feeds: Feeds = {
      ...this.#feeds(example),
      ...Object.fromEntries(this.#vectors),
      ...Object.fromEntries(scalars.map(([name, value]) => [name, scalar(value)])),
      [trainingNames.target]: { type: "float32", dims: [batch, 1, side, side], data: example.target },
      ...(candidates ? { [trainingNames.candidateWeight]: scalar(example.candidateWeight ?? 0) } : {}),
    };
    const replaced = [...this.#vectors].map(([name, held]) => [trainingNames.next + name, held] as const);
    const keep = { outputs: Object.fromEntries(replaced), onlyIfFinite: trainingNames.gradientNorm };
    const { outputs, milliseconds } = await session.run(feeds, keep);
    const loss = outputs[trainingNames.loss].data[0] as number;
    const gradientNorm = outputs[trainingNames.gradientNorm].data[0] as number;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw new SamlabError(
        "training-diverged",
        `Step ${this.#step + 1} gave the loss ${loss} and a gradient of norm ${gradientNorm}.`,
        { value: loss, remedy: "Lower learningRate, or set clip (such as 1). The last good weights are kept." },
      );
    }
    this.#step++;
    return { loss, gradientNorm, milliseconds, ...decoded(outputs) };
  }

  /** The masks of the current model. */
  async predict(example: TrainingExample): Promise<Decoded> {
    const session = await this.#session("validate", example.mask !== null);
    const name = trainingNames.parameters;
    const feeds = { ...this.#feeds(example), [name]: this.#vectors.get(name) as HeldReference };
    return decoded((await session.run(feeds)).outputs);
  }

  /** A copy of the training state. */
  async state(): Promise<TrainerState> {
    const [parameters, ...state] = await Promise.all(
      [...this.#vectors.values()].map(async (held) => (await readTensor(held)).data as Float32Array),
    );
    return { step: this.#step, parameters, state };
  }

  async dispose(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map(async (session) => (await session).release()));
    await Promise.all([...this.#vectors.values()].map((held) => dropTensor(held).catch(ignoreDropped)));
  }

  get #side(): number {
    return 4 * this.spec.architecture.embedSize;
  }

  #feeds({ image, coords, labels, mask }: TrainingExample): Feeds {
    const { batch, withEncoder } = this.spec;
    const side = this.#side;
    const tokens = labels.length / batch;
    return {
      [withEncoder ? graphNames.image : graphNames.imageEmbedding]: image,
      [graphNames.pointCoords]: { type: "float32", dims: [batch, tokens, 2], data: coords },
      [graphNames.pointLabels]: { type: "int32", dims: [batch, tokens], data: labels },
      ...(mask ? { [graphNames.maskInput]: { type: "float32", dims: [batch, 1, side, side], data: mask } } : {}),
    };
  }

  /** Graphs are compiled on first use: a recipe without mask prompts never needs the other one. */
  #session(kind: GraphKind, withMask: boolean): Promise<Session> {
    const key = `${kind} ${withMask}`;
    const known = this.#sessions.get(key);
    if (known) return known;
    const build = kind === "train" ? trainingGraph : validationGraph;
    const graph = build(this.#weights, this.spec, this.table, withMask);
    const session = Session.create({ bytes: serializeModel(graph).model }, this.#provider, { planMemory: false });
    this.#sessions.set(key, session);
    return session;
  }
}

function vector(data: Float32Array): RunTensor {
  return { type: "float32", dims: [data.length], data };
}

function scalar(value: number): RunTensor {
  return { type: "float32", dims: [], data: Float32Array.of(value) };
}

function decoded(outputs: Readonly<Record<string, RunTensor>>): Decoded {
  return {
    lowResLogits: outputs[graphNames.lowResLogits].data as Float32Array,
    predictedIou: outputs[graphNames.predictedIou].data as Float32Array,
  };
}

/** The inference thread may already have ended and freed everything it held. */
function ignoreDropped(error: unknown): void {
  if (!isSamlabError(error, "run-failed")) throw error;
}
