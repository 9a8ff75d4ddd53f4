import type { Mask2d } from "../core/mask.js";
import type { PromptSet, PromptSupport } from "../core/prompt.js";
import type { Image2d } from "../io/image/image.js";
import type { DeSamMode } from "../models/de-sam-mode.js";
import type { AutomaskSettings } from "./automask/options.js";
import type { Segmentation } from "./segmentation.js";
import type { RunInfo, WorkOptions } from "./work.js";

export type { RunInfo, WorkOptions };

/**
 * The image encoder's output for one image, and the geometry for mapping masks back to the image. Created by
 * {@link Sam.embed}.
 */
export interface ImageEmbedding {
  readonly width: number;
  readonly height: number;
  /** Hash of pixels, window and model: the key of the disk cache. */
  readonly key: string;
  /** True if it was read from disk and the encoder did not run. */
  readonly fromCache: boolean;
  /** Model, provider and times. */
  readonly info: RunInfo;
}

/**
 * How masks are rated: by the IoU that the model predicts, or by the stability score (amg.py of segment-anything), the
 * IoU of the masks with thresholds one logit higher and lower.
 */
export type MaskQuality = "predicted IoU" | "stability";

/** One candidate mask. */
export interface MaskCandidate {
  /** On the image's grid. */
  readonly mask: Mask2d;
  /**
   * The model's own estimate of its IoU, 0 to 1 (not clamped: the head may exceed 1 slightly), or what replaces it: see
   * `quality`.
   */
  readonly predictedIou: number;
  /** What `predictedIou` is; left out for the model's own estimate. See {@link Sam.quality}. */
  readonly quality?: MaskQuality;
  /** Logits before upscaling, row-major, the model's low-resolution frame; feed back as `maskInput`. */
  readonly lowResLogits: Float32Array;
}

/** The prediction for one prompt set: SAM's single mask; of SAM-Med2D the best rated of its alternatives. */
export interface Prediction extends MaskCandidate {
  /** With `multimask`: the model's three alternatives, from part to whole; otherwise empty. */
  readonly candidates: readonly MaskCandidate[];
  /** Model, provider and times. */
  readonly info: RunInfo;
}

/** Options of {@link Sam.predict} and {@link Sam.predictBatch}. */
export interface PredictOptions {
  /** Also return the three alternative masks (SAM's `multimask_output`). Default `false`. */
  readonly multimask?: boolean;
  /** The embedding to predict on. Default: the one of the last {@link Sam.setImage}. */
  readonly embedding?: ImageEmbedding;
  /** Cancels the prediction. */
  readonly signal?: AbortSignal;
}

/** Options of {@link Sam.embed}. */
export interface EncodeOptions extends WorkOptions {
  /** Run the image encoder even if its result is in the disk cache, in order to measure it. */
  readonly isFresh?: boolean;
  /** Encode an image of one gray value too, which is refused otherwise: for SAM 2's memory. */
  readonly isBlankAllowed?: boolean;
}

/** Options of {@link Sam.segment}. */
export interface SegmentOptions extends WorkOptions {
  /** The image's embedding, if it has been computed already. Default: computed, or taken from the cache. */
  readonly embedding?: ImageEmbedding;
  /**
   * For a model without classes, one that proposes boxes, or DeSAM's grid: settings of everything mode that differ from
   * its own. For DeSAM's `whole-box`: `minMaskRegionArea` alone.
   */
  readonly automask?: Partial<AutomaskSettings>;
  /**
   * For DeSAM: what it is prompted with. Default: what the model was trained with, where its file or `loadSam`'s
   * `deSamMode` says so, else `whole-box`.
   */
  readonly mode?: DeSamMode;
}

/**
 * What SAM 2 remembers of one object, to find it on other slices of a volume (or frames of a video). Made by
 * {@link Sam.startMemory}.
 */
export interface ObjectMemory {
  /**
   * Predicts the object on a slice from prompts, as SAM 2's video predictor does, and remembers it there: of one click
   * the best rated of the three alternatives, of more the single mask, if it is stable; an empty mask where the model
   * does not see the object.
   * @param embedding of the slice
   */
  prompt(slice: number, prompt: PromptSet, embedding: ImageEmbedding): Promise<Prediction>;
  /** Remembers a mask that is taken as correct. An empty one says that the object is not on the slice. */
  give(slice: number, mask: Mask2d, embedding: ImageEmbedding): Promise<void>;
  /**
   * Finds the object on a slice by what is remembered of it: all slices with prompts, and those found before it in this
   * direction since it was taken. Call it for one slice after another, after at least one prompt or mask.
   * @param step 1 towards later slices, −1 towards earlier ones
   * @throws {SamlabError} `state-order` before a prompt or mask
   */
  track(slice: number, step: 1 | -1, embedding: ImageEmbedding): Promise<Prediction>;
}

/** A promptable segmentation model, ready to run: SAM's image encoder, prompt encoder and mask decoder. */
export interface Sam {
  /** e.g. `lite-medsam-clicks`. */
  readonly name: string;
  /** Which prompts the model was trained with. */
  readonly prompts: PromptSupport;
  /** sha256 of the checkpoint (and adapter), hex. */
  readonly hash: string;
  /** sha256 of the adapter in it, hex; omitted or empty for a model without one. */
  readonly adapterHash?: string;
  /** The preprocessing in use, e.g. `SAM`, `MedSAM`; omitted if unknown. */
  readonly preprocessing?: string;
  /**
   * The images that its adapter was trained on, also if it is an export with that adapter in it, by a hash of their
   * pixels; empty or omitted if unknown.
   */
  readonly trainedImages?: ReadonlySet<string>;
  /**
   * The classes that {@link segment} tells apart, the background first; empty or omitted for a model that only
   * takes prompts.
   */
  readonly classNames?: readonly string[];
  /** What DeSAM's {@link segment} prompts it with, unless asked otherwise; `null` or omitted for other models. */
  readonly deSamMode?: DeSamMode | null;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /**
   * What `predictedIou` of its masks is. Omitted: the IoU that the model predicts; `stability` for EdgeSAM, whose
   * prediction is not trained.
   */
  readonly quality?: MaskQuality;
  /** Side of the square low-resolution frame of `lowResLogits`, in pixels. */
  readonly lowResSize: number;
  /**
   * Runs the image encoder (or takes its result from the cache) and remembers the image for {@link predict}. If calls
   * overlap, the last call wins, whichever finishes last; {@link predict} throws `state-order` until it is done. Use
   * {@link embed} to work on several images at once.
   */
  setImage(image: Image2d, options?: WorkOptions): Promise<ImageEmbedding>;
  /** As {@link setImage}, without remembering: for several images at once. */
  embed(image: Image2d, options?: EncodeOptions): Promise<ImageEmbedding>;
  /**
   * As {@link embed}, but in the background at low priority, for images that may be prompted later. Null if the model
   * is too large for that. If it is missing, {@link embed} is used.
   */
  embedAhead?(image: Image2d, options?: WorkOptions): Promise<ImageEmbedding | null>;
  /** Prompt encoder and mask decoder for one object. Coordinates are pixels of the image given to {@link setImage}. */
  predict(prompt: PromptSet, options?: PredictOptions): Promise<Prediction>;
  /**
   * A mask of the image as a prompt (`maskInput`): logits in the model's low-resolution frame. Undefined for models
   * that do not take masks.
   */
  maskInput?(mask: Mask2d): Float32Array;
  /** Predicts several objects on the same image in one run. */
  predictBatch(prompts: readonly PromptSet[], options?: PredictOptions): Promise<Prediction[]>;
  /**
   * Begins to follow an object through slices. Omitted where there is no memory; a model other than SAM 2 may throw
   * `argument-invalid` instead.
   * @param slices how many the volume has
   */
  startMemory?(slices: number): Promise<ObjectMemory>;
  /** Segments an image without a prompt. Omitted for a model that only takes prompts. */
  segment?(image: Image2d, options?: SegmentOptions): Promise<Segmentation>;
  /** Frees the sessions. Idempotent. */
  dispose(): Promise<void>;
}
