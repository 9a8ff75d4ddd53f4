import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { conv2d } from "./layers.js";
import { type DecodedMasks, decodeTokens, doubledTwice, mlp, outputTokens, upscaledPicture } from "./mask-decoder.js";
import { toTokens } from "./neck.js";
import { channelNorm, type PromptSizes } from "./prompt-encoder.js";
import type { TransformerImage } from "./two-way-transformer.js";
import type { Loaded, Weights } from "./weights.js";

/** Whether the decoder is HQ-SAM's. */
export function isHqSam(w: { has(name: string): boolean }): boolean {
  return w.has("mask_decoder.hf_token.weight");
}

/** Channels of {@link hqFeatures}. @param w the model */
export const hqChannels = (w: Weights) => w.dims("mask_decoder.embedding_encoder.3.weight")?.[1] ?? 0;

/**
 * What HQ-SAM's decoder makes of an image alone: details of the embedding and of an early look of the image encoder at
 * the whole picture, at the masks' resolution.
 * @param w the mask decoder
 * @param image [1, width, embedSize, embedSize], the image embedding
 * @param early [1, channels, embedSize, embedSize], of the image encoder
 * @returns [1, width/8, 4·embedSize, 4·embedSize]
 */
export function hqFeatures(b: GraphBuilder, w: Weights, image: Value, early: Value, sizes: PromptSizes): Value {
  const upscaled = (name: string, x: Value) => {
    const [, channels, side] = x.dims as number[];
    return doubledTwice(b, w.scope(name), b.reshape(toTokens(b, x), [1, side * side, channels]));
  };
  const sum = b.op("Add", [upscaled("embedding_encoder", image), upscaled("compress_vit_feat", early)]);
  return upscaledPicture(b, sum, sizes);
}

/**
 * HQ-SAM's mask decoder (Ke et al., "Segment anything in high quality", 2023; modeling/mask_decoder_hq.py). One more
 * token makes a mask of finer features, which is added to each of SAM's: of three alternatives that of the highest
 * predicted IoU is thus what HQ-SAM's own predictor gives with `multimask_output`.
 * @param w the mask decoder
 * @param features of {@link hqFeatures}
 */
export function hqDecoder(
  b: GraphBuilder,
  w: Weights,
  image: TransformerImage,
  features: Value,
  positions: Value,
  sparse: Value,
  sizes: PromptSizes,
): DecodedMasks {
  const { width, embedSize } = sizes;
  const masks = w.dims("mask_tokens.weight")?.[0] ?? 0;
  const learned = ["iou_token", "mask_tokens", "hf_token"];
  const tokens = b.op("Concat", [outputTokens(b, w, sparse, width, learned), sparse], { axis: 1 });
  const decoded = decodeTokens(b, w, image, positions, tokens, masks, sizes);
  const [batch] = tokens.dims;
  const [, channels, side] = features.dims as number[];
  const token = b.reshape(b.slice(decoded.tokens, 1, 1 + masks, 2 + masks), [batch, width]);
  const filter = b.reshape(mlp(b, w.scope("hf_mlp"), token, width, channels), [batch, 1, channels]);
  const fine = b.op("Add", [refined(b, w.scope("embedding_maskfeature"), decoded.upscaled, sizes), features]);
  const mask = b.op("MatMul", [filter, b.reshape(fine, [batch, channels, side * side])]);
  const added = b.op("Add", [decoded.lowResLogits, b.reshape(mask, [batch, 1, 4 * embedSize, 4 * embedSize])]);
  return { lowResLogits: added, predictedIou: decoded.predictedIou };
}

/** Two convolutions over SAM's upscaled embedding, [batch, width/8, 4·embedSize, 4·embedSize]. */
function refined(b: GraphBuilder, w: Weights, upscaled: Value, sizes: PromptSizes): Value {
  const [inner, channels] = w.dims("0.weight") ?? [0, 0];
  const convolved = (name: string, x: Value, inputs: number, outputs: number) => {
    const weight = w.value(b, `${name}.weight`, [outputs, inputs, 3, 3]);
    return conv2d(b, x, weight, w.value(b, `${name}.bias`, [outputs]), { kernel: 3, pad: 1 });
  };
  const first = convolved("0", upscaledPicture(b, upscaled, sizes), channels, inner);
  return convolved("3", b.op("Gelu", [channelNorm(b, w.scope("1"), first, inner)]), inner, channels);
}

/**
 * The tensors to be zero for SAM's own masks to be 0, so that HQ-SAM's alone is the answer (`hq_token_only`).
 * @param tensors of the model
 */
export function samMasksOff(tensors: ReadonlyMap<string, Pick<Loaded, "dims">>): Map<string, Loaded> {
  const last = /^mask_decoder\.output_hypernetworks_mlps\.\d+\.layers\.2\.(?:weight|bias)$/;
  const found = [...tensors].filter(([name]) => last.test(name));
  return new Map(
    found.map(([name, { dims }]) => [name, { dims, data: new Float32Array(dims.reduce((n, dim) => n * dim, 1)) }]),
  );
}
