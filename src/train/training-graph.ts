import { mul } from "../autodiff/arithmetic.js";
import { gradient } from "../autodiff/gradient.js";
import { appendTo } from "../core/append-to.js";
import type { Weights } from "../models/weights.js";
import { GraphBuilder } from "../onnx/builder.js";
import type { Graph, Value } from "../onnx/graph.js";
import { withoutUnused } from "../onnx/prune.js";
import { buildUpdate, clipByNorm, type Optimizer, stateNames, stepScalars } from "./optimizer.js";
import { type Parameter, ParameterTable } from "./parameters.js";
import type { PartOf, TrainablePart } from "./trainable.js";
import { type UpdateGroup, updateGroups } from "./update-groups.js";

/** Names of a training graph's own inputs and outputs, besides those of the model. */
export const trainingNames = {
  /** [count] float32, all trained parameters */
  parameters: "parameters",
  /** [batch, masks, side, side] float32, 0 or 1 */
  target: "target",
  /** scalar float32, only where candidates are trained: their weight relative to the single mask */
  candidateWeight: "candidate_weight",
  /** scalar */
  loss: "loss",
  /** scalar, before clipping */
  gradientNorm: "gradient_norm",
  /** scalar: 0, or NaN when a parameter after the step is not finite */
  soundness: "soundness",
  /** scalar bool: whether a group of parameters takes part in the step */
  isUsed: "is_used",
  /** Prefix of the state after the step. */
  next: "next_",
} as const;

/** Outputs of a model in a training or validation graph. */
export interface ForwardResult {
  /** By name: the graph's outputs besides loss and state. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** Adds the loss with its inputs to the graph: a scalar. */
  loss(): Value;
}

/** Adds the inputs of a model and the model itself to a graph. */
export type Forward = (b: GraphBuilder, w: Weights) => ForwardResult;

/** How a model is trained, whatever it computes. */
export interface StepSpec {
  /** What is trained of each weight. */
  readonly partOf: PartOf;
  readonly optimizer: Optimizer;
  /** Largest norm of the gradient; `null` does not clip. */
  readonly clip: number | null;
  /** What a step's inputs must have for a weight to take part in it; `null` where it always does. Default: always. */
  readonly needs?: (weight: string) => string | null;
  /**
   * Recompute the intermediates of the encoder's blocks in the backward pass instead of keeping them. Default: when
   * they exceed 1 GB.
   */
  readonly checkpoint?: boolean;
}

/** What is trained of a model: the weights that `partOf` names and the graphs use, in groups of equal steps. */
export function trainedParameters(
  w: Weights,
  forwards: Readonly<Record<string, Forward>>,
  { partOf, needs = () => null }: Pick<StepSpec, "partOf" | "needs">,
): { readonly table: ParameterTable; readonly groups: readonly UpdateGroup[] } {
  const parts = new Map<string, TrainablePart>();
  const usedBy = new Map<string, string[]>();
  for (const [way, forward] of Object.entries(forwards)) {
    const recording = w.withOverride((_b, name, dims) => {
      const part = parts.get(name) ?? partOf(name, dims, w);
      if (!part) return null;
      parts.set(name, part);
      if (usedBy.get(name)?.at(-1) !== way) appendTo(usedBy, name, way);
      return null;
    });
    forward(new GraphBuilder("names"), recording);
  }
  const table = new ParameterTable(parts);
  return { table, groups: updateGroups(table, usedBy, needs) };
}

/**
 * The graph of one training step: forward pass, loss, gradient and the optimizer's update. State goes in and comes out
 * as vectors of all parameters, so the graph itself stays the same for the whole training.
 */
export function trainingGraph(
  w: Weights,
  forward: Forward,
  spec: StepSpec,
  table: ParameterTable,
  groups: readonly UpdateGroup[],
): Graph {
  const { optimizer } = spec;
  const b = new GraphBuilder("training_step");
  const { all, values, weights } = trainable(b, w, table);
  const answer = forward(b, weights);
  const loss = answer.loss();

  const used = [...values.keys()];
  const gradients = new Map<Parameter, Value>();
  gradient(b, loss, [...values.values()], { recompute: spec.checkpoint ?? "auto" }).forEach((value, n) => {
    if (value) gradients.set(used[n], value);
  });
  const { norm, factor } = clipByNorm(b, [...gradients.values()], spec.clip);

  const vectors = [all, ...stateNames(optimizer).map((name) => b.input(name, "float32", [table.count]))];
  const scalarNames = Object.keys(stepScalars(optimizer, 1, 1));
  const updates = groups.flatMap(({ ending, needs, parameters }): GroupUpdate[] => {
    const reached = parameters.filter((parameter) => gradients.has(parameter));
    if (reached.length === 0) return [];
    const flat = reached.map((parameter) => b.reshape(gradients.get(parameter)!, [sizeOf(parameter)]));
    const joined = b.op("Concat", flat, { axis: 0 });
    const before = vectors.map((vector) => pick(b, vector, reached, table));
    const scalars = Object.fromEntries(scalarNames.map((name) => [name, b.input(name + ending, "float32", [])]));
    const slope = factor ? mul(b, joined, factor) : joined;
    const update = buildUpdate(b, optimizer, before[0], slope, before.slice(1), scalars);
    const after = [update.parameters, ...update.state];
    if (needs === null) return [{ reached, after }];
    const isUsed = b.input(trainingNames.isUsed + ending, "bool", []);
    return [{ reached, after: after.map((value, n) => b.op("Where", [isUsed, value, before[n]])) }];
  });
  [trainingNames.parameters, ...stateNames(optimizer)].forEach((name, n) => {
    const after = updates.map((update) => ({ reached: update.reached, value: update.after[n] }));
    b.output(trainingNames.next + name, putBack(b, vectors[n], after, table));
  });
  b.output(trainingNames.loss, loss);
  b.output(trainingNames.gradientNorm, norm);
  // Of each group: 0, or NaN where a parameter is not finite.
  const soundness = updates.map(({ after }) => b.reduceSum(mul(b, after[0], 0), [0]));
  b.output(trainingNames.soundness, b.reshape(b.reduceSum(b.op("Concat", soundness, { axis: 0 }), [0]), []));
  outputAll(b, answer);
  return withoutUnused(b.build());
}

/** Parameters that a step changes, with the values of parameters and state after it, each as one vector. */
interface GroupUpdate {
  readonly reached: readonly Parameter[];
  readonly after: readonly Value[];
}

/** The same model without loss and gradient, for validation with the parameters as they are. */
export function validationGraph(w: Weights, forward: Forward, table: ParameterTable): Graph {
  const b = new GraphBuilder("validation");
  outputAll(b, forward(b, trainable(b, w, table).weights));
  return b.build();
}

function outputAll(b: GraphBuilder, { outputs }: ForwardResult): void {
  for (const [name, value] of Object.entries(outputs)) b.output(name, value);
}

/** Weights whose trained tensors are read from an input, with a cache of their values in the graph. */
function trainable(b: GraphBuilder, w: Weights, table: ParameterTable) {
  const all = b.input(trainingNames.parameters, "float32", [table.count]);
  const values = new Map<Parameter, Value>();
  const weights = w.withOverride((builder, name, _dims, stored) => {
    const part = table.parts.get(name);
    if (!part) return null;
    const trained = table.ofWeight(name).map((parameter) => {
      const value = table.valueOf(builder, all, parameter);
      values.set(parameter, value);
      return value;
    });
    return part.value(builder, stored, trained);
  });
  return { all, values, weights };
}

/** The parts of a vector that belong to the given parameters, concatenated. Usually the whole vector. */
function pick(b: GraphBuilder, vector: Value, parameters: readonly Parameter[], table: ParameterTable): Value {
  if (parameters.length === table.parameters.length) return vector;
  return b.op(
    "Concat",
    parameters.map(({ start, end }) => b.slice(vector, 0, start, end)),
    { axis: 0 },
  );
}

/**
 * The inverse of {@link pick}, of several: other parameters keep their values, as in PyTorch those without a gradient.
 */
function putBack(
  b: GraphBuilder,
  before: Value,
  updated: readonly { readonly reached: readonly Parameter[]; readonly value: Value }[],
  table: ParameterTable,
): Value {
  const places = new Map<Parameter, { readonly value: Value; readonly start: number }>();
  for (const { reached, value } of updated) {
    if (reached.length === table.parameters.length) return value;
    let start = 0;
    for (const parameter of reached) {
      places.set(parameter, { value, start });
      start += sizeOf(parameter);
    }
  }
  const pieces = table.parameters.map((parameter) => {
    const { value, start } = places.get(parameter) ?? { value: before, start: parameter.start };
    return b.slice(value, 0, start, start + sizeOf(parameter));
  });
  return b.op("Concat", pieces, { axis: 0 });
}

function sizeOf({ start, end }: Parameter): number {
  return end - start;
}
