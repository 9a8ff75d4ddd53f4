import { SamlabError } from "../core/errors.js";
import { showDims } from "../onnx/graph.js";
import { isAutoSam } from "./auto-sam.js";
import { isDeSam } from "./de-sam.js";
import { classesOfDensePrompt, isDensePrompt } from "./dense-prompt.js";
import { efficientVitEpsilon, efficientVitStages, isEfficientViT } from "./efficient-vit.js";
import { hieraStages, isHiera, isKnownHiera } from "./hiera.js";
import { isHqSam } from "./hq-sam.js";
import type { Preprocessing } from "./preprocessing.js";
import type { PromptSizes } from "./prompt-encoder.js";
import { isEdgeSam, isRepViT, repVitStages } from "./rep-vit.js";
import { isSam2 } from "./sam2.js";
import { isSamus, samusGrid, samusSize } from "./samus.js";
import { isScribblePrompt, scribblePromptSize } from "./scribble-prompt.js";
import { classesOfPrototypes, isSurgicalSam } from "./surgical-sam.js";
import { vitGrid } from "./vit.js";
import type { Weights } from "./weights.js";

/** A checkpoint's architecture, detected from its tensors. */
export interface Architecture extends PromptSizes {
  /** The kind of image encoder; `none` where the decoder takes the picture itself. */
  readonly encoder: "tiny-vit" | "vit" | "samus" | "rep-vit" | "efficient-vit" | "hiera" | "none";
  /**
   * Side of the image encoder's square input, in pixels. Prompts and masks are in a frame of `imageSize`, which is the
   * same but for EfficientViT-SAM L0, L1, and L2.
   */
  readonly inputSize: number;
  /**
   * As implied by the tensors. Files with the same shapes can need different preprocessing (MedSAM has SAM's): see
   * `preprocessing-choice.ts`.
   */
  readonly preprocessing: Preprocessing;
  /**
   * What makes masks of the embedding: SAM's decoder, HQ-SAM's, SAM 2's, or ScribblePrompt's U-Net, which take prompts,
   * or a decoder of classes.
   */
  readonly head:
    | "prompts"
    | "hq-sam"
    | "sam2"
    | "scribble-prompt"
    | "auto-sam"
    | "de-sam"
    | "surgical-sam"
    | "dense-prompt";
  /**
   * Shapes of the encoder outputs that the decoder takes besides the embedding; the encoder then returns everything as
   * one row. Empty for most models.
   */
  readonly features: readonly (readonly number[])[];
  /**
   * Masks that the decoder gives: SAM's single one and its alternatives, or one for each class, with the background
   * (AutoSAM) or without it.
   */
  readonly masks: number;
  /**
   * `stability` if the decoder's estimate of a mask's IoU is not trained, so that the stability score replaces it
   * (EdgeSAM).
   */
  readonly quality?: "stability";
  /**
   * `best` if the model answers with the alternative of the highest predicted IoU, since its single mask is not trained
   * (SAM-Med2D: train.py and `SammedPredictor.predict`, multimask_output); `stable` if it does so where the single mask
   * is not stable (SAM 2: `MaskDecoder._dynamic_multimask_via_stability`). Left out: with the single mask.
   */
  readonly answer?: "best" | "stable";
  /**
   * `probability` if mask prompts are given to the decoder as the sigmoid of their logits (SAM-Med2D: utils.py,
   * `generate_point`, for train.py and test.py). Left out: as logits.
   */
  readonly maskPrompt?: "probability";
  /** For people, e.g. `TinyViT 64/128/160/320, 256×256`. */
  readonly summary: string;
}

/** Whether the decoder is SAM's, as it is or as HQ-SAM or SAM 2 extends it. */
export const hasSamDecoder = ({ head }: Architecture) => head === "prompts" || head === "hq-sam" || head === "sam2";

/** Whether the decoder takes prompts; otherwise it segments classes. */
export const takesPrompts = (architecture: Architecture) =>
  hasSamDecoder(architecture) || architecture.head === "scribble-prompt";

/** Whether each class but the background has its own mask. */
export const hasMaskPerClass = (architecture: Architecture) =>
  !takesPrompts(architecture) && architecture.head !== "auto-sam";

/** A mask prompt, which is logits, as the model's decoder takes it. */
export function decoderMask(logits: Float32Array, { maskPrompt }: Architecture): Float32Array {
  return maskPrompt === "probability" ? logits.map((logit) => 1 / (1 + Math.exp(-logit))) : logits;
}

/**
 * Recognizes the architecture by the tensors' names and shapes.
 * @param imageSize of SAM 2, whose weights do not tell it; default 1024
 * @throws {SamlabError} `model-unknown`, naming what was found
 */
export function recognize(w: Weights, imageSize?: number): Architecture {
  if (isScribblePrompt(w)) return scribblePromptArchitecture(w);
  const width = w.dims("mask_decoder.mask_tokens.weight")?.[1];
  if (width !== undefined && (w.has("prompt_encoder.no_mask_embed.weight") || isAutoSam(w) || isSurgicalSam(w))) {
    if (w.has("image_encoder.patch_embed.seq.0.c.weight")) return tinyVitArchitecture(w, width);
    if (isSamus(w)) return samusArchitecture(w, width);
    if (w.dims("image_encoder.patch_embed.proj.weight")?.length === 4 && positionAxes(w) === 4)
      return vitArchitecture(w, width);
    if (isRepViT(w)) return repVitArchitecture(w, width);
    if (isEfficientViT(w)) return efficientVitArchitecture(w, width);
    if (isHiera(w) && isSam2(w) && isKnownHiera(hieraStages(w.scope("image_encoder"))))
      return sam2Architecture(w, width, imageSize);
  }
  throw new SamlabError("model-unknown", whatItIs(w), {
    file: w.file,
    field: "architecture",
    value: w.names().slice(0, 3),
    remedy:
      "Supported are SAM and MedSAM (ViT-B, -L, -H), HQ-SAM, SlimSAM, SAM-Med2D, SAMUS, Medical SAM Adapter, AutoSAM (Hu), DeSAM, SurgicalSAM, ScribblePrompt's U-Net, MobileSAM, TinySAM and LiteMedSAM (TinyViT), RepViT-SAM and EdgeSAM (RepViT), EfficientViT-SAM, and SAM 2 and MedSAM2 (Hiera).",
  });
}

/** Sides of SAM 2's and MedSAM2's inputs. */
export const sam2Size = 1024;
export const medSam2Size = 512;

/** Axes of a ViT's table of positions: SAM's is [1, rows, columns, channels]. */
const positionAxes = (w: Weights) => w.dims("image_encoder.pos_embed")?.length;

/** The embedding is the picture; the grid is such that logits have the picture's size. */
function scribblePromptArchitecture(w: Weights): Architecture {
  const imageSize = scribblePromptSize;
  return {
    encoder: "none",
    preprocessing: "scribble-prompt",
    inputSize: imageSize,
    imageSize,
    embedSize: imageSize / 4,
    width: 1,
    head: "scribble-prompt",
    masks: 1,
    features: [],
    summary: `ScribblePrompt's U-Net of ${w.dims("downs.0.conv.0.weight")?.[0]} channels, ${imageSize}×${imageSize}`,
  };
}

/** For people: what a file holds that is no SAM model of a known kind. */
function whatItIs(w: Weights): string {
  const names = w.names();
  const first = names.slice(0, 3).map((name) => `${name} ${showDims(w.dims(name) ?? [])}`);
  const [other] = w.unread;
  const others = other ? `, and ${w.unread.size} that are not read: ${other[0]} is ${other[1]}` : "";
  const found = `${names.length} tensors, the first ${first.join(", ") || "none"}${others}`;
  const missing = ["image_encoder", "prompt_encoder", "mask_decoder"].filter(
    (part) => w.scope(part).names().length === 0,
  );
  const stages = isHiera(w) ? hieraStages(w.scope("image_encoder")) : null;
  if (stages && !isKnownHiera(stages)) {
    return `${w.file} has a Hiera of ${stages.join(", ")} blocks, which no published SAM 2 has (${found}).`;
  }
  if (positionAxes(w) === 5)
    return `${w.file} is a SAM for volumes (3D patches, as SAM-Med3D's), which loadSam3d loads (${found}).`;
  if (positionAxes(w) === 3) {
    return `${w.file} has a ViT with one list of positions, as EfficientSAM's, which this version does not read (${found}).`;
  }
  if (w.has("iou_token.weight") && w.has("mask_tokens.weight")) {
    return `${w.file} is a mask decoder alone, without the image encoder and the prompt encoder that it was trained with (${found}).`;
  }
  if (missing.length === 3) return `${w.file} is a different network, not SAM: ${found}.`;
  if (missing.length > 0)
    return `${w.file} is not a complete SAM model: it has no ${missing.join(", no ")} (${found}).`;
  return `${w.file} has an image encoder this version does not know (${found}).`;
}

/** LiteMedSAM embeds single pixels of a 256×256 input, MobileSAM 4×4 patches of 1024×1024; both give 64×64. */
function tinyVitArchitecture(w: Weights, width: number): Architecture {
  const isLite = w.dims("image_encoder.patch_embed.seq.0.c.weight")?.[2] === 1;
  const imageSize = isLite ? 256 : 1024;
  return {
    encoder: "tiny-vit",
    preprocessing: isLite ? "lite-medsam" : isMedicalSamAdapter(w) ? "medical-sam-adapter" : "sam",
    inputSize: imageSize,
    imageSize,
    embedSize: 64,
    width,
    ...headOf(w, width),
    summary: `${namedHead(w)}TinyViT, ${imageSize}×${imageSize}`,
  };
}

function vitArchitecture(w: Weights, width: number): Architecture {
  const embedSize = vitGrid(w.scope("image_encoder"));
  const [channels = 0, , , patch = 0] = w.dims("image_encoder.patch_embed.proj.weight") ?? [];
  const imageSize = embedSize * patch;
  const depth = w.count("image_encoder.blocks.");
  return {
    encoder: "vit",
    preprocessing: vitPreprocessing(w, imageSize),
    inputSize: imageSize,
    imageSize,
    embedSize,
    width,
    ...headOf(w, width),
    summary: `${namedHead(w)}ViT ${channels}×${depth}, ${imageSize}×${imageSize}`,
  };
}

function samusArchitecture(w: Weights, width: number): Architecture {
  const channels = w.dims("image_encoder.patch_embed.proj.weight")?.[0];
  return {
    encoder: "samus",
    preprocessing: "samus",
    inputSize: samusSize,
    imageSize: samusSize,
    embedSize: samusGrid,
    width,
    ...headOf(w, width),
    summary: `${namedHead(w)}SAMUS, ViT ${channels}×${w.count("image_encoder.blocks.")}, ${samusSize}×${samusSize}`,
  };
}

function repVitArchitecture(w: Weights, width: number): Architecture {
  const stages = repVitStages(w.scope("image_encoder"));
  return {
    ...lightSizes,
    encoder: "rep-vit",
    inputSize: lightSizes.imageSize,
    width,
    ...headOf(w, width),
    ...(isEdgeSam(w) ? { quality: "stability" } : {}),
    summary: `RepViT ${stages.join("/")}, 1024×1024`,
  };
}

/** Models with five stages take 512×512 pixels, those with six 1024×1024; prompts are in 1024×1024 in both. */
function efficientVitArchitecture(w: Weights, width: number): Architecture {
  const stages = efficientVitStages(w.scope("image_encoder"));
  const inputSize = stages.length === 5 ? 512 : 1024;
  return {
    ...lightSizes,
    encoder: "efficient-vit",
    inputSize,
    normEpsilon: efficientVitEpsilon,
    width,
    ...headOf(w, width),
    summary: `EfficientViT ${stages.join("/")}, ${inputSize}×${inputSize}`,
  };
}

/** MedSAM2 has SAM 2's names and shapes, and an input of 512×512. */
function sam2Architecture(w: Weights, width: number, imageSize = sam2Size): Architecture {
  return {
    encoder: "hiera",
    preprocessing: "sam2",
    inputSize: imageSize,
    imageSize,
    embedSize: imageSize / 16,
    width,
    head: "sam2",
    features: [
      [1, width / 8, imageSize / 4, imageSize / 4],
      [1, width / 4, imageSize / 8, imageSize / 8],
    ],
    masks: w.dims("mask_decoder.mask_tokens.weight")?.[0] ?? 0,
    answer: "stable",
    summary: `SAM 2, Hiera ${w.dims("image_encoder.trunk.patch_embed.proj.weight")?.[0]}×${w.count("image_encoder.trunk.blocks.")}, ${imageSize}×${imageSize}`,
  };
}

/** Of RepViT and EfficientViT, whose weights do not tell them. */
const lightSizes = { preprocessing: "sam", imageSize: 1024, embedSize: 64 } as const;

const namedHead = (w: Weights) => (isHqSam(w) ? "HQ-SAM, " : "");

function headOf(w: Weights, width: number): Pick<Architecture, "head" | "masks" | "features"> {
  const features: Architecture["features"] = [];
  if (isAutoSam(w)) return { head: "auto-sam", masks: w.dims("mask_decoder.iou_token.weight")?.[0] ?? 0, features };
  if (isDeSam(w)) return { head: "de-sam", masks: 1, features };
  if (isSurgicalSam(w)) return { head: "surgical-sam", masks: classesOfPrototypes(w), features };
  if (isDensePrompt(w)) return { head: "dense-prompt", masks: classesOfDensePrompt(w, width), features };
  const masks = w.dims("mask_decoder.mask_tokens.weight")?.[0] ?? 0;
  return { head: isHqSam(w) ? "hq-sam" : "prompts", features, masks };
}

/** SAM's own ViTs take 1024×1024; those for 256×256 are SAM-Med2D's, with adapters or without. */
function vitPreprocessing(w: Weights, imageSize: number): Preprocessing {
  if (isAutoSam(w)) return "auto-sam";
  if (isDeSam(w)) return "de-sam";
  if (isMedicalSamAdapter(w)) return "medical-sam-adapter";
  return imageSize === 256 ? "sam-med2d" : "sam";
}

/**
 * Medical SAM Adapter names a ViT's tables of relative positions otherwise than SAM. In a TinyViT its adapters tell it;
 * samlab's own files with such adapters say how they are fed.
 */
function isMedicalSamAdapter(w: Weights): boolean {
  const adapters = /^image_encoder\.layers\.\d+\.blocks\.\d+\.Space_Adapter\./;
  return w.has("image_encoder.blocks.0.attn.rel_h") || w.names().some((name) => adapters.test(name));
}
