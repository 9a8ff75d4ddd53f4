import type { BoxPrompt, PromptSupport } from "../core/prompt.js";
import type { WindowRange } from "./samples.js";
import type { Place, SliceSamples, Subject, WireBytes } from "./slices.js";

/** Raised when a state or intent changes its meaning; the view refuses a kernel that speaks another number. */
export const slicePrompterProtocol = 3;

export const slicePrompterModel = "SlicePrompterModel";
export const slicePrompterView = "SlicePrompterView";

export interface ModelInfo {
  readonly name: string;
  readonly provider: string;
  /** Whose way of preparing pictures it is fed by, e.g. `MedSAM`; left out where that is not known. */
  readonly preprocessing?: string;
  readonly prompts: PromptSupport;
}

/** A prompt on a slice, in pixels of that slice, 0 at the centre of the first one. */
export type SlicePrompt =
  | { readonly kind: "point"; readonly x: number; readonly y: number; readonly label: 0 | 1 }
  | { readonly kind: "box"; readonly box: BoxPrompt };

/** With the number by which intents refer to it. */
export type ListedPrompt = SlicePrompt & { readonly id: number };

/** One thing to segment, on as many slices as wanted. */
export interface ObjectState {
  readonly id: number;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  /** Finished: its prompts stay as they are, and its voxels are its own. */
  readonly locked: boolean;
  /** Area of the mask on the current slice in mm² (or pixels, see {@link Subject.unit}); null without a mask. */
  readonly area: number | null;
  /** What of it is counted for another object in the mask volume, in the same unit: see {@link OverlapRule}. */
  readonly lost: number;
  /** Number of slices with a mask, over all planes. */
  readonly slices: number;
}

/** Whose a voxel is that several objects claim: the upper one's in the list, or the lower one's. Locked objects come first in any case. */
export const overlapRules = ["upper", "lower"] as const;
export type OverlapRule = (typeof overlapRules)[number];

/** A mask on the current slice, as `runsOfBits` makes it. */
export interface SliceMask {
  readonly object: number;
  readonly runs: WireBytes;
  /** True while a newer prompt is being predicted and this is the answer to the one before. */
  readonly stale: boolean;
}

/** The answer to the current prompts. */
export interface AnswerState {
  /** The model's own estimate for the mask that is shown. */
  readonly predictedIou: number;
  /** Milliseconds of the decoder run, and of the encoder run if the embedding was not there yet (else null). */
  readonly predictMs: number;
  readonly encodeMs: number | null;
  readonly provider: string;
  /** The single mask's estimate and, after a single click, the three alternatives. */
  readonly singleIou: number;
  readonly candidates: readonly { readonly predictedIou: number; readonly runs: WireBytes }[];
  readonly singleRuns: WireBytes | null;
  /** Index into `candidates`; −1 is the single mask. */
  readonly chosen: number;
}

/** Where a slice's mask comes from: the model by the user's prompts, the slices beside it, or the user's own hand. */
export const maskOrigins = ["prompted", "propagated", "drawn"] as const;
export type MaskOrigin = (typeof maskOrigins)[number];

/** Marks a slice of the current plane on the slider. */
export interface SliceMark {
  readonly index: number;
  readonly object: number;
  readonly origin: MaskOrigin;
  /** False while there are prompts but no mask yet, and where the object was looked for and is not. */
  readonly masked: boolean;
  readonly confirmed: boolean;
  /** To be looked at: the mask was propagated and is unlike its neighbor, or the model is not sure of it. */
  readonly doubtful: boolean;
}

/** The active object's mask on the current slice, beyond its pixels. */
export interface MaskState {
  readonly origin: MaskOrigin;
  /** Right, as the user says: it stays as it is. */
  readonly confirmed: boolean;
  /** Why it should be looked at; empty if there is no reason. */
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

/** Why the current prompts have no mask, or why an intent was refused. */
export interface ProblemState {
  readonly message: string;
  /** True if the prediction can be asked for again as it is. */
  readonly retry: boolean;
  /** True if it is what the user wanted: no error. */
  readonly isCancelled?: boolean;
}

/**
 * The window of a grey image. What the view shows and what the model is given are two things: looking changes no mask.
 * Null for pictures in color.
 */
export interface WindowState {
  readonly shown: WindowRange;
  /** Null for 8-bit pictures, which the model takes as they are. */
  readonly model: WindowRange | null;
  /** Number of masks, over all slices and objects, that were made from another window than {@link model}. */
  readonly outdated: number;
  readonly presets: readonly WindowRange[];
}

/** Prompts that came back when the cell ran again. */
export interface RestoredState {
  readonly prompts: number;
  readonly slices: number;
  /** When they were kept, ISO 8601. */
  readonly time: string;
  /** Why they did not come back; empty if they did. */
  readonly problem: string;
}

/** All a view needs, and all of it from the kernel: a reloaded page or a second view shows the same. */
export interface SlicePrompterState {
  readonly protocol: number;
  readonly subject: Subject;
  readonly model: ModelInfo;
  readonly place: Place;
  readonly slice: SliceSamples;
  readonly window: WindowState | null;
  readonly objects: readonly ObjectState[];
  /** The `id` of the object that clicks belong to. */
  readonly active: number;
  readonly overlap: OverlapRule;
  /** The active object's prompts on the current slice, in the order they were given. */
  readonly prompts: readonly ListedPrompt[];
  readonly masks: readonly SliceMask[];
  readonly answer: AnswerState | null;
  /** Null where the active object has neither mask nor prompts. */
  readonly mask: MaskState | null;
  readonly marks: readonly SliceMark[];
  readonly work: WorkState;
  readonly problem: ProblemState | null;
  readonly restored: RestoredState | null;
  readonly history: { readonly undo: boolean; readonly redo: boolean };
  /** `seq` of the last intent that was handled, per view: the view knows which of its intents are still on their way. */
  readonly handled: { readonly [view: string]: number };
}
