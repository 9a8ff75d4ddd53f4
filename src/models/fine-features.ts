import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import type { Architecture } from "./architecture.js";
import { hqChannels, hqDecoder, hqFeatures } from "./hq-sam.js";
import { type DecodedMasks, maskDecoder } from "./mask-decoder.js";
import type { Encoded } from "./neck.js";
import { highResDims, highResRows, sam2Decoder } from "./sam2.js";
import type { TransformerImage } from "./two-way-transformer.js";
import type { Weights } from "./weights.js";

/**
 * What HQ-SAM's and SAM 2's decoders take of an image besides the embedding, made once per image; nothing for SAM's.
 * @param w the model
 * @param encoded what the encoder gives
 */
export function fineFeatures(
  b: GraphBuilder,
  w: Weights,
  { image, features }: Pick<Encoded, "image" | "features">,
  sizes: Architecture,
): Value[] {
  if (sizes.head === "sam2") return highResRows(b, features, sizes);
  return sizes.head === "hq-sam"
    ? features.map((early) => hqFeatures(b, w.scope("mask_decoder"), image, early, sizes))
    : [];
}

/** Shapes of {@link fineFeatures}. @param w the model */
export function fineDims(w: Weights, sizes: Architecture): readonly (readonly number[])[] {
  const { head, embedSize, features } = sizes;
  if (head === "sam2") return highResDims(sizes);
  return head === "hq-sam" ? features.map(() => [1, hqChannels(w), 4 * embedSize, 4 * embedSize]) : [];
}

/** The mask decoder of SAM, HQ-SAM, or SAM 2. @param w the mask decoder */
export function decodeMasks(
  b: GraphBuilder,
  w: Weights,
  image: TransformerImage,
  fine: readonly Value[],
  positions: Value,
  sparse: Value,
  sizes: Architecture,
): DecodedMasks {
  if (sizes.head === "sam2") return sam2Decoder(b, w, image, fine, positions, sparse, sizes);
  if (fine.length > 0) return hqDecoder(b, w, image, fine[0], positions, sparse, sizes);
  return maskDecoder(b, w, image, positions, sparse, sizes);
}
