import { isSamlabError, SamlabError } from "../core/errors.js";
import type { Weights } from "../models/weights.js";
import { serializeModel } from "../onnx/serialize.js";
import type { Provider } from "../runtime/provider.js";
import { dropTensor, holdTensor, readTensor, Session } from "../runtime/session.js";
import type { Feeds, HeldReference, RunTensor } from "../runtime/tensor.js";
import { stateNames, stepScalars } from "./optimizer.js";
import type { ParameterTable } from "./parameters.js";
import {
  type Forward,
  type StepSpec,
  trainedParameters,
  trainingGraph,
  trainingNames,
  validationGraph,
} from "./training-graph.js";
import type { UpdateGroup } from "./update-groups.js";

/** The full state of a training run, from which it can be resumed. */
export interface TrainerState {
  readonly step: number;
  /** Steps in which each trained tensor took part, in the order of the table. */
  readonly updates: readonly number[];
  readonly parameters: Float32Array;
  /** In the order of the optimizer's state names. */
  readonly state: readonly Float32Array[];
}

export interface GraphStep {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly milliseconds: number;
  /** As the forward pass names them. */
  readonly outputs: Readonly<Record<string, RunTensor>>;
}

/**
 * Runs training steps on ONNX Runtime for any graphs. The parameters and the optimizer's state stay on the inference
 * thread between steps.
 */
export class GraphTrainer<K extends string> {
  readonly table: ParameterTable;
  readonly #weights: Weights;
  readonly #forwards: Readonly<Record<K, Forward>>;
  readonly #spec: StepSpec;
  readonly #provider: Provider;
  readonly #sessions = new Map<string, Promise<CompiledWay>>();
  readonly #vectors: ReadonlyMap<string, HeldReference>;
  readonly #groups: readonly UpdateGroup[];
  /** Steps in which each group took part. */
  readonly #updates = new Map<UpdateGroup, number>();
  #step = 0;

  private constructor(
    w: Weights,
    forwards: Readonly<Record<K, Forward>>,
    spec: StepSpec,
    { table, groups }: ReturnType<typeof trainedParameters>,
    provider: Provider,
    vectors: ReadonlyMap<string, HeldReference>,
  ) {
    this.#weights = w;
    this.#forwards = forwards;
    this.#spec = spec;
    this.table = table;
    this.#groups = groups;
    this.#provider = provider;
    this.#vectors = vectors;
  }

  /** @param forwards ways through the model; all have the same parameters */
  static async create<K extends string>(
    w: Weights,
    forwards: Readonly<Record<K, Forward>>,
    spec: StepSpec,
    provider: Provider,
    from?: TrainerState,
  ): Promise<GraphTrainer<K>> {
    const trained = trainedParameters(w, forwards, spec);
    const { table } = trained;
    const vectors = new Map<string, HeldReference>();
    const start = from?.parameters ?? table.initial();
    vectors.set(trainingNames.parameters, await holdTensor(vector(start)));
    for (const [n, name] of stateNames(spec.optimizer).entries()) {
      vectors.set(name, await holdTensor(vector(from?.state[n] ?? new Float32Array(table.count))));
    }
    const trainer = new GraphTrainer(w, forwards, spec, trained, provider, vectors);
    trainer.#step = from?.step ?? 0;
    for (const group of trained.groups) {
      trainer.#updates.set(group, from?.updates[table.parameters.indexOf(group.parameters[0])] ?? 0);
    }
    return trainer;
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#step;
  }

  /**
   * Forward, backward, update. Parameters are not changed if the loss, the gradient, or what would become of them is
   * not finite.
   * @param inputs the model's, and those of its loss
   * @param has what the inputs have of what weights need (see {@link StepSpec.needs})
   * @throws {SamlabError} `training-diverged`, `run-failed`
   */
  async step(way: K, inputs: Feeds, learningRate: number, has: readonly string[] = []): Promise<GraphStep> {
    const { session, groups } = await this.#session("train", way);
    const used = groups.filter(({ needs }) => needs === null || has.includes(needs));
    const feeds: Feeds = {
      ...inputs,
      ...Object.fromEntries(this.#vectors),
      ...Object.fromEntries(groups.flatMap((group) => this.#feedsOf(group, used.includes(group), learningRate))),
    };
    const replaced = [...this.#vectors].map(([name, held]) => [trainingNames.next + name, held] as const);
    const onlyIfFinite = [trainingNames.loss, trainingNames.gradientNorm, trainingNames.soundness];
    const keep = { outputs: Object.fromEntries(replaced), onlyIfFinite };
    const { outputs, milliseconds } = await session.run(feeds, keep);
    const loss = outputs[trainingNames.loss].data[0] as number;
    const gradientNorm = outputs[trainingNames.gradientNorm].data[0] as number;
    if (onlyIfFinite.some((name) => !Number.isFinite(outputs[name].data[0]))) {
      const { clip } = this.#spec;
      const isClipped = clip !== null && clip <= 1;
      const isSound = Number.isFinite(outputs[trainingNames.soundness].data[0]);
      throw new SamlabError(
        "training-diverged",
        `Step ${this.#step + 1} gave the loss ${loss} and a gradient of norm ${gradientNorm}${isSound ? "" : ", and weights that are not finite"}.`,
        { value: loss, remedy: `Lower learningRate${isClipped ? "" : ", or set clip (such as 1)"}.` },
      );
    }
    this.#step++;
    for (const group of used) this.#updates.set(group, this.#updates.get(group)! + 1);
    return { loss, gradientNorm, milliseconds, outputs };
  }

  /** The answers of the current model. */
  async predict(way: K, inputs: Feeds): Promise<Readonly<Record<string, RunTensor>>> {
    const { session } = await this.#session("validate", way);
    const name = trainingNames.parameters;
    return (await session.run({ ...inputs, [name]: this.#vectors.get(name) as HeldReference })).outputs;
  }

  /** A copy of the training state. */
  async state(): Promise<TrainerState> {
    const [parameters, ...state] = await Promise.all(
      [...this.#vectors.values()].map(async (held) => (await readTensor(held)).data as Float32Array),
    );
    const updates = this.table.parameters.map((parameter) => {
      const group = this.#groups.find(({ parameters: own }) => own.includes(parameter));
      return this.#updates.get(group!)!;
    });
    return { step: this.#step, updates, parameters, state };
  }

  async dispose(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map(async (compiled) => (await compiled).session.release()));
    await Promise.all([...this.#vectors.values()].map((held) => dropTensor(held).catch(ignoreDropped)));
  }

  #feedsOf(group: UpdateGroup, isUsed: boolean, learningRate: number): [name: string, value: RunTensor][] {
    const { ending, needs } = group;
    const scalars = stepScalars(this.#spec.optimizer, this.#updates.get(group)! + 1, learningRate);
    const values = Object.entries(scalars).map(([name, value]): [string, RunTensor] => [name + ending, scalar(value)]);
    if (needs !== null) {
      values.push([trainingNames.isUsed + ending, { type: "bool", dims: [], data: Uint8Array.of(isUsed ? 1 : 0) }]);
    }
    return values;
  }

  /** Graphs are compiled on first use: a recipe without mask prompts never needs the other one. */
  #session(kind: "train" | "validate", way: K): Promise<CompiledWay> {
    const key = `${kind} ${way}`;
    const known = this.#sessions.get(key);
    if (known) return known;
    const made = this.#compiled(kind, this.#forwards[way]);
    this.#sessions.set(key, made);
    return made;
  }

  async #compiled(kind: "train" | "validate", forward: Forward): Promise<CompiledWay> {
    const graph =
      kind === "train"
        ? trainingGraph(this.#weights, forward, this.#spec, this.table, this.#groups)
        : validationGraph(this.#weights, forward, this.table);
    const names = new Set(graph.inputs.map(({ name }) => name));
    const groups = this.#groups.filter(({ ending }) => names.has(`step_size${ending}`));
    const bytes = serializeModel(graph).model;
    return { session: await Session.create({ bytes }, this.#provider, { planMemory: false }), groups };
  }
}

interface CompiledWay {
  readonly session: Session;
  /** The groups that it updates. */
  readonly groups: readonly UpdateGroup[];
}

function vector(data: Float32Array): RunTensor {
  return { type: "float32", dims: [data.length], data };
}

export function scalar(value: number): RunTensor {
  return { type: "float32", dims: [], data: Float32Array.of(value) };
}

/** The inference thread may already have ended and freed everything it held. */
function ignoreDropped(error: unknown): void {
  if (!isSamlabError(error, "run-failed")) throw error;
}
