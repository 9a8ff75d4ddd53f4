import type { PromptSupport } from "../core/prompt.js";
import type { Volume } from "../io/image/volume.js";
import type { MaskVolume } from "../io/mask/mask-volume.js";
import type { MaskQuality, Sam } from "./sam.js";
import type { Voxel } from "./volume-crop.js";
import type { RunInfo, WorkOptions } from "./work.js";

export type { Voxel };

/** A click in a volume. */
export interface VoxelPoint {
  /** Voxel indices i, j, k, as in `volume.data`, 0 at the center of the first voxel; fractions are allowed. */
  readonly voxel: Voxel;
  /** 1 inside the object (default), 0 outside. */
  readonly label?: 0 | 1;
}

/** The encoder's output for the part of a volume around a voxel. Created by {@link Sam3d.embed}. */
export interface VolumeEmbedding {
  /** What was encoded. */
  readonly volume: Volume;
  /** The voxel at the middle of the part that was encoded. */
  readonly center: Voxel;
  /** Hash of the part's values and of the model: the key of the disk cache. */
  readonly key: string;
  /** True if it was read from disk and the encoder did not run. */
  readonly fromCache: boolean;
  /** Provider and time. */
  readonly info: RunInfo;
}

/** An object in a volume. */
export interface VolumePrediction {
  /** On the volume's grid, 1 inside. */
  readonly mask: MaskVolume;
  /** What {@link quality} says, 0 to 1. */
  readonly predictedIou: number;
  /** Always `stability`: the model's own estimate of its IoU is not trained. */
  readonly quality: MaskQuality;
  /** Logits of the encoded part, 32×32×32, toward right, anterior, and superior, the last the fastest. */
  readonly lowResLogits: Float32Array;
  /** Provider and time. */
  readonly info: RunInfo;
}

/** Options of {@link Sam3d.embed}. */
export interface EmbedVolumeOptions extends WorkOptions {
  /** The voxel at the middle of the part that is encoded, such as a click. */
  readonly center: Voxel;
  /** Run the encoder even if its result is in the disk cache, in order to measure it. */
  readonly isFresh?: boolean;
}

/** Options of {@link Sam3d.predict}. */
export interface PredictVolumeOptions {
  /** Of {@link Sam3d.embed}. */
  readonly embedding: VolumeEmbedding;
  /** `lowResLogits` of an earlier prediction on the same embedding, to go on from. Default: none. */
  readonly maskInput?: Float32Array;
  /** Cancels the prediction. */
  readonly signal?: AbortSignal;
}

/**
 * SAM-Med3D, a model for volumes (Wang et al., 2024), ready to run. Made by `loadSam3d`. {@link segmentVolume} takes it
 * in place of a SAM for slices.
 */
export interface Sam3d {
  /** e.g. `sam-med3d`. */
  readonly name: string;
  /** Which prompts the model was trained with: clicks. */
  readonly prompts: PromptSupport;
  /** sha256 of the checkpoint, hex. */
  readonly hash: string;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /** Notes on how it was loaded, one sentence each. Usually empty. */
  readonly notes: readonly string[];
  /** Encodes 192×192×192 mm of a volume, in voxels of 1.5 mm, or takes the result from the cache. */
  embed(volume: Volume, options: EmbedVolumeOptions): Promise<VolumeEmbedding>;
  /** Predicts one object by clicks, one after another, each with the mask of those before it. */
  predict(points: readonly VoxelPoint[], options: PredictVolumeOptions): Promise<VolumePrediction>;
  /** Frees the sessions. Idempotent. */
  dispose(): Promise<void>;
}

/** Whether a model is one for volumes. */
export function isSam3d(sam: Sam | Sam3d): sam is Sam3d {
  return !("predictBatch" in sam);
}
