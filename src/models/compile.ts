import { SamlabError } from "../core/errors.js";
import { GraphBuilder } from "../onnx/builder.js";
import type { Graph, Value } from "../onnx/graph.js";
import { withoutUnused } from "../onnx/prune.js";
import { type Architecture, hasSamDecoder, recognize } from "./architecture.js";
import { autoSamDecoder } from "./auto-sam.js";
import { deSamDecoder, deSamLevels, levelDims } from "./de-sam.js";
import { densePromptDecoder } from "./dense-prompt.js";
import { efficientVit } from "./efficient-vit.js";
import { decodeMasks, fineDims, fineFeatures } from "./fine-features.js";
import { hiera } from "./hiera.js";
import { type DecodedMasks, decoderKeys } from "./mask-decoder.js";
import type { Encoded } from "./neck.js";
import { densePositions, embedMask, embedPoints } from "./prompt-encoder.js";
import { repVit } from "./rep-vit.js";
import { sam2Spare } from "./sam2.js";
import { samus } from "./samus.js";
import { promptChannels, scribblePromptNet } from "./scribble-prompt.js";
import { surgicalSamDecoder } from "./surgical-sam.js";
import { tinyVit } from "./tiny-vit.js";
import { crossSizes, projectForTransformer, type TransformerImage } from "./two-way-transformer.js";
import { vit } from "./vit.js";
import type { Weights } from "./weights.js";

/**
 * Part of the key of compiled graphs on disk. Increase it whenever graphs change (`test/models/compile.test.ts` fails
 * otherwise), or the architecture's fields that are stored with them, and part of the key of embeddings: increase it
 * when pictures are prepared in another way, too.
 */
export const compilerVersion = 14;

/** Names of the graphs' inputs and outputs: the contract between the compiler and the predictor. */
export const graphNames = {
  /** [1, 3, inputSize, inputSize] float32, preprocessed */
  image: "image",
  /**
   * [1, width, embedSize, embedSize] float32; with features [1, all values]; without an encoder the picture: see
   * {@link embeddingDims}
   */
  imageEmbedding: "image_embedding",
  /** [batch, points, 2] float32, x and y in pixels of the frame of `imageSize` */
  pointCoords: "point_coords",
  /** [batch, points] int32: −1 padding, 0 outside, 1 inside, 2 and 3 corners of a box */
  pointLabels: "point_labels",
  /** [batch, 1, 4·embedSize, 4·embedSize] float32 logits; not read unless hasMask */
  maskInput: "mask_input",
  /** bool scalar */
  hasMask: "has_mask",
  /** [1, embedSize², width] float32: the image embedding pixel by pixel, with the dense embedding of no mask */
  imageKeys: "image_keys",
  /** [1, heads, depth, embedSize²] float32: its projection in the first attention from tokens to image */
  projectedKey: "projected_key",
  /** [1, heads, embedSize², depth] float32: the same */
  projectedValue: "projected_value",
  /** [1, embedSize², heads·depth] float32: its projection in the first attention from image to tokens */
  projectedQuery: "projected_query",
  /** [batch, 4, imageSize, imageSize] float32, of ScribblePrompt alone: see `promptChannels` */
  promptChannels: "prompt_channels",
  /** The same 0, 1, …, of HQ-SAM and SAM 2 alone, float32: see `fineFeatures` */
  fineFeatures: "fine_features_",
  /** Its levels 0, 1, …, of DeSAM alone, float32: see `deSamLevels` */
  maskLevel: "mask_level_",
  /** [batch, masks, 4·embedSize, 4·embedSize] float32 */
  lowResLogits: "low_res_logits",
  /** [batch, masks] float32 */
  predictedIou: "predicted_iou",
} as const;

/**
 * A SAM model as graphs. The image encoder runs once per image, prompt encoder and mask decoder once per prompt. What
 * the decoder computes from the image alone can run once per image too: `projection`, then `promptDecoder` for each
 * prompt without a mask. Class decoders but DeSAM's have no such parts.
 */
export interface CompiledSam {
  readonly architecture: Architecture;
  readonly encoder: Graph;
  /** Image embedding and prompts, which may have masks → masks; of a decoder of classes the embedding alone. */
  readonly decoder: Graph;
  /** Image embedding → what `promptDecoder` takes of it. */
  readonly projection: Graph | null;
  /** Projected image and prompts without masks → masks. */
  readonly promptDecoder: Graph | null;
}

/**
 * Compiles the weights of any supported SAM variant. Every tensor of the checkpoint must be used.
 * @param imageSize of SAM 2, whose weights do not tell it; default 1024
 * @throws {SamlabError} `model-unknown`, `tensor-missing`, `tensor-shape`, and `checkpoint-invalid` for unused tensors
 */
export function compileSam(w: Weights, imageSize?: number): CompiledSam {
  const { encoder, architecture } = buildEncoder(w.scope("image_encoder"), recognize(w, imageSize));
  const isSam = hasSamDecoder(architecture);
  const decoder = isSam ? buildDecoder(w, architecture) : buildOtherDecoder(w, architecture);
  const isInParts = isSam || architecture.head === "de-sam";
  const projection = isInParts ? buildProjection(w, architecture) : null;
  const promptDecoder = isInParts ? buildPromptDecoder(w, architecture) : null;
  const unused = w.unused().filter((name) => !classifier.test(name) && !isSpare(name, architecture));
  if (unused.length > 0) {
    throw new SamlabError(
      "checkpoint-invalid",
      `${w.file} has ${unused.length} tensors that ${architecture.summary} has no place for, such as ${unused.slice(0, 3).join(", ")}.`,
      { file: w.file, field: unused[0], value: unused, remedy: "It belongs to a variant this version does not know." },
    );
  }
  return { architecture, encoder, decoder, projection, promptDecoder };
}

/**
 * TinyViT's classification head, which MobileSAM's and TinySAM's files carry along; SAM's image encoder never runs it.
 */
const classifier = /^image_encoder\.(?:norm_head|head)\./;

/**
 * Tensors of SAM that other decoders contain but do not use. AutoSAM and SurgicalSAM use only the first mask of a
 * class. DeSAM's mask module replaces the upscaling; only its last output is used, and its blocks need a third
 * convolution only where the number of channels changes. A learned dense prompt does not use SAM's own prompts. SAM 2
 * has more for videos.
 */
function isSpare(name: string, { head }: Architecture): boolean {
  if (head === "dense-prompt") return densePromptSpare.test(name);
  if (head === "auto-sam" || head === "surgical-sam")
    return /^mask_decoder\.output_hypernetworks_mlps\.[1-9]/.test(name);
  if (head === "sam2") return sam2Spare.test(name);
  return head === "de-sam" && deSamSpare.test(name);
}

const densePromptSpare = /^(?:prompt_encoder\.|mask_decoder\.output_hypernetworks_mlps\.[1-9])/;

const deSamSpare =
  /^(?:mask_decoder\.(?:output_upscaling|output_hypernetworks_mlps|pimm\.seg_outputs|pimm\..*\.conv3)\.|prompt_encoder\.mask_downscaling\.)/;

function buildEncoder(w: Weights, recognized: Architecture): { encoder: Graph; architecture: Architecture } {
  const b = new GraphBuilder("image_encoder");
  const { inputSize } = recognized;
  const encoded = encode(b, w, b.input(graphNames.image, "float32", [1, 3, inputSize, inputSize]), recognized);
  const features = featuresFor(recognized, encoded);
  b.output(graphNames.imageEmbedding, withFeatures(b, encoded.image, features));
  const graph = b.build();
  const architecture = { ...recognized, features: features.map(({ dims }) => dims as number[]) };
  return { encoder: features.length > 0 ? graph : withoutUnused(graph), architecture };
}

/** What the decoder takes from the encoder besides the embedding. */
function featuresFor({ head }: Architecture, { features, early }: Encoded): readonly Value[] {
  if (head === "de-sam" || head === "sam2") return features;
  return head === "hq-sam" && early ? [early] : [];
}

/** In the shape of {@link embeddingDims}. */
function withFeatures(b: GraphBuilder, image: Value, features: readonly Value[]): Value {
  if (features.length === 0) return image;
  const row = (x: Value) => b.reshape(x, [1, sizeOf(x.dims as number[])]);
  return b.op("Concat", [image, ...features].map(row), { axis: 1 });
}

/**
 * Shapes of the features that an architecture's encoder has on the way, early ones first.
 * @param w the model
 */
export function encoderFeatures(w: Weights, architecture: Architecture): readonly (readonly number[])[] {
  const b = new GraphBuilder("features");
  const { inputSize } = architecture;
  const image = b.input(graphNames.image, "float32", [1, 3, inputSize, inputSize]);
  return encode(b, w.scope("image_encoder"), image, architecture).features.map(({ dims }) => dims as number[]);
}

const sizeOf = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);

/** Shape of what an encoder gives; without one, of the picture. */
export function embeddingDims(architecture: Architecture): readonly number[] {
  const { encoder, imageSize, width, embedSize, features } = architecture;
  if (encoder === "none") return [1, 1, imageSize, imageSize];
  const image = [1, width, embedSize, embedSize];
  return features.length === 0 ? image : [1, [image, ...features].reduce((sum, dims) => sum + sizeOf(dims), 0)];
}

/** The parts of what an encoder gives. @param embedding in the shape of {@link embeddingDims} */
export function partsOf(
  b: GraphBuilder,
  embedding: Value,
  { width, embedSize, features }: Architecture,
): Pick<Encoded, "image" | "features"> {
  if (features.length === 0) return { image: embedding, features: [] };
  let start = 0;
  const [image, ...others] = [[1, width, embedSize, embedSize], ...features].map((dims) => {
    const part = b.slice(embedding, 1, start, start + sizeOf(dims));
    start += sizeOf(dims);
    return b.reshape(part, dims);
  });
  return { image, features: others };
}

/**
 * The image encoder of an architecture, for training.
 * @param w below `image_encoder`
 * @param image [1, 3, inputSize, inputSize], preprocessed
 * @returns in the shape of {@link embeddingDims}
 */
export function encodeImage(b: GraphBuilder, w: Weights, image: Value, architecture: Architecture): Value {
  const encoded = encode(b, w, image, architecture, true);
  return withFeatures(b, encoded.image, featuresFor(architecture, encoded));
}

const encoders = {
  vit,
  samus,
  "tiny-vit": tinyVit,
  "rep-vit": repVit,
  "efficient-vit": efficientVit,
  hiera,
} as const;

function encode(b: GraphBuilder, w: Weights, image: Value, { encoder }: Architecture, isTrained = false): Encoded {
  // The three channels are the same.
  if (encoder === "none") return { image: b.slice(image, 1, 0, 1), features: [], early: null };
  return encoders[encoder](b, w, image, isTrained);
}

function buildDecoder(w: Weights, sizes: Architecture): Graph {
  const { embedSize } = sizes;
  const b = new GraphBuilder("mask_decoder");
  const image = b.input(graphNames.imageEmbedding, "float32", embeddingDims(sizes));
  const coords = b.input(graphNames.pointCoords, "float32", ["batch", "points", 2]);
  const labels = b.input(graphNames.pointLabels, "int32", ["batch", "points"]);
  const mask = b.input(graphNames.maskInput, "float32", ["batch", 1, 4 * embedSize, 4 * embedSize]);
  const hasMask = b.input(graphNames.hasMask, "bool", []);
  const { lowResLogits, predictedIou } = decodePrompts(b, w, sizes, { image, coords, labels, mask, hasMask });
  b.output(graphNames.lowResLogits, lowResLogits);
  b.output(graphNames.predictedIou, predictedIou);
  return b.build();
}

/** Decoders of classes take the embedding, DeSAM's and ScribblePrompt's prompts too. */
function buildOtherDecoder(w: Weights, architecture: Architecture): Graph {
  const b = new GraphBuilder("mask_decoder");
  const embedding = b.input(graphNames.imageEmbedding, "float32", embeddingDims(architecture));
  const { lowResLogits, predictedIou } = decodeOther(b, w, architecture, embedding);
  b.output(graphNames.lowResLogits, lowResLogits);
  b.output(graphNames.predictedIou, predictedIou);
  return b.build();
}

function decodeOther(b: GraphBuilder, w: Weights, architecture: Architecture, embedding: Value): DecodedMasks {
  if (architecture.head === "auto-sam") return autoSamDecoder(b, w, embedding, architecture);
  if (architecture.head === "dense-prompt") return densePromptDecoder(b, w, embedding, architecture);
  if (architecture.head === "scribble-prompt") {
    const { imageSize } = architecture;
    const dims = ["batch", promptChannels.count, imageSize, imageSize];
    return scribblePromptNet(b, w, embedding, b.input(graphNames.promptChannels, "float32", dims));
  }
  if (architecture.head === "surgical-sam") return surgicalSamDecoder(b, w, embedding, architecture);
  return decodeWithFeatures(b, w, architecture, embedding, {
    coords: b.input(graphNames.pointCoords, "float32", ["batch", "points", 2]),
    labels: b.input(graphNames.pointLabels, "int32", ["batch", "points"]),
  });
}

/**
 * DeSAM's decoder.
 * @param embedding in the shape of {@link embeddingDims}
 */
export function decodeWithFeatures(
  b: GraphBuilder,
  w: Weights,
  architecture: Architecture,
  embedding: Value,
  prompts: Pick<DecoderInputs, "coords" | "labels">,
): DecodedMasks {
  const { image, features } = partsOf(b, embedding, architecture);
  const dense = embedMask(b, w.scope("prompt_encoder"), null, null, architecture);
  const source = { keys: decoderKeys(b, image, dense, architecture), projected: null };
  return deSamDecoder(b, w, source, deSamLevels(b, w, features), prompts, architecture);
}

function buildProjection(w: Weights, sizes: Architecture): Graph {
  const { width, embedSize } = sizes;
  const b = new GraphBuilder("image_projection");
  const { image, features } = partsOf(b, b.input(graphNames.imageEmbedding, "float32", embeddingDims(sizes)), sizes);
  const prompts = w.scope("prompt_encoder");
  const positions = b.constant(densePositions(prompts, sizes), [1, embedSize * embedSize, width]);
  const keys = decoderKeys(b, image, embedMask(b, prompts, null, null, sizes), sizes);
  const projected = projectForTransformer(b, w.scope("mask_decoder.transformer"), keys, positions);
  b.output(graphNames.imageKeys, keys);
  b.output(graphNames.projectedKey, projected.key);
  b.output(graphNames.projectedValue, projected.value);
  b.output(graphNames.projectedQuery, projected.query);
  if (sizes.head === "de-sam") {
    for (const [d, level] of deSamLevels(b, w, features).entries()) b.output(`${graphNames.maskLevel}${d}`, level);
  }
  for (const [n, fine] of fineFeatures(b, w, { image, features }, sizes).entries())
    b.output(`${graphNames.fineFeatures}${n}`, fine);
  return b.build();
}

function buildPromptDecoder(w: Weights, sizes: Architecture): Graph {
  const { width, embedSize } = sizes;
  const pixels = embedSize * embedSize;
  const { heads, inner } = crossSizes(width);
  const b = new GraphBuilder("prompt_decoder");
  const image = {
    keys: b.input(graphNames.imageKeys, "float32", [1, pixels, width]),
    projected: {
      key: b.input(graphNames.projectedKey, "float32", [1, heads, inner / heads, pixels]),
      value: b.input(graphNames.projectedValue, "float32", [1, heads, pixels, inner / heads]),
      query: b.input(graphNames.projectedQuery, "float32", [1, pixels, inner]),
    },
  };
  const coords = b.input(graphNames.pointCoords, "float32", ["batch", "points", 2]);
  const labels = b.input(graphNames.pointLabels, "int32", ["batch", "points"]);
  const masks =
    sizes.head === "de-sam"
      ? deSamDecoder(b, w, image, levelInputs(b, w, sizes), { coords, labels }, sizes)
      : decodeProjected(b, w, image, { coords, labels }, sizes);
  b.output(graphNames.lowResLogits, masks.lowResLogits);
  b.output(graphNames.predictedIou, masks.predictedIou);
  return b.build();
}

function levelInputs(b: GraphBuilder, w: Weights, sizes: Architecture): Value[] {
  const dims = levelDims(w, sizes, sizes.features.length);
  return dims.map((each, d) => b.input(`${graphNames.maskLevel}${d}`, "float32", each));
}

function decodeProjected(
  b: GraphBuilder,
  w: Weights,
  image: TransformerImage,
  { coords, labels }: Pick<DecoderInputs, "coords" | "labels">,
  sizes: Architecture,
): DecodedMasks {
  const { width, embedSize } = sizes;
  const prompts = w.scope("prompt_encoder");
  const positions = b.constant(densePositions(prompts, sizes), [1, embedSize * embedSize, width]);
  const sparse = embedPoints(b, prompts, coords, labels, sizes);
  const fine = fineDims(w, sizes).map((dims, n) => b.input(`${graphNames.fineFeatures}${n}`, "float32", dims));
  return decodeMasks(b, w.scope("mask_decoder"), image, fine, positions, sparse, sizes);
}

/** What the decoder graphs take, by the names of {@link graphNames}. */
export interface DecoderInputs {
  /** In the shape of {@link embeddingDims}. */
  readonly image: Value;
  readonly coords: Value;
  readonly labels: Value;
  /** `null` in a graph for prompts without one. */
  readonly mask: Value | null;
  /** `null` in a graph that always reads the mask. */
  readonly hasMask: Value | null;
}

/** SAM's prompt encoder and mask decoder, or HQ-SAM's or SAM 2's. */
export function decodePrompts(b: GraphBuilder, w: Weights, sizes: Architecture, inputs: DecoderInputs): DecodedMasks {
  const { width, embedSize } = sizes;
  const prompts = w.scope("prompt_encoder");
  const positions = b.constant(densePositions(prompts, sizes), [1, embedSize * embedSize, width]);
  const sparse = embedPoints(b, prompts, inputs.coords, inputs.labels, sizes);
  const dense = embedMask(b, prompts, inputs.mask, inputs.hasMask, sizes);
  const encoded = partsOf(b, inputs.image, sizes);
  const keys = decoderKeys(b, encoded.image, dense, sizes);
  const fine = fineFeatures(b, w, encoded, sizes);
  return decodeMasks(b, w.scope("mask_decoder"), { keys, projected: null }, fine, positions, sparse, sizes);
}
