import type { Mask2d } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import type { MarkOrigin } from "../../../src/protocol/slice-prompter.js";
import type { PropagationRule } from "../../../src/volume/types.js";

/** The model's answer to the prompts of a slice. */
export interface SlicePrediction {
  /** The model's own estimate of the shown mask's IoU, 0 to 1, or its stability: see `sam.quality`. */
  readonly predictedIou: number;
  /** After a single click: the three alternatives, from part to whole. */
  readonly candidates: readonly { readonly mask: Mask2d; readonly predictedIou: number }[];
  /** The index of the shown candidate; −1 for the model's own answer. */
  readonly chosen: number;
  /** The model's window; null for an image used as it is. */
  readonly window: WindowRange | null;
  /** Decoder time in milliseconds. */
  readonly predictMs: number;
  /** Encoder time in milliseconds; null if the slice was already encoded. */
  readonly encodeMs: number | null;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
}

/** An object in the widget's list. */
export interface PromptObject {
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  /** Finished: see `lockObject`. */
  readonly locked: boolean;
}

/** The slice that prompts belong to. Default: the current slice and plane. */
export interface PlaceOptions {
  /** Slice index, from 0. */
  readonly slice?: number;
  /** The plane of the slice. */
  readonly plane?: Plane;
}

/** Options of `scribble` and `lasso`. */
export interface FreehandOptions extends PlaceOptions {
  /** Default true. False: points that do not belong to the object; an area that is removed from the mask. */
  readonly include?: boolean;
}

/** Options of `propagate`. */
export interface PropagateOptions {
  /** First and last slice, counted from 0. Default: all slices of the plane. */
  readonly range?: readonly [first: number, last: number];
  /**
   * How the prompt of a slice is derived from the mask of its neighbor. Default: that of `promptSlices`, else `samlab`.
   */
  readonly rule?: PropagationRule;
}

/** Status of an object on a slice. */
export interface SliceReport {
  /** Slice index from 0, along the current plane. */
  readonly slice: number;
  /** The object's name. */
  readonly object: string;
  /**
   * Where its mask comes from: prompts on the slice, propagation from other slices, drawing, or (`crossing`) only from
   * slices of other planes.
   */
  readonly origin: MarkOrigin;
  /** False while a prediction is pending, and if the object was searched for and not found. */
  readonly hasMask: boolean;
  /** True if the user has confirmed the slice. */
  readonly confirmed: boolean;
  /** Why a propagated mask needs review; empty if it does not. */
  readonly doubt: string;
}
