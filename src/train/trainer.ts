import { decoderMask } from "../models/architecture.js";
import { graphNames } from "../models/compile.js";
import type { Weights } from "../models/weights.js";
import type { Provider } from "../runtime/provider.js";
import type { Feed, Feeds, RunTensor } from "../runtime/tensor.js";
import { GraphTrainer, scalar, type TrainerState } from "./graph-trainer.js";
import type { ParameterTable } from "./parameters.js";
import { promptForward, type TrainingSpec } from "./prompt-forward.js";
import { trainingNames } from "./training-graph.js";

/** Inputs of one step: an image (or its embedding), prompts on it, and the true masks. */
export interface TrainingExample {
  /** [1, 3, inputSize, inputSize] when the encoder is trained, else in the shape of `embeddingDims`. */
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

export interface TrainStep extends Decoded {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly milliseconds: number;
}

/** Prompts have a mask of an earlier round, or not. */
type Way = "plain" | "masked";

/** Trains a model on prompts. */
export class Trainer {
  readonly spec: TrainingSpec;
  readonly #trainer: GraphTrainer<Way>;

  private constructor(spec: TrainingSpec, trainer: GraphTrainer<Way>) {
    this.spec = spec;
    this.#trainer = trainer;
  }

  static async create(w: Weights, spec: TrainingSpec, provider: Provider, from?: TrainerState): Promise<Trainer> {
    const forwards = { plain: promptForward(spec, false), masked: promptForward(spec, true) };
    return new Trainer(spec, await GraphTrainer.create(w, forwards, { needs: neededPrompts, ...spec }, provider, from));
  }

  get table(): ParameterTable {
    return this.#trainer.table;
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#trainer.steps;
  }

  /**
   * Forward, backward, update. Parameters are not changed if the loss, the gradient, or what would become of them is
   * not finite.
   * @throws {SamlabError} `training-diverged`, `run-failed`
   */
  async step(example: TrainingExample & TrainingTarget, learningRate: number): Promise<TrainStep> {
    const { batch, candidates } = this.spec;
    const side = this.#side;
    const inputs: Feeds = {
      ...this.#feeds(example),
      [trainingNames.target]: { type: "float32", dims: [batch, 1, side, side], data: example.target },
      ...(candidates ? { [trainingNames.candidateWeight]: scalar(example.candidateWeight ?? 0) } : {}),
    };
    const { outputs, ...measured } = await this.#trainer.step(wayOf(example), inputs, learningRate, promptsIn(example));
    return { ...measured, ...decoded(outputs) };
  }

  /** The masks of the current model. */
  async predict(example: TrainingExample): Promise<Decoded> {
    return decoded(await this.#trainer.predict(wayOf(example), this.#feeds(example)));
  }

  /** A copy of the training state. */
  state(): Promise<TrainerState> {
    return this.#trainer.state();
  }

  dispose(): Promise<void> {
    return this.#trainer.dispose();
  }

  get #side(): number {
    return 4 * this.spec.architecture.embedSize;
  }

  #feeds({ image, coords, labels, mask }: TrainingExample): Feeds {
    const { architecture, batch, withEncoder } = this.spec;
    const side = this.#side;
    const tokens = labels.length / batch;
    const maskTensor = (data: Float32Array) => ({ type: "float32", dims: [batch, 1, side, side], data }) as const;
    return {
      [withEncoder ? graphNames.image : graphNames.imageEmbedding]: image,
      [graphNames.pointCoords]: { type: "float32", dims: [batch, tokens, 2], data: coords },
      [graphNames.pointLabels]: { type: "int32", dims: [batch, tokens], data: labels },
      ...(mask ? { [graphNames.maskInput]: maskTensor(decoderMask(mask, architecture)) } : {}),
    };
  }
}

/** Kinds of prompts that have embeddings of their own. */
type PromptKind = "points" | "boxes";

const kindsOf: Readonly<Record<string, PromptKind>> = {
  "prompt_encoder.not_a_point_embed.weight": "points",
  "prompt_encoder.point_embeddings.0.weight": "points",
  "prompt_encoder.point_embeddings.1.weight": "points",
  "prompt_encoder.point_embeddings.2.weight": "boxes",
  "prompt_encoder.point_embeddings.3.weight": "boxes",
};

/** segment-anything's `PromptEncoder` embeds points and boxes each on its own, and only where there are some. */
const neededPrompts = (weight: string): PromptKind | null => kindsOf[weight] ?? null;

function promptsIn({ labels }: TrainingExample): PromptKind[] {
  const isCorner = (label: number) => label >= 2;
  return [
    ...(labels.some((label) => !isCorner(label)) ? (["points"] as const) : []),
    ...(labels.some(isCorner) ? (["boxes"] as const) : []),
  ];
}

const wayOf = ({ mask }: TrainingExample): Way => (mask ? "masked" : "plain");

function decoded(outputs: Readonly<Record<string, RunTensor>>): Decoded {
  return {
    lowResLogits: outputs[graphNames.lowResLogits].data as Float32Array,
    predictedIou: outputs[graphNames.predictedIou].data as Float32Array,
  };
}
