import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { affine } from "./layers.js";
import { type DecodedMasks, decodeTokens, outputTokens } from "./mask-decoder.js";
import { densePositions, type PromptSizes } from "./prompt-encoder.js";
import type { Loaded, LoadedTensors, Weights } from "./weights.js";

/** Names of the tensors that SAM does not have. */
const prototypes = "prototypes.class_embeddings.weight";
const own = "prototype_prompt_encoder";

/** The only tensor of SAM's prompt encoder that is read. */
const positions = "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix";

/** Whether the decoder is prompted by SurgicalSAM's prototypes. */
export function isSurgicalSam(w: { has(name: string): boolean }): boolean {
  return w.has(prototypes);
}

/** Whether a tensor of SAM is part of the model; the others are replaced, or read prompts. */
export const isSurgicalSamBase = (name: string) => name.startsWith("image_encoder.") || name === positions;

/** A published file, which has neither image encoder nor positions, with those of its base. */
export function withSurgicalSamBase(file: LoadedTensors, base: LoadedTensors): LoadedTensors {
  const kept = [...base.tensors].filter(([name]) => isSurgicalSamBase(name));
  return { file: file.file, tensors: new Map([...kept, ...file.tensors]), unread: file.unread };
}

/** The number of classes, the background not among them. */
export const classesOfPrototypes = (w: Weights) => w.dims(prototypes)?.[0] ?? 0;

/** How like the embedding is to each prototype, and what comes of it. */
interface Activated {
  /** [1, pixels, width] */
  readonly image: Value;
  /** [classes, pixels, width], the embedding, weighed up where it is like the class's prototype */
  readonly features: Value;
}

/**
 * SurgicalSAM's decoder (Yue et al., "SurgicalSAM: efficient class promptable surgical instrument segmentation", 2024;
 * surgicalSAM/model.py and model_forward.py). Each class has a prototype; the embedding weighed by its likeness to it
 * becomes a dense prompt, and with those of all classes the sparse ones. SAM's mask decoder then runs once for each
 * class.
 * @param w the model
 * @param image [1, width, embedSize, embedSize], the image embedding
 * @returns one mask for each class: [1, classes, 4·embedSize, 4·embedSize] and [1, classes]
 */
export function surgicalSamDecoder(b: GraphBuilder, w: Weights, image: Value, sizes: PromptSizes): DecodedMasks {
  const { embedSize, width } = sizes;
  const pixels = embedSize * embedSize;
  const classes = classesOfPrototypes(w);
  const decoder = w.scope("mask_decoder");
  const activated = activate(b, w, image, classes, sizes);
  const keys = b.op("Add", [activated.image, densePrompts(b, w.scope(own), activated, width)]);
  const sparse = sparsePrompts(b, w.scope(own), activated, classes, pixels, width);
  const masks = decoder.dims("mask_tokens.weight")?.[0] ?? 0;
  const tokens = b.op("Concat", [outputTokens(b, decoder, sparse, width), sparse], { axis: 1 });
  const places = b.constant(densePositions(w.scope("prompt_encoder"), sizes), [1, pixels, width]);
  const found = decodeTokens(b, decoder, { keys, projected: null }, places, tokens, masks, sizes, 1);
  const side = 4 * embedSize;
  return {
    lowResLogits: b.reshape(found.lowResLogits, [1, classes, side, side]),
    predictedIou: b.reshape(b.slice(found.predictedIou, 1, 0, 1), [1, classes]),
  };
}

/** The prototypes, [classes, width]. */
export function prototypesOf(b: GraphBuilder, w: Weights, width: number): Value {
  return w.value(b, prototypes, [classesOfPrototypes(w), width]);
}

function activate(b: GraphBuilder, w: Weights, image: Value, classes: number, sizes: PromptSizes): Activated {
  const { embedSize, width } = sizes;
  const pixels = embedSize * embedSize;
  const rows = b.transpose(b.reshape(image, [1, width, pixels]), [0, 2, 1]);
  const likeness = b.op("MatMul", [rows, b.transpose(prototypesOf(b, w, width), [1, 0])]);
  const byClass = b.reshape(b.transpose(likeness, [2, 1, 0]), [classes, pixels, 1]);
  return { image: rows, features: b.op("Add", [rows, b.op("Mul", [rows, byClass])]) };
}

/** [classes, pixels, width] */
function densePrompts(b: GraphBuilder, w: Weights, { features }: Activated, width: number): Value {
  const hidden = w.dims("dense_fc_1.weight")?.[0] ?? 0;
  const convolved = (name: string, x: Value, inputs: number, outputs: number) => {
    const weight = b.reshape(w.value(b, `${name}.weight`, [outputs, inputs, 1, 1]), [outputs, inputs]);
    return affine(b, x, weight, w.value(b, `${name}.bias`, [outputs]));
  };
  return convolved("dense_fc_2", b.op("Relu", [convolved("dense_fc_1", features, width, hidden)]), hidden, width);
}

/** The tokens of all classes, marked by which is asked for: [classes, classes·tokens, width] */
function sparsePrompts(
  b: GraphBuilder,
  w: Weights,
  { features }: Activated,
  classes: number,
  pixels: number,
  width: number,
): Value {
  const hidden = w.dims("sparse_fc_1.weight")?.[0] ?? 0;
  const count = w.dims("sparse_fc_2.weight")?.[0] ?? 0;
  // Convolutions over the pixels as channels.
  const mixed = (name: string, x: Value, inputs: number, outputs: number) => {
    const weight = b.reshape(w.value(b, `${name}.weight`, [outputs, inputs, 1]), [outputs, inputs]);
    const bias = b.reshape(w.value(b, `${name}.bias`, [outputs]), [outputs, 1]);
    return b.op("Add", [b.op("MatMul", [weight, x]), bias]);
  };
  const tokens = mixed("sparse_fc_2", b.op("Relu", [mixed("sparse_fc_1", features, pixels, hidden)]), hidden, count);
  const kind = (n: number) =>
    b.reshape(w.value(b, `pn_cls_embeddings.${n}.weight`, [count, width]), [1, 1, count, width]);
  const isAsked = Float32Array.from({ length: classes * classes }, (_, n) => (n % (classes + 1) === 0 ? 1 : 0));
  const asked = b.constant(isAsked, [classes, classes, 1, 1]);
  const others = b.constant(
    isAsked.map((value) => 1 - value),
    [classes, classes, 1, 1],
  );
  const kinds = b.op("Add", [b.op("Mul", [kind(1), asked]), b.op("Mul", [kind(0), others])]);
  const all = b.op("Add", [b.reshape(tokens, [1, classes, count, width]), kinds]);
  return b.reshape(all, [classes, classes * count, width]);
}

/**
 * The tensors that SAM does not have, as training begins: layers as PyTorch begins with them, uniform in ±1/√fan-in;
 * tokens marked as SAM marks clicks inside and outside an object.
 * @param clicks SAM's embeddings of a click outside and inside, [1, width] each
 * @param tokens for each class
 */
export function initialPrototypeParts(
  { width, embedSize }: PromptSizes,
  classes: number,
  tokens: number,
  clicks: readonly [outside: Float32Array, inside: Float32Array],
  random: (name: string) => { normal(): number; uniform(): number },
): Map<string, Loaded> {
  const hidden = 128;
  const tensors = new Map<string, Loaded>();
  const layer = (name: string, dims: readonly number[]) => {
    const fanIn = dims.slice(1).reduce((product, dim) => product * dim, 1);
    const fill = (at: string, shape: readonly number[]) => {
      const draw = random(at).uniform;
      const length = shape.reduce((product, dim) => product * dim, 1);
      tensors.set(at, { dims: shape, data: Float32Array.from({ length }, () => draw() / Math.sqrt(fanIn)) });
    };
    fill(`${own}.${name}.weight`, dims);
    fill(`${own}.${name}.bias`, [dims[0] as number]);
  };
  const draw = random(prototypes).normal;
  tensors.set(prototypes, {
    dims: [classes, width],
    data: Float32Array.from({ length: classes * width }, draw),
  });
  layer("dense_fc_1", [hidden, width, 1, 1]);
  layer("dense_fc_2", [width, hidden, 1, 1]);
  layer("sparse_fc_1", [hidden, embedSize * embedSize, 1]);
  layer("sparse_fc_2", [tokens, hidden, 1]);
  clicks.forEach((click, n) => {
    const data = new Float32Array(tokens * width);
    for (let token = 0; token < tokens; token++) data.set(click, token * width);
    tensors.set(`${own}.pn_cls_embeddings.${n}.weight`, { dims: [tokens, width], data });
  });
  return tensors;
}
