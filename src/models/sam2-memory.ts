import { GraphBuilder } from "../onnx/builder.js";
import type { Graph, Value } from "../onnx/graph.js";
import { resize } from "../onnx/resize.js";
import type { Architecture } from "./architecture.js";
import { embeddingDims, graphNames, partsOf } from "./compile.js";
import { fineFeatures } from "./fine-features.js";
import { conv2d, layerNorm, linear } from "./layers.js";
import { decoderKeys, mlp } from "./mask-decoder.js";
import { memoryAttention, memoryWidth } from "./memory-attention.js";
import { toImage, toTokens } from "./neck.js";
import { channelNorm, densePositions, embedMask, embedPoints, tokenLabels } from "./prompt-encoder.js";
import { sam2Decoder } from "./sam2.js";
import type { Weights } from "./weights.js";

/** Object pointers that are used besides those of slices with prompts, and one (`max_obj_ptrs_in_encoder`). */
export const mostPointers = 16;

/** Names of the inputs and outputs of the memory's graphs that {@link graphNames} does not have. */
export const memoryNames = {
  /** [1, masks, width] float32: what stands for the object in {@link CompiledMemory.track}, for each mask */
  pointers: "object_pointers",
  /** [1, 1] float32: above 0 where the object is on the slice */
  score: "object_score",
  /** [1, 1, 4·embedSize, 4·embedSize] float32, logits of the object's mask */
  logits: "mask_logits",
  /** bool scalar: whether the mask is one that the user saw, which is remembered as above 0 or not */
  isFixed: "is_fixed",
  /** [slices, embedSize², memory's width] float32 */
  memories: "memories",
  /** [slices] int32: how many slices each is away, less one; `memorySlices` − 1 for a slice with prompts */
  memoryAges: "memory_ages",
  /** [pointers, width] float32 */
  pastPointers: "past_pointers",
  /** [pointers] float32: how many slices each is away, as a share of the farthest that is used */
  pointerAges: "pointer_ages",
  /** [1, 1, imageSize, imageSize] float32, 0 and 1 */
  mask: "mask",
  /** [1, embedSize², memory's width] float32 */
  memory: "memory",
  /** [1, width] float32 */
  pointer: "object_pointer",
  /** [1, width] float32: the pointer where there is no object */
  noPointer: "no_object_pointer",
} as const;

/**
 * What SAM 2 follows an object with from picture to picture (sam2/modeling/sam2_base.py). `prompt` answers prompts on a
 * slice, `track` finds the object on the next one by what is remembered of others, `given` makes the pointer of a mask
 * that is given, and `remember` makes what is remembered of a slice and a mask.
 */
export interface CompiledMemory {
  readonly prompt: Graph;
  readonly track: Graph;
  readonly given: Graph;
  readonly remember: Graph;
}

/** The graphs of {@link CompiledMemory}. */
export const memoryGraphs = ["prompt", "track", "given", "remember"] as const;

/** Whether a model of SAM 2 has its memory. @param w the model */
export const hasMemory = (w: Weights): boolean => w.has("memory_encoder.pix_feat_proj.weight");

/** @throws {SamlabError} `tensor-missing`, `tensor-shape` */
export function compileMemory(w: Weights, architecture: Architecture): CompiledMemory {
  return {
    prompt: buildPrompt(w, architecture),
    track: buildTrack(w, architecture),
    given: buildGiven(w, architecture),
    remember: buildRemember(w, architecture),
  };
}

/** A slice's embedding as an input, taken apart. */
function sliceInput(b: GraphBuilder, w: Weights, architecture: Architecture) {
  const { width } = architecture;
  const embedding = b.input(graphNames.imageEmbedding, "float32", embeddingDims(architecture));
  const parts = partsOf(b, embedding, architecture);
  const noMemory = () => b.reshape(w.value(b, "image_encoder.no_mem_embed", [1, 1, width]), [1, width, 1, 1]);
  /** The embedding without what the encoder adds where nothing is remembered: [1, width, embedSize, embedSize] */
  const plain = () => b.op("Sub", [parts.image, noMemory()]);
  return { ...parts, plain };
}

type Slice = ReturnType<typeof sliceInput>;

interface Prompts {
  readonly coords: Value;
  readonly labels: Value;
  /** Broadcastable to [1, width, embedSize, embedSize]. */
  readonly dense: Value;
}

/** All masks of a slice, with what is remembered of the object besides. */
function answer(b: GraphBuilder, w: Weights, slice: Slice, prompts: Prompts, architecture: Architecture) {
  const { embedSize, width, masks } = architecture;
  const encoder = w.scope("prompt_encoder");
  const decoder = w.scope("mask_decoder");
  const positions = b.constant(densePositions(encoder, architecture), [1, embedSize * embedSize, width]);
  const sparse = embedPoints(b, encoder, prompts.coords, prompts.labels, architecture);
  const keys = decoderKeys(b, slice.image, prompts.dense, architecture);
  const fine = fineFeatures(b, w, slice, architecture);
  const image = { keys, projected: null };
  const { tokens, ...decoded } = sam2Decoder(b, decoder, image, fine, positions, sparse, architecture);
  const scoreToken = b.reshape(b.slice(tokens, 1, 1 + masks, 2 + masks), [1, width]);
  const score = mlp(b, decoder.scope("pred_obj_score_head"), scoreToken, width, 1);
  const maskTokens = b.slice(tokens, 1, 1, 1 + masks);
  const found = mlp(b, w.scope("obj_ptr_proj"), maskTokens, width, width);
  const isThere = b.reshape(b.op("Greater", [score, b.scalar(0)]), [1, 1, 1]);
  const pointers = b.op("Where", [isThere, found, b.reshape(noPointer(b, w, width), [1, 1, width])]);
  return { ...decoded, score, pointers };
}

const noPointer = (b: GraphBuilder, w: Weights, width: number) => w.value(b, "no_obj_ptr", [1, width]);

function outputAnswer(b: GraphBuilder, answered: ReturnType<typeof answer>): Graph {
  b.output(graphNames.lowResLogits, answered.lowResLogits);
  b.output(graphNames.predictedIou, answered.predictedIou);
  b.output(memoryNames.pointers, answered.pointers);
  b.output(memoryNames.score, answered.score);
  return b.build();
}

function buildPrompt(w: Weights, architecture: Architecture): Graph {
  const side = 4 * architecture.embedSize;
  const b = new GraphBuilder("memory_prompt");
  const slice = sliceInput(b, w, architecture);
  const coords = b.input(graphNames.pointCoords, "float32", [1, "points", 2]);
  const labels = b.input(graphNames.pointLabels, "int32", [1, "points"]);
  const mask = b.input(graphNames.maskInput, "float32", [1, 1, side, side]);
  const hasMask = b.input(graphNames.hasMask, "bool", []);
  const dense = embedMask(b, w.scope("prompt_encoder"), mask, hasMask, architecture);
  return outputAnswer(b, answer(b, w, slice, { coords, labels, dense }, architecture));
}

/** Two tokens of padding: SAM 2's for no point, and the prompt encoder's for no box. */
function noPoints(b: GraphBuilder): Pick<Prompts, "coords" | "labels"> {
  const { padding } = tokenLabels;
  return {
    coords: b.constant(new Float32Array(4), [1, 2, 2]),
    labels: b.constant(Int32Array.of(padding, padding), [1, 2]),
  };
}

function buildTrack(w: Weights, architecture: Architecture): Graph {
  const { embedSize, width } = architecture;
  const pixels = embedSize * embedSize;
  const b = new GraphBuilder("memory_track");
  const slice = sliceInput(b, w, architecture);
  const remembered = {
    memories: b.input(memoryNames.memories, "float32", ["slices", pixels, memoryWidth(w)]),
    memoryAges: b.input(memoryNames.memoryAges, "int32", ["slices"]),
    pointers: b.input(memoryNames.pastPointers, "float32", ["pointers", width]),
    pointerAges: b.input(memoryNames.pointerAges, "float32", ["pointers"]),
  };
  const image = memoryAttention(b, w, slice.plain(), remembered, architecture);
  const dense = embedMask(b, w.scope("prompt_encoder"), null, null, architecture);
  return outputAnswer(b, answer(b, w, { ...slice, image }, { ...noPoints(b), dense }, architecture));
}

/** The pointer of a mask that is taken as it is (`_use_mask_as_output`). */
function buildGiven(w: Weights, architecture: Architecture): Graph {
  const { imageSize, width } = architecture;
  const b = new GraphBuilder("memory_given");
  const slice = sliceInput(b, w, architecture);
  const image = slice.plain();
  const mask = b.input(memoryNames.mask, "float32", [1, 1, imageSize, imageSize]);
  const own = w.scope("mask_downsample");
  const small = conv2d(b, mask, own.value(b, "weight", [1, 1, 4, 4]), own.value(b, "bias", [1]), {
    kernel: 4,
    stride: 4,
  });
  const dense = embedMask(b, w.scope("prompt_encoder"), small, null, architecture);
  const { pointers } = answer(b, w, { ...slice, image }, { ...noPoints(b), dense }, architecture);
  b.output(memoryNames.pointer, b.reshape(b.slice(pointers, 1, 0, 1), [1, width]));
  b.output(memoryNames.noPointer, b.op("Identity", [noPointer(b, w, width)]));
  return b.build();
}

/** What is remembered of a slice (memory_encoder.py, and `_encode_new_memory`). */
function buildRemember(w: Weights, architecture: Architecture): Graph {
  const { embedSize, imageSize, width } = architecture;
  const [pixels, inner] = [embedSize * embedSize, memoryWidth(w)];
  const b = new GraphBuilder("memory_remember");
  const image = sliceInput(b, w, architecture).plain();
  const logits = b.input(memoryNames.logits, "float32", [1, 1, 4 * embedSize, 4 * embedSize]);
  const isFixed = b.input(memoryNames.isFixed, "bool", []);
  const score = b.input(memoryNames.score, "float32", [1, 1]);
  const large = resize(b, logits, [1, 1, imageSize, imageSize], { mode: "linear" });
  const isAbove = b.op("Greater", [large, b.scalar(0)]);
  const fixed = b.op("Where", [isAbove, b.scalar(1), b.scalar(0)]);
  const share = b.op("Where", [isFixed, fixed, b.op("Sigmoid", [large])]);
  const mask = b.op("Add", [b.op("Mul", [share, b.scalar(20)]), b.scalar(-10)]);

  const own = w.scope("memory_encoder");
  const point = (at: Weights, x: Value, inputs: number, outputs: number) =>
    conv2d(b, x, at.value(b, "weight", [outputs, inputs, 1, 1]), at.value(b, "bias", [outputs]), { kernel: 1 });
  let x = b.op("Add", [point(own.scope("pix_feat_proj"), image, width, width), halvedMask(b, own, mask, width)]);
  for (let n = 0; n < own.count("fuser.layers."); n++) x = convNextBlock(b, own.scope(`fuser.layers.${n}`), x, width);
  const memory = b.reshape(toTokens(b, point(own.scope("out_proj"), x, width, inner)), [1, pixels, inner]);
  b.output(memoryNames.memory, withAbsence(b, w, memory, score, inner));
  return b.build();
}

/** Where the object is not on the slice, a learned vector is added, but in SAM 2.0. */
function withAbsence(b: GraphBuilder, w: Weights, memory: Value, score: Value, inner: number): Value {
  if (!w.has("no_obj_embed_spatial")) return memory;
  const isThere = b.op("Greater", [score, b.scalar(0)]);
  const absence = b.op("Where", [isThere, b.scalar(0), w.value(b, "no_obj_embed_spatial", [1, inner])]);
  return b.op("Add", [memory, b.reshape(absence, [1, 1, inner])]);
}

/** The mask at the size of the embedding, halved four times: [1, width, embedSize, embedSize] */
function halvedMask(b: GraphBuilder, w: Weights, mask: Value, width: number): Value {
  const own = w.scope("mask_downsampler.encoder");
  let [x, channels] = [mask, 1];
  for (let n = 0; n < 12; n += 3) {
    const outputs = 4 * channels;
    const at = own.scope(String(n));
    const weight = at.value(b, "weight", [outputs, channels, 3, 3]);
    x = conv2d(b, x, weight, at.value(b, "bias", [outputs]), { kernel: 3, stride: 2, pad: 1 });
    x = b.op("Gelu", [channelNorm(b, own.scope(String(n + 1)), x, outputs)]);
    channels = outputs;
  }
  const last = own.scope("12");
  return conv2d(b, x, last.value(b, "weight", [width, channels, 1, 1]), last.value(b, "bias", [width]), { kernel: 1 });
}

/** memory_encoder.py, `CXBlock`. */
function convNextBlock(b: GraphBuilder, w: Weights, x: Value, width: number): Value {
  const size = x.dims[2] as number;
  const at = w.scope("dwconv");
  const weight = at.value(b, "weight", [width, 1, 7, 7]);
  const own = conv2d(b, x, weight, at.value(b, "bias", [width]), { kernel: 7, pad: 3, groups: width });
  const rows = layerNorm(b, w.scope("norm"), toTokens(b, own), width, 1e-6);
  const inner = b.op("Gelu", [linear(b, w.scope("pwconv1"), rows, width, 4 * width)]);
  const out = linear(b, w.scope("pwconv2"), inner, 4 * width, width);
  const scaled = b.op("Mul", [out, w.value(b, "gamma", [width])]);
  return b.op("Add", [x, toImage(b, scaled, size)]);
}
