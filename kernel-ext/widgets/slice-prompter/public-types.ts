import type { Mask2d } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import type { WindowRange } from "../../../src/protocol/samples.js";

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
