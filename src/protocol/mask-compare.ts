import type { WindowRange } from "./samples.js";
import type { Place, SliceSamples, Subject, WireBytes } from "./slices.js";

/** Raised when a state or intent changes its meaning; a view rejects a kernel with a different version. */
export const maskCompareProtocol = 3;

/** The name of the comparison's model, by which the browser finds its code. */
export const maskCompareModel = "MaskCompareModel";
/** The name of the comparison's view. */
export const maskCompareView = "MaskCompareView";

/**
 * `side-by-side`: a picture for each mask; `swipe`: two masks in one picture with a line between them; `blink`: one
 * mask at a time.
 */
export type CompareLayout = "side-by-side" | "swipe" | "blink";

/** All layouts. */
export const compareLayouts: readonly CompareLayout[] = ["side-by-side", "swipe", "blink"];

/** How masks are drawn: each in its color, or colored by agreement with the truth. */
export type ComparePaint = "masks" | "agreement";

/** All ways to draw masks. */
export const comparePaints: readonly ComparePaint[] = ["masks", "agreement"];

/** How the masks are arranged and drawn. */
export interface CompareDisplay {
  /** Side by side, swipe, or blink. */
  readonly layout: CompareLayout;
  /** Each mask in its color, or its agreement with the truth. */
  readonly paint: ComparePaint;
}

/** One of the masks that are compared. Fixed for the life of the widget. */
export interface ComparedMask {
  /** Index in the given order; the truth comes last. */
  readonly id: number;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  /** The reference that others are scored against, a given mask, or one predicted by a model. */
  readonly role: "truth" | "mask" | "predictor";
  /** For a predictor: name and provider of the model. */
  readonly model: string | null;
}

/** Scores against the truth; null where a score is undefined (see `emptyScore`). */
export interface ScoreState {
  /** 0 to 1. */
  readonly dice: number | null;
  /** 0 to 1. */
  readonly iou: number | null;
  /** In mm, or pixels where the image does not say how large they are. */
  readonly hd95: number | null;
}

/**
 * Why a mask is missing: it is being computed, is queued, was canceled, failed, has no prompt on this slice, or the
 * given mask does not cover this slice.
 */
export type Absence = "working" | "waiting" | "stopped" | "failed" | "no-prompt" | "not-given";

/** A mask on the current slice. */
export interface MaskOnSlice {
  /** The mask's number, see {@link ComparedMask}. */
  readonly mask: number;
  /** Bits as `packMask` makes them; null while there is none. */
  readonly bits: WireBytes | null;
  /** Why it is missing; null if it is not. */
  readonly absent: Absence | null;
  /** Null for the truth, without a truth, and without a mask. */
  readonly scores: ScoreState | null;
}

/** A mask's scores over the whole volume, or over the slices for which it is known. */
export interface MaskTotal {
  /** The mask's number, see {@link ComparedMask}. */
  readonly mask: number;
  /** Null while being computed, or until all slices are predicted. */
  readonly scores: ScoreState | null;
  /** Slices predicted, and slices with a prompt; null for masks. */
  readonly predicted: { readonly done: number; readonly of: number } | null;
  /** Number of scored slices if not all of them; else null. */
  readonly slices: number | null;
}

/** Dice of each slice in the displayed plane. */
export interface StripLine {
  /** The mask's number, see {@link ComparedMask}. */
  readonly mask: number;
  /** One little-endian float32 per slice, 0 to 1; NaN where it is undefined or not known. */
  readonly dice: WireBytes;
}

/** Progress of a predictor. */
export interface CompareWork {
  /** The predictor's number, see {@link ComparedMask}. */
  readonly mask: number;
  /** The slice that is being predicted. */
  readonly index: number;
  /** 0 to 1, of the image encoder; null when unknown. */
  readonly fraction: number | null;
  /** Predictions done and requested; null when only the displayed slice was requested. */
  readonly batch: { readonly done: number; readonly of: number } | null;
}

/** The full state of a view, owned by the kernel, so that a reloaded page or a second view shows the same. */
export interface MaskCompareState {
  /** As {@link maskCompareProtocol}. */
  readonly protocol: number;
  /** The image. */
  readonly subject: Subject;
  /** The displayed slice. */
  readonly place: Place;
  /** Samples of the displayed slice. */
  readonly slice: SliceSamples;
  /** Null for pictures in color. */
  readonly window: { readonly shown: WindowRange; readonly presets: readonly WindowRange[] } | null;
  /** The compared masks, the truth last. */
  readonly masks: readonly ComparedMask[];
  /** The masks on the slice that is shown. */
  readonly onSlice: readonly MaskOnSlice[];
  /** Scores over the volume. */
  readonly totals: readonly MaskTotal[];
  /** Empty without a truth and for pictures. */
  readonly strip: readonly StripLine[];
  /** How the masks are arranged and drawn. */
  readonly display: CompareDisplay;
  /** Progress of a predictor; null when idle. */
  readonly work: CompareWork | null;
  /** The last error, and whether it can be retried; null for none. */
  readonly problem: { readonly message: string; readonly retry: boolean } | null;
  /** The HD95 definition in use; see `DistanceDefinition`. */
  readonly definition: string;
  /** True if all labels of a mask that has several are compared as one. */
  readonly hasLabelsAsOne: boolean;
  /** `seq` of the last handled intent, per view. */
  readonly handled: { readonly [view: string]: number };
}
