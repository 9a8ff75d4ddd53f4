import { mul } from "../autodiff/arithmetic.js";
import { gradient } from "../autodiff/gradient.js";
import type { Weights } from "../models/weights.js";
import { GraphBuilder } from "../onnx/builder.js";
import type { Graph, Value } from "../onnx/graph.js";
import { withoutUnused } from "../onnx/prune.js";
import { buildUpdate, clipByNorm, type Optimizer, stateNames, stepScalars } from "./optimizer.js";
import { type Parameter, ParameterTable } from "./parameters.js";
import type { PartOf, TrainablePart } from "./trainable.js";

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
  /**
   * Recompute the intermediates of the encoder's blocks in the backward pass instead of keeping them. Default: when
   * they exceed 1 GB.
   */
  readonly checkpoint?: boolean;
}

/** The trained tensors of a model: those that `partOf` names and the graphs use. */
export function trainedParameters(w: Weights, forwards: readonly Forward[], partOf: PartOf): ParameterTable {
  const parts = new Map<string, TrainablePart>();
  const recording = w.withOverride((_b, name, dims) => {
    const part = parts.has(name) ? null : partOf(name, dims, w);
    if (part) parts.set(name, part);
    return null;
  });
  for (const forward of forwards) forward(new GraphBuilder("names"), recording);
  return new ParameterTable(parts);
}

/**
 * The graph of one training step: forward pass, loss, gradient and the optimizer's update. State goes in and comes out
 * as vectors of all parameters, so the graph itself stays the same for the whole training.
 */
export function trainingGraph(w: Weights, forward: Forward, spec: StepSpec, table: ParameterTable): Graph {
  const { optimizer } = spec;
  const b = new GraphBuilder("training_step");
  const { all, values, weights } = trainable(b, w, table);
  const answer = forward(b, weights);
  const loss = answer.loss();

  const used = [...values.keys()];
  const gradients = gradient(b, loss, [...values.values()], { recompute: spec.checkpoint ?? "auto" });
  const reached = used.filter((_, n) => gradients[n] !== null);
  const flat = gradients.flatMap((value) => (value ? [b.reshape(value, [sizeOf(value)])] : []));
  const { gradient: clipped, norm } = clipByNorm(b, b.op("Concat", flat, { axis: 0 }), spec.clip);

  const state = stateNames(optimizer).map((name) => b.input(name, "float32", [table.count]));
  const scalars = Object.fromEntries(
    Object.keys(stepScalars(optimizer, 1, 1)).map((name) => [name, b.input(name, "float32", [])]),
  );
  const own = (vector: Value) => pick(b, vector, reached, table);
  const update = buildUpdate(b, optimizer, own(all), clipped, state.map(own), scalars);
  const next = [update.parameters, ...update.state];
  [trainingNames.parameters, ...stateNames(optimizer)].forEach((name, n) => {
    b.output(trainingNames.next + name, putBack(b, [all, ...state][n], next[n], reached, table));
  });
  b.output(trainingNames.loss, loss);
  b.output(trainingNames.gradientNorm, norm);
  b.output(trainingNames.soundness, b.reshape(b.reduceSum(mul(b, update.parameters, 0), [0]), []));
  outputAll(b, answer);
  return withoutUnused(b.build());
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
  if (parameters.length === table.parameters.length && isInOrder(parameters)) return vector;
  return b.op(
    "Concat",
    parameters.map(({ start, end }) => b.slice(vector, 0, start, end)),
    { axis: 0 },
  );
}

/** The inverse of {@link pick}: other parameters keep their values, as in PyTorch for those without a gradient. */
function putBack(
  b: GraphBuilder,
  before: Value,
  updated: Value,
  parameters: readonly Parameter[],
  table: ParameterTable,
): Value {
  if (parameters.length === table.parameters.length && isInOrder(parameters)) return updated;
  const places = new Map<Parameter, number>();
  let at = 0;
  for (const parameter of parameters) {
    places.set(parameter, at);
    at += parameter.end - parameter.start;
  }
  const pieces = table.parameters.map((parameter) => {
    const place = places.get(parameter);
    const { start, end } = parameter;
    return place === undefined ? b.slice(before, 0, start, end) : b.slice(updated, 0, place, place + end - start);
  });
  return b.op("Concat", pieces, { axis: 0 });
}

function isInOrder(parameters: readonly Parameter[]): boolean {
  return parameters.every(({ start }, n) => n === 0 || start === parameters[n - 1].end);
}

function sizeOf(value: Value): number {
  return (value.dims as number[]).reduce((product, dim) => product * dim, 1);
}
