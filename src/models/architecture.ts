import { SamlabError } from "../core/errors.js";
import type { PromptSizes } from "./prompt-encoder.js";
import type { Weights } from "./weights.js";

/** How a picture becomes the model's input; each model must be fed as it was trained. */
export type Preprocessing =
  /** LiteMedSAM: longest side to the input size by area interpolation, min–max to [0, 1], zeros at the right and bottom. */
  | "lite-medsam"
  /** SAM: longest side to the input size by bilinear interpolation, ImageNet mean and deviation, zeros at the right and bottom. */
  | "sam"
  /** SAM-Med2D: both sides stretched to the input size by nearest neighbours, ImageNet mean and deviation (predictor_sammed.py). */
  | "sam-med2d";

/** What a checkpoint is, read off its tensors. */
export interface Architecture extends PromptSizes {
  readonly encoder: "tiny-vit" | "vit";
  readonly preprocessing: Preprocessing;
  /** For people, e.g. `TinyViT 64/128/160/320, 256×256`. */
  readonly summary: string;
}

/**
 * Recognises the architecture by the tensors' names and shapes.
 * @throws {SamlabError} `model-unknown`, naming what was found
 */
export function recognise(w: Weights): Architecture {
  const width = w.dims("prompt_encoder.no_mask_embed.weight")?.[1];
  const hasDecoder = w.has("mask_decoder.mask_tokens.weight");
  if (width !== undefined && hasDecoder) {
    if (w.has("image_encoder.patch_embed.seq.0.c.weight")) return tinyVitArchitecture(w, width);
    if (w.has("image_encoder.patch_embed.proj.weight") && w.has("image_encoder.pos_embed"))
      return vitArchitecture(w, width);
  }
  const found = w.names().slice(0, 3).join(", ");
  const missing = ["image_encoder", "prompt_encoder", "mask_decoder"].filter(
    (part) => w.scope(part).names().length === 0,
  );
  throw new SamlabError(
    "model-unknown",
    missing.length > 0
      ? `${w.file} is no whole SAM model: it has no ${missing.join(", no ")} (its first tensors: ${found || "none"}).`
      : `${w.file} has an image encoder this version does not know (its first tensors: ${found}).`,
    {
      file: w.file,
      field: "architecture",
      value: missing,
      remedy: "Supported are SAM and MedSAM (ViT-B, -L, -H), MobileSAM and LiteMedSAM (TinyViT).",
    },
  );
}

/** LiteMedSAM embeds single pixels of a 256×256 input, MobileSAM 4×4 patches of 1024×1024; both give 64×64. */
function tinyVitArchitecture(w: Weights, width: number): Architecture {
  const isLite = w.dims("image_encoder.patch_embed.seq.0.c.weight")?.[2] === 1;
  const imageSize = isLite ? 256 : 1024;
  return {
    encoder: "tiny-vit",
    preprocessing: isLite ? "lite-medsam" : "sam",
    imageSize,
    embedSize: 64,
    width,
    summary: `TinyViT, ${imageSize}×${imageSize}`,
  };
}

function vitArchitecture(w: Weights, width: number): Architecture {
  const [, embedSize] = w.dims("image_encoder.pos_embed") as number[];
  const [channels, , , patch] = w.dims("image_encoder.patch_embed.proj.weight") as number[];
  const imageSize = embedSize * patch;
  const depth = w.count("image_encoder.blocks.");
  return {
    encoder: "vit",
    // SAM's own ViTs take 1024×1024; those for 256×256 are SAM-Med2D's, with adapters or without.
    preprocessing: imageSize === 256 ? "sam-med2d" : "sam",
    imageSize,
    embedSize,
    width,
    summary: `ViT ${channels}×${depth}, ${imageSize}×${imageSize}`,
  };
}
