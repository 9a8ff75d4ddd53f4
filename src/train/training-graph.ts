import { gradient } from "../autodiff/gradient.js";
import type { Architecture } from "../models/architecture.js";
import { decodePrompts, encodeImage, graphNames } from "../models/compile.js";
import type { DecodedMasks } from "../models/mask-decoder.js";
import type { Weights } from "../models/weights.js";
import { GraphBuilder } from "../onnx/builder.js";
import type { Graph, Value } from "../onnx/graph.js";
import { withoutUnused } from "../onnx/prune.js";
import { buildCandidateLoss } from "./candidate-loss.js";
import { buildLoss, type LossWeights } from "./losses.js";
import { buildUpdate, clipByNorm, type Optimiser, stateNames, stepScalars } from "./optimiser.js";
import { type Parameter, ParameterTable } from "./parameters.js";
import type { PartOf, TrainablePart } from "./trainable.js";

/** Names of a training graph's own inputs and outputs, beside {@link graphNames}. */
export const trainingNames = {
  /** [count] float32, all trained parameters */
  parameters: "parameters",
  /** [batch, 1, 4·embedSize, 4·embedSize] float32, 0 or 1 */
  target: "target",
  /** scalar float32, only where candidates are trained: their weight relative to the single mask */
  candidateWeight: "candidate_weight",
  /** scalar */
  loss: "loss",
  /** scalar, before clipping */
  gradientNorm: "gradient_norm",
  /** Prefix of the state after the step. */
  next: "next_",
} as const;

export interface TrainingSpec {
  readonly architecture: Architecture;
  /** What is trained of each weight. */
  readonly partOf: PartOf;
  /** Take the image and run the encoder in each step; otherwise take its embedding. */
  readonly withEncoder: boolean;
  /** Prompts in a step, all on one image. */
  readonly batch: number;
  readonly loss: LossWeights;
  /** Train the candidate masks too, for prompts that may mean several objects. Default false: the single mask alone. */
  readonly candidates?: boolean;
  readonly optimiser: Optimiser;
  /** Largest norm of the gradient; `null` does not clip. */
  readonly clip: number | null;
  /**
   * Recompute the intermediates of the encoder's blocks in the backward pass instead of keeping them. Default: when
   * they exceed 1 GB.
   */
  readonly checkpoint?: boolean;
}

/** The trained tensors of a model: those the recipe names and the graphs use. */
export function trainedParameters(w: Weights, spec: TrainingSpec): ParameterTable {
  const parts = new Map<string, TrainablePart>();
  const recording = w.withOverride((_b, name, dims) => {
    const part = parts.has(name) ? null : spec.partOf(name, dims, w);
    if (part) parts.set(name, part);
    return null;
  });
  for (const withMask of [false, true]) forward(new GraphBuilder("names"), recording, spec, withMask);
  return new ParameterTable(parts);
}

/**
 * The graph of one training step: forward pass, loss, gradient and the optimizer's update. State goes in and comes out
 * as vectors of all parameters, so the graph itself stays the same for the whole training.
 * @param withMask for prompts with a mask of an earlier round; otherwise there is no such input
 */
export function trainingGraph(w: Weights, spec: TrainingSpec, table: ParameterTable, withMask: boolean): Graph {
  const { optimiser } = spec;
  const b = new GraphBuilder("training_step");
  const { all, values, weights } = trainable(b, w, table);
  const masks = forward(b, weights, spec, withMask);
  const { lowResLogits: logits, predictedIou } = spec.candidates ? masks : firstMask(b, masks);
  const target = b.input(trainingNames.target, "float32", [spec.batch, 1, ...logits.dims.slice(2)]);
  const inputs = { logits, target, predictedIou };
  const loss = spec.candidates
    ? buildCandidateLoss(b, inputs, spec.loss, b.input(trainingNames.candidateWeight, "float32", []))
    : buildLoss(b, inputs, spec.loss);

  const used = [...values.keys()];
  const gradients = gradient(b, loss, [...values.values()], { recompute: spec.checkpoint ?? "auto" });
  const reached = used.filter((_, n) => gradients[n] !== null);
  const flat = gradients.flatMap((value) => (value ? [b.reshape(value, [sizeOf(value)])] : []));
  const { gradient: clipped, norm } = clipByNorm(b, b.op("Concat", flat, { axis: 0 }), spec.clip);

  const state = stateNames(optimiser).map((name) => b.input(name, "float32", [table.count]));
  const scalars = Object.fromEntries(
    Object.keys(stepScalars(optimiser, 1, 1)).map((name) => [name, b.input(name, "float32", [])]),
  );
  const own = (vector: Value) => pick(b, vector, reached, table);
  const update = buildUpdate(b, optimiser, own(all), clipped, state.map(own), scalars);
  const next = [update.parameters, ...update.state];
  [trainingNames.parameters, ...stateNames(optimiser)].forEach((name, n) => {
    b.output(trainingNames.next + name, putBack(b, [all, ...state][n], next[n], reached, table));
  });
  b.output(trainingNames.loss, loss);
  b.output(trainingNames.gradientNorm, norm);
  outputFirstMask(b, masks);
  return withoutUnused(b.build());
}

/** The same model without loss and gradient, for validation with the parameters as they are. */
export function validationGraph(w: Weights, spec: TrainingSpec, table: ParameterTable, withMask: boolean): Graph {
  const b = new GraphBuilder("validation");
  const { weights } = trainable(b, w, table);
  outputFirstMask(b, forward(b, weights, spec, withMask));
  return b.build();
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

/** All masks of the model, the single one first: [batch, masks, side, side] logits and [batch, masks] predicted IoU. */
function forward(b: GraphBuilder, w: Weights, spec: TrainingSpec, withMask: boolean): DecodedMasks {
  const { architecture, batch, withEncoder } = spec;
  const { imageSize, embedSize, width } = architecture;
  const side = 4 * embedSize;
  const image = withEncoder
    ? encodeImage(
        b,
        w.scope("image_encoder"),
        b.input(graphNames.image, "float32", [1, 3, imageSize, imageSize]),
        architecture,
      )
    : b.input(graphNames.imageEmbedding, "float32", [1, width, embedSize, embedSize]);
  return decodePrompts(b, w, architecture, {
    image,
    coords: b.input(graphNames.pointCoords, "float32", [batch, "points", 2]),
    labels: b.input(graphNames.pointLabels, "int32", [batch, "points"]),
    mask: withMask ? b.input(graphNames.maskInput, "float32", [batch, 1, side, side]) : null,
    hasMask: null,
  });
}

function firstMask(b: GraphBuilder, { lowResLogits, predictedIou }: DecodedMasks): DecodedMasks {
  return { lowResLogits: b.slice(lowResLogits, 1, 0, 1), predictedIou: b.slice(predictedIou, 1, 0, 1) };
}

function outputFirstMask(b: GraphBuilder, masks: DecodedMasks): void {
  const { lowResLogits, predictedIou } = firstMask(b, masks);
  b.output(graphNames.lowResLogits, lowResLogits);
  b.output(graphNames.predictedIou, predictedIou);
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
