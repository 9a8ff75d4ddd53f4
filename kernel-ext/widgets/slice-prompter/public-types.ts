import type { Mask2d } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import type { MaskOrigin } from "../../../src/protocol/slice-prompter.js";
import type { PropagationRule } from "../../../src/volume/types.js";

/** What the model answered to the prompts of a slice. */
export interface SlicePrediction {
  /** The model's own estimate of the shown mask's IoU, 0 to 1. */
  readonly predictedIou: number;
  /** After a single click: the three alternatives, from part to whole. */
  readonly candidates: readonly { readonly mask: Mask2d; readonly predictedIou: number }[];
  /** Which of them is shown; −1 for the single mask. */
  readonly chosen: number;
  /** What the model saw; null for a picture that it takes as it is. */
  readonly window: WindowRange | null;
  /** Milliseconds of the decoder. */
  readonly predictMs: number;
  /** Null when the slice had been encoded before. */
  readonly encodeMs: number | null;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
}

/** An object to segment, as it stands in the widget's list. */
export interface PromptObject {
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  /** Finished: see `lockObject`. */
  readonly locked: boolean;
}

/** Where prompts belong. Default: the slice and plane that are shown. */
export interface PlaceOptions {
  /** From 0. */
  readonly slice?: number;
  /** The plane of the slice. */
  readonly plane?: Plane;
}

/** How an object is followed through the slices. */
export interface PropagateOptions {
  /** First and last slice, counted from 0. Default: all slices of the plane. */
  readonly range?: readonly [first: number, last: number];
  /** How the prompt of a slice follows from the mask beside it. Default `samlab`. */
  readonly rule?: PropagationRule;
}

/** What is known of an object on a slice. */
export interface SliceReport {
  /** From 0, along the plane that is shown. */
  readonly slice: number;
  /** The object's name. */
  readonly object: string;
  /** Where its mask comes from: the model by prompts on the slice, the slices beside it, or a hand. */
  readonly origin: MaskOrigin;
  /** False while the model is at work, and where the object was looked for and is not. */
  readonly hasMask: boolean;
  /** True if the user has said that the slice is right. */
  readonly confirmed: boolean;
  /** Why a propagated mask should be looked at; empty if there is no reason. */
  readonly doubt: string;
}
