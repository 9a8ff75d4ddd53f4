import type { Mask2d } from "../core/mask.js";
import type { Plane } from "../core/plane.js";
import type { PromptSet } from "../core/prompt.js";
import type { Volume } from "../io/image/volume.js";
import type { MaskVolume } from "../io/mask/mask-volume.js";
import type { WorkOptions } from "../predict/sam.js";
import type { CleanOptions } from "./clean-mask.js";

/** Prompts for an object on one slice, or its mask, which is then taken as correct and never changed. */
export interface SlicePrompt extends PromptSet {
  /** Index of the slice, as in `volume.slice`. */
  readonly slice: number;
  /** The object's number in the mask, 1 to 255. Default 1. */
  readonly label?: number;
  /** The object's mask on this slice, drawn or corrected by hand. It is used as it is; the model does not run. */
  readonly mask?: Mask2d;
}

/**
 * How the prompt for a slice is made from the mask on the neighboring slice.
 *
 * - `samlab`: the default. The box of the mask, one pixel wider on each side, with the mask's logits (only the box for
 *   a model that takes no masks). The answer is limited to 3 pixels, or 1.5 distances between slices if that is more,
 *   around the mask, and parts that do not look like the object on the prompted slice are removed
 *   (`Appearance.pruned`). Between two prompted slices, the shape interpolated between theirs is added to the mask.
 * - `laptop`: the box of the mask, 3 pixels wider on each side in the model's 256-pixel frame; the first box again if
 *   the mask is empty (`MedSAM_infer_npz_3D` of bowang-lab/MedSAM, branch LiteMedSAM, the baseline of the challenge
 *   "Segment Anything in Medical Images on Laptop").
 * - `box`, `mask` (box and mask), `points`, `pointsAndMask`, `singlePoint`: the projections of micro-sam
 *   (`multi_dimensional_segmentation.py`).
 * - `logits`: the model's low-resolution logits on the previous slice, with the box of its mask.
 * - `memory`: for SAM 2 and MedSAM2 alone. No prompt, but what the model remembers of the object on up to six slices
 *   before and on all prompted ones (`SAM2VideoPredictor`). Both directions start from the lowest prompted slice, as in
 *   MedSAM2 (medsam2_infer_3D_CT.py). It goes on where the object is not seen, and may find it again.
 * - `consensus`: `samlab` along all three planes; keeps voxels that at least two of them agree on. The other two planes
 *   start from the largest section that the first found. The slices of three planes are encoded instead of one.
 * - `volume`: for a model for volumes (`loadSam3d`) alone, and its only rule. The model finds the object in all slices
 *   at once, from its clicks one after another. It sees 192×192×192 mm around the middle of those inside the object.
 */
export type PropagationRule = (typeof propagationRules)[number];

/** The names of all rules. */
export const propagationRules = [
  "samlab",
  "laptop",
  "box",
  "mask",
  "points",
  "pointsAndMask",
  "singlePoint",
  "logits",
  "memory",
  "consensus",
  "volume",
] as const;

/**
 * When an object ends. Each bound is checked on every propagated slice; the slice that breaks one is left empty, as are
 * all slices after it.
 */
export interface StopRule {
  /** The least IoU with the mask on the previous slice, 0 to 1. */
  readonly minIou?: number;
  /** The least IoU that the model predicts for its own mask, 0 to 1. */
  readonly minPredictedIou?: number;
  /**
   * The least share of the IoU that the model predicts on the nearest prompted slice, 0 to 1 (after a given mask: on
   * the first slice after it). Predicted IoUs differ more between pictures than between slices.
   */
  readonly minPredictedShare?: number;
  /** The least area, mm². */
  readonly minArea?: number;
  /** The least share of the area of the nearest prompted slice, 0 to 1. */
  readonly minAreaShare?: number;
  /**
   * The least likeness to the object on the nearest prompted slice (`Appearance.likeness`); 1 means the same
   * appearance.
   */
  readonly minLikeness?: number;
}

/** First and last slice. */
export type SliceRange = readonly [first: number, last: number];

/** A rule that propagates along one plane. */
export type PlaneRule = Exclude<PropagationRule, "consensus" | "volume">;

/** A rule that prompts a slice by what was found on its neighbor. */
export type NeighborRule = Exclude<PlaneRule, "memory">;

/** Options of {@link segmentVolume}. */
export interface SegmentVolumeOptions extends Omit<WorkOptions, "onProgress"> {
  /** At least one in all, and at most one for each object and slice. */
  readonly prompts: readonly SlicePrompt[];
  /** Plane of the slices. Default `axial`. */
  readonly plane?: Plane;
  /** How a slice's prompt is made from its neighbor. Default `samlab`; `volume` with a model for volumes. */
  readonly rule?: PropagationRule;
  /**
   * What to do between two given masks of one object. `propagate`, the default, propagates from each; `interpolate`
   * interpolates their shapes without the model: the area where the weighted mean of their signed distances is above 0
   * (Raya and Udupa, "Shape-based interpolation of multidimensional objects", 1990).
   */
  readonly between?: "propagate" | "interpolate";
  /** How each object is cleaned at the end. Given masks do not change. */
  readonly clean?: CleanOptions;
  /**
   * A mask to start from, such as that of an earlier call. Objects without a prompt keep their voxels. Objects with one
   * are segmented again within their range and stay as they are outside it.
   */
  readonly start?: MaskVolume;
  /** The slices that may be segmented: one range for all objects, or one for each label. Default: all slices. */
  readonly range?: SliceRange | ReadonlyMap<number, SliceRange>;
  /** Default: depends on the rule. `false`: continue to the end of the range. */
  readonly stop?: StopRule | false;
  /** Called after each slice with the mask so far, which keeps changing: copy it to keep it. */
  readonly onSlice?: (slice: SegmentedSlice, mask: MaskVolume) => void;
  /**
   * Called after each slice with the step, the fraction done (0 to 1), and the estimated seconds left. Objects may end
   * early, so the fraction may jump up, and the seconds are an upper estimate.
   */
  readonly onProgress?: (step: string, fraction: number, secondsLeft: number) => void;
  /**
   * Run the image encoder even if its result is on disk, to measure the time. Each slice is still encoded only once.
   */
  readonly isFresh?: boolean;
}

/** One slice of an object, and how it was made. */
export interface SegmentedSlice {
  /** The object's number in the mask. */
  readonly label: number;
  /** Slice index, from 0. */
  readonly slice: number;
  /**
   * `given`: the caller's mask; `prompted`: predicted from the caller's prompts; `propagated`: predicted from a
   * neighbor, or found by a model for volumes; `interpolated`: between two given masks; `stopped`: the object ends here
   * (with the rule `consensus`: along the first plane).
   */
  readonly state: "given" | "prompted" | "propagated" | "interpolated" | "stopped";
  /** Pixels. */
  readonly area: number;
  /** The model's estimate; `null` for a given or interpolated mask. */
  readonly predictedIou: number | null;
  /** IoU with the mask that it was propagated from; `null` if it was not propagated. */
  readonly iouToNeighbor: number | null;
}

/** Work done for a volume. */
export interface VolumeWork {
  /** Slices that the image encoder ran on; of a model for volumes, objects. */
  readonly encoded: number;
  /** Slices, or objects, whose embedding was on disk already. */
  readonly cached: number;
  /** Milliseconds of the image encoder. */
  readonly encodeMs: number;
  /** Milliseconds of the mask decoder. */
  readonly predictMs: number;
  /** Milliseconds in total. */
  readonly milliseconds: number;
}

/** Result of {@link segmentVolume}. */
export interface SegmentedVolume {
  /** What was segmented. */
  readonly volume: Volume;
  /** On the volume's grid. */
  readonly mask: MaskVolume;
  /** By label, then by slice. */
  readonly slices: readonly SegmentedSlice[];
  /** Encoder and decoder runs, and their times. */
  readonly work: VolumeWork;
  /** The rule with its options, without the model. */
  readonly method: string;
  /** Model, device, and method, on one line. */
  readonly footnote: string;
}
