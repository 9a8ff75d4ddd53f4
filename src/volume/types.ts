import type { Mask2d } from "../core/mask.js";
import type { Plane } from "../core/plane.js";
import type { PromptSet } from "../core/prompt.js";
import type { MaskVolume } from "../io/mask/mask-volume.js";
import type { WorkOptions } from "../predict/sam.js";
import type { CleanOptions } from "./clean-mask.js";

/** What is known of an object on one slice: prompts for the model, or a mask that is right and stays as it is. */
export interface SlicePrompt extends PromptSet {
  /** The slice, counted as `volume.slice` counts. */
  readonly slice: number;
  /** The object's number in the mask, 1 to 255. Default 1. */
  readonly label?: number;
  /** The object's mask on this slice, drawn or corrected by hand. It is taken as it is, and no model is asked. */
  readonly mask?: Mask2d;
}

/**
 * How the prompt of a slice follows from the mask beside it.
 *
 * - `samlab`: the default. The box of the mask, one pixel wider, with the logits behind the mask (the box alone for a
 *   model that takes no masks); the answer counts as far as it lies within 3 pixels, or one and a half distances
 *   between slices, of the mask, without what does not look like the object on the prompted slice
 *   (`Appearance.pruned`). Between two prompted slices the shape that lies between theirs is added to the mask.
 * - `laptop`: the box of the mask, 3 pixels wider on each side in the model's 256-pixel frame; the first box again
 *   where the mask is empty (`MedSAM_infer_npz_3D` of bowang-lab/MedSAM, branch LiteMedSAM, the baseline of the
 *   challenge "Segment Anything in Medical Images on Laptop").
 * - `box`, `mask` (box and mask), `points`, `pointsAndMask`, `singlePoint`: the projections of micro-sam
 *   (`multi_dimensional_segmentation.py`).
 * - `logits`: the model's own low-resolution logits of the slice before, with their box.
 * - `consensus`: `samlab` along all three planes, and what two of them agree on. The other two planes start from the
 *   largest section that the first has found. Its price: the slices of three planes are encoded instead of those of
 *   one.
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
  "consensus",
] as const;

/**
 * When an object ends. Each bound is checked on every propagated slice; the slice that breaks one is left empty, as are
 * those behind it.
 */
export interface StopRule {
  /** The least IoU with the mask of the slice before, 0 to 1. */
  readonly minIou?: number;
  /** The least IoU that the model predicts for its own mask, 0 to 1. */
  readonly minPredictedIou?: number;
  /**
   * The least share of the IoU that the model predicts on the nearest prompted slice, 0 to 1 (from a given mask on: of
   * that on the first slice after it). How sure a model is of its masks differs from picture to picture more than from
   * slice to slice.
   */
  readonly minPredictedShare?: number;
  /** The least area, mm². */
  readonly minArea?: number;
  /** The least share of the area of the nearest prompted slice, 0 to 1. */
  readonly minAreaShare?: number;
  /**
   * How much the mask must look like the object on the nearest prompted slice (`Appearance.likeness`); 1 is just like
   * it.
   */
  readonly minLikeness?: number;
}

/** First and last slice. */
export type SliceRange = readonly [first: number, last: number];

/** A rule that goes along one plane. */
export type PlaneRule = Exclude<PropagationRule, "consensus">;

/** Prompts, rule, range, and where objects end. */
export interface SegmentVolumeOptions extends Omit<WorkOptions, "onProgress"> {
  /** At least one; for one object at most one on each slice. */
  readonly prompts: readonly SlicePrompt[];
  /** Along which slices. Default `axial`. */
  readonly plane?: Plane;
  /** How a slice's prompt follows from its neighbor. Default `samlab`. */
  readonly rule?: PropagationRule;
  /**
   * Between two masks that were given for one object: `propagate`, the default, goes on from each; `interpolate` takes
   * the shapes that lie between them, where the weighted mean of their signed distances is above 0 (Raya and Udupa,
   * "Shape-based interpolation of multidimensional objects", 1990). No model is asked then.
   */
  readonly between?: "propagate" | "interpolate";
  /** Cleans each object at the end. Slices whose mask was given stay as they are. */
  readonly clean?: CleanOptions;
  /**
   * A mask to go on from, such as that of an earlier call. Objects that have no prompt stay as they are and keep their
   * voxels; those that have are segmented anew within their range, and stay outside of it.
   */
  readonly start?: MaskVolume;
  /** The slices that may be segmented, of all objects or of each by its label. Default: all. */
  readonly range?: SliceRange | ReadonlyMap<number, SliceRange>;
  /** Default: that of the rule. `false`: go on to the end of the range. */
  readonly stop?: StopRule | false;
  /** Called after each slice with the mask so far, which goes on changing. */
  readonly onSlice?: (slice: SegmentedSlice, mask: MaskVolume) => void;
  /**
   * Called after each slice: what was done, the done fraction 0 to 1, and the seconds that the rest takes. Objects may
   * end sooner than they can, so the fraction may jump up, and the seconds are at most what is left.
   */
  readonly onProgress?: (step: string, fraction: number, secondsLeft: number) => void;
  /**
   * Run the image encoder even where the disk has its result: to measure the time. Each slice is still encoded once.
   */
  readonly isFresh?: boolean;
}

/** How a slice of an object came about. */
export interface SegmentedSlice {
  /** The object's number in the mask. */
  readonly label: number;
  /** From 0. */
  readonly slice: number;
  /**
   * `given`: a mask of the caller; `prompted`: the model, from the caller's prompts; `propagated`: from a neighbor;
   * `interpolated`: between two given masks; `stopped`: a stop rule ended the object here.
   */
  readonly state: "given" | "prompted" | "propagated" | "interpolated" | "stopped";
  /** Pixels. */
  readonly area: number;
  /** The model's estimate; `null` for a given mask. */
  readonly predictedIou: number | null;
  /** IoU with the mask that it was propagated from; `null` where it was not. */
  readonly iouToNeighbor: number | null;
}

/** What a volume took. */
export interface VolumeWork {
  /** Slices that the image encoder ran on. */
  readonly encoded: number;
  /** Slices whose embedding was on disk already. */
  readonly cached: number;
  /** Milliseconds of the image encoder. */
  readonly encodeMs: number;
  /** Milliseconds of the mask decoder. */
  readonly predictMs: number;
  /** Milliseconds from beginning to end. */
  readonly milliseconds: number;
}

/** What {@link segmentVolume} found. */
export interface SegmentedVolume {
  /** On the volume's grid. */
  readonly mask: MaskVolume;
  /** By label, then by slice. */
  readonly slices: readonly SegmentedSlice[];
  /** What it took. */
  readonly work: VolumeWork;
  /** The rule with its options, without the model. */
  readonly method: string;
  /** How it was made, one line. */
  readonly footnote: string;
}
