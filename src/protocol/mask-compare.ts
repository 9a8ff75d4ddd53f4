import type { WindowRange } from "./samples.js";
import type { Place, SliceSamples, Subject, WireBytes } from "./slices.js";

/** Raised when a state or intent changes its meaning; the view refuses a kernel that speaks another number. */
export const maskCompareProtocol = 2;

/** The name of the comparison's model, by which the browser finds its code. */
export const maskCompareModel = "MaskCompareModel";
/** The name of the comparison's view. */
export const maskCompareView = "MaskCompareView";

/** `side-by-side`: a picture for each mask; `swipe`: two masks in one picture with a line between them; `blink`: one mask at a time. */
export type CompareLayout = "side-by-side" | "swipe" | "blink";

/** All layouts. */
export const compareLayouts: readonly CompareLayout[] = ["side-by-side", "swipe", "blink"];

/** How masks are drawn: each in its color, or where it agrees with the truth and where not. */
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
  /** Its number in the order given; the truth comes last. */
  readonly id: number;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  /** What the others are scored against, a mask that is given, or one that a model makes. */
  readonly role: "truth" | "mask" | "predictor";
  /** Of a predictor: name and provider of the model. */
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
 * Why a mask is not there: it is being computed, waits for it, was given up, failed, there is no prompt for this slice, or it is not among the slices
 * of the mask that was given.
 */
export type Absence = "working" | "waiting" | "stopped" | "failed" | "no-prompt" | "not-given";

/** A mask on the current slice. */
export interface MaskOnSlice {
  /** The mask's number, see {@link ComparedMask}. */
  readonly mask: number;
  /** Bits as `packMask` makes them; null while there is none. */
  readonly bits: WireBytes | null;
  /** Why it is not there; null if it is. */
  readonly absent: Absence | null;
  /** Null for the truth, without a truth, and without a mask. */
  readonly scores: ScoreState | null;
}

/** A mask's scores over the whole volume, or over the slices on which it is known. */
export interface MaskTotal {
  /** The mask's number, see {@link ComparedMask}. */
  readonly mask: number;
  /** Null while they are not known: being computed, or slices are not predicted yet. */
  readonly scores: ScoreState | null;
  /** Slices predicted, and slices with a prompt; null for masks. */
  readonly predicted: { readonly done: number; readonly of: number } | null;
  /** The number of slices that are scored, where it is not all of them; else null. */
  readonly slices: number | null;
}

/** Dice of each slice along the plane that is shown. */
export interface StripLine {
  /** The mask's number, see {@link ComparedMask}. */
  readonly mask: number;
  /** One little-endian float32 per slice, 0 to 1; NaN where it is undefined or not known. */
  readonly dice: WireBytes;
}

/** What a predictor is doing. */
export interface CompareWork {
  /** The predictor's number, see {@link ComparedMask}. */
  readonly mask: number;
  /** The slice that is being predicted. */
  readonly index: number;
  /** 0 to 1, of the image encoder; null when unknown. */
  readonly fraction: number | null;
  /** Predictions done of those asked for; null when only the shown slice was. */
  readonly batch: { readonly done: number; readonly of: number } | null;
}

/** All a view needs, and all of it from the kernel: a reloaded page or a second view shows the same. */
export interface MaskCompareState {
  /** As {@link maskCompareProtocol}. */
  readonly protocol: number;
  /** The image. */
  readonly subject: Subject;
  /** The slice that is shown. */
  readonly place: Place;
  /** Its samples. */
  readonly slice: SliceSamples;
  /** Null for pictures in color. */
  readonly window: { readonly shown: WindowRange; readonly presets: readonly WindowRange[] } | null;
  /** What is compared, the truth last. */
  readonly masks: readonly ComparedMask[];
  /** The masks on the slice that is shown. */
  readonly onSlice: readonly MaskOnSlice[];
  /** Scores over the volume. */
  readonly totals: readonly MaskTotal[];
  /** Empty without a truth and for pictures. */
  readonly strip: readonly StripLine[];
  /** How the masks are arranged and drawn. */
  readonly display: CompareDisplay;
  /** What a predictor is doing; null for nothing. */
  readonly work: CompareWork | null;
  /** What went wrong, and whether it can be tried again; null for nothing. */
  readonly problem: { readonly message: string; readonly retry: boolean } | null;
  /** Whose definition of HD95: see `DistanceDefinition` of the metrics. */
  readonly definition: string;
  /** `seq` of the last intent that was handled, per view. */
  readonly handled: { readonly [view: string]: number };
}
