import type { Plane } from "../core/plane.js";
import type { BoxPrompt, PromptSupport } from "../core/prompt.js";
import type { ObjectRuns, OverviewState, SurfaceState } from "./overview.js";
import type { WindowRange } from "./samples.js";
import type { Place, SliceSamples, Subject, WireBytes } from "./slices.js";

/** Raised when a state or intent changes its meaning; a view rejects a kernel with a different version. */
export const slicePrompterProtocol = 9;

/** The name of the prompter's model, by which the browser finds its code. */
export const slicePrompterModel = "SlicePrompterModel";
/** The name of the prompter's view. */
export const slicePrompterView = "SlicePrompterView";

/** Information about the model for display. */
export interface ModelInfo {
  readonly name: string;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /** The preprocessing in use, e.g. `MedSAM`; omitted if unknown. */
  readonly preprocessing?: string;
  /** Which prompts the model takes. */
  readonly prompts: PromptSupport;
  /** What its masks are rated by, e.g. `stability`; omitted for the predicted IoU. */
  readonly quality?: string;
  /**
   * `best` if the alternative that it rates best takes the place of the single mask, `stable` if it does so where the
   * single mask is not stable; omitted for the single mask.
   */
  readonly answer?: "best" | "stable";
}

/** A prompt on a slice, in pixels of that slice, 0 at the center of the first one. */
export type SlicePrompt =
  | { readonly kind: "point"; readonly x: number; readonly y: number; readonly label: 0 | 1 }
  | { readonly kind: "box"; readonly box: BoxPrompt }
  /** A line, `path` as x, y, x, y …; of models that take lines. */
  | { readonly kind: "scribble"; readonly path: readonly number[]; readonly label: 0 | 1 };

/** A prompt with the number by which intents refer to it. */
export type ListedPrompt = SlicePrompt & { readonly id: number };

/** One object to segment, on any number of slices. */
export interface ObjectState {
  /** Unique id of the object. */
  readonly id: number;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  /** Locked: its prompts cannot change, and it keeps its voxels where objects overlap. */
  readonly locked: boolean;
  /**
   * Area of the object on the current slice, from slices of all planes, in mm² (or pixels, see {@link Subject.unit});
   * null without a mask.
   */
  readonly area: number | null;
  /** The area that is assigned to another object in the mask volume, in the same unit: see {@link OverlapRule}. */
  readonly lost: number;
  /** Number of slices with a mask, over all planes. */
  readonly slices: number;
}

/**
 * Which object gets a voxel that several objects cover: the upper or the lower one in the list. Locked objects always
 * take precedence.
 */
export const overlapRules = ["upper", "lower"] as const;
/** Which object gets a voxel that several objects cover. */
export type OverlapRule = (typeof overlapRules)[number];

/** A mask on the current slice, as `runsOfBits` makes it. */
export interface SliceMask {
  /** The object's `id`. */
  readonly object: number;
  /** Bits of the mask, run-length coded. */
  readonly runs: WireBytes;
  /** True while a newer prompt is being predicted and this mask is for the previous one. */
  readonly stale: boolean;
}

/** Slices of a plane whose masks cross the current slice. */
export interface CrossedSlices {
  /** Not the plane of the current slice. */
  readonly plane: Plane;
  /** The first of them that reaches the current slice. */
  readonly first: number;
  /** The last of them. */
  readonly last: number;
}

/** What an object has on the current slice from its masks on slices of other planes. */
export interface CrossingMask extends ObjectRuns {
  /** Where it comes from. */
  readonly from: readonly CrossedSlices[];
}

/** The mask that a click would give, computed while the button is down, so that the view has it on release. */
export interface SpeculativeMask {
  /** The slice that would be clicked. */
  readonly place: Place;
  /** The column that would be clicked, in pixels. */
  readonly x: number;
  /** The row that would be clicked, in pixels. */
  readonly y: number;
  /** 1 includes, 0 excludes. */
  readonly label: 0 | 1;
  /** The object's `id`. */
  readonly object: number;
  /** Bits of the mask, run-length coded. */
  readonly runs: WireBytes;
}

/** The prediction for the current prompts. */
export interface AnswerState {
  /** The model's IoU estimate for the displayed mask, or what its `quality` says; null if it gave none. */
  readonly predictedIou: number | null;
  /** Milliseconds of the decoder run; null if it did not say. */
  readonly predictMs: number | null;
  /** Milliseconds of the encoder; null if the embedding was cached. */
  readonly encodeMs: number | null;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /** The single mask's estimate; null if the model gave none. */
  readonly singleIou: number | null;
  /** The three alternatives, from part to whole; empty unless there was a single click. */
  readonly candidates: readonly { readonly predictedIou: number | null; readonly runs: WireBytes }[];
  /** The single mask, if there are also alternatives; otherwise null. */
  readonly singleRuns: WireBytes | null;
  /** Index into `candidates`; −1 is the single mask. */
  readonly chosen: number;
}

/** Source of a slice's mask: the model with the user's prompts, propagation from other slices, or manual editing. */
export const maskOrigins = ["prompted", "propagated", "drawn"] as const;
/** Source of a slice's mask: prompts, propagation, or manual editing. */
export type MaskOrigin = (typeof maskOrigins)[number];

/** Source of an object's mask on a slice; `crossing`: it only has voxels from slices of other planes there. */
export type MarkOrigin = MaskOrigin | "crossing";

/** How the active object agrees with the truth. */
export interface LiveScoreState {
  /** Scores on the displayed slice, HD95 in {@link Subject.unit}; null without a mask. */
  readonly slice: { readonly dice: number; readonly hd95: number | null } | null;
  /** In 3D, of the masks of all planes together; slices without a mask count as empty. */
  readonly volumeDice: number;
  /** Slices, of all planes, with a mask, or where propagation looked for the object. */
  readonly slices: number;
}

/** Marks a slice of the current plane on the slider. */
export interface SliceMark {
  /** The slice. */
  readonly index: number;
  /** The object's `id`. */
  readonly object: number;
  /** The source of the mask. */
  readonly origin: MarkOrigin;
  /** False while there are prompts but no mask yet, and where propagation did not find the object. */
  readonly masked: boolean;
  /** True if the user has confirmed the slice. */
  readonly confirmed: boolean;
  /** Needs review: the mask was propagated and differs from its neighbor, or the model is not confident. */
  readonly doubtful: boolean;
}

/** The active object's mask on the current slice, beyond its pixels. */
export interface MaskState {
  /** The source of the mask. */
  readonly origin: MaskOrigin;
  /** Confirmed by the user: it is not changed. */
  readonly confirmed: boolean;
  /** Why it needs review; empty if it does not. */
  readonly doubt: string;
}

/** What the model is doing. */
export type WorkState =
  | { readonly phase: "idle" }
  | { readonly phase: "encoding"; readonly place: Place; readonly fraction: number | null }
  | { readonly phase: "predicting"; readonly place: Place }
  | {
      readonly phase: "propagating";
      readonly place: Place;
      readonly object: number;
      /** Slices. */
      readonly done: number;
      readonly of: number;
      readonly secondsLeft: number | null;
    };

/** Why the current prompts have no mask, or why an intent was rejected. */
export interface ProblemState {
  /** For people. */
  readonly message: string;
  /** True if the prediction can be retried unchanged. */
  readonly retry: boolean;
  /** True if it is the result of a user action, such as a cancellation, and not an error. */
  readonly isCanceled?: boolean;
}

/**
 * The window of a gray image. The displayed window and the model's window are separate: changing the display does not
 * change masks. Null for pictures in color.
 */
export interface WindowState {
  /** What the view shows. */
  readonly shown: WindowRange;
  /** Null for 8-bit pictures, which the model takes as they are. */
  readonly model: WindowRange | null;
  /**
   * Number of masks, over all slices and objects, that were predicted or propagated with a window other than
   * {@link model}.
   */
  readonly outdated: number;
  /** Available windows; the first is the one that the image was loaded with. */
  readonly presets: readonly WindowRange[];
}

/** Prompts restored when the cell was run again. */
export interface RestoredState {
  /** Number of prompts. */
  readonly prompts: number;
  /** Number of masks that were propagated or drawn. */
  readonly masks: number;
  /** Number of slices with either. */
  readonly slices: number;
  /** When they were saved, ISO 8601. */
  readonly time: string;
  /** Where they come from, such as the name of another notebook; empty for this cell in this one. */
  readonly from: string;
  /** Name of another notebook in which there is newer work of the cell; empty for none. */
  readonly newerIn: string;
  /** Why they could not be restored; empty on success. */
  readonly problem: string;
}

/** The full state of a view, owned by the kernel, so that a reloaded page or a second view shows the same. */
export interface SlicePrompterState {
  /** As {@link slicePrompterProtocol}. */
  readonly protocol: number;
  /** The image. */
  readonly subject: Subject;
  /** The model. */
  readonly model: ModelInfo;
  /** The displayed slice. */
  readonly place: Place;
  /** Samples of the displayed slice. */
  readonly slice: SliceSamples;
  /** The displayed window and the model's window; null for color images. */
  readonly window: WindowState | null;
  /** Objects in list order. */
  readonly objects: readonly ObjectState[];
  /** The `id` of the object that clicks belong to. */
  readonly active: number;
  /** Which object gets a voxel that several objects cover. */
  readonly overlap: OverlapRule;
  /** The active object's prompts on the current slice, in the order they were given. */
  readonly prompts: readonly ListedPrompt[];
  /** Masks of all objects on the displayed slice. */
  readonly masks: readonly SliceMask[];
  /** What objects have on the displayed slice from slices of other planes; in list order, the active object last. */
  readonly crossing: readonly CrossingMask[];
  /** Added to the prompts as they are in this state, that click gives this mask; null if no button is down. */
  readonly speculative: SpeculativeMask | null;
  /** The prediction for the active object's prompts; null while there is none. */
  readonly answer: AnswerState | null;
  /** Null where the active object has neither mask nor prompts. */
  readonly mask: MaskState | null;
  /** Slices with prompts or masks, also from slices of other planes. */
  readonly marks: readonly SliceMark[];
  /** The three planes through the crosshair; null while closed. */
  readonly overview: OverviewState | null;
  /** The samples of the two planes that the main picture does not show; empty while closed. */
  readonly crossSlices: readonly SliceSamples[];
  /** All masks, for their surfaces; null while closed. */
  readonly surface: SurfaceState | null;
  /** Null without a truth, or without a mask to score. */
  readonly scores: LiveScoreState | null;
  /** What the model is doing. */
  readonly work: WorkState;
  /** The current problem; null for none. */
  readonly problem: ProblemState | null;
  /** Prompts restored from an earlier run; null for none. */
  readonly restored: RestoredState | null;
  /** Whether undo and redo are available. */
  readonly history: { readonly undo: boolean; readonly redo: boolean };
  /** `seq` of the last handled intent, per view. From it a view knows which of its intents are still pending. */
  readonly handled: { readonly [view: string]: number };
}
