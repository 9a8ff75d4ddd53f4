import type { BoxPrompt, PromptSupport } from "../core/prompt.js";
import type { WindowRange } from "./samples.js";
import type { Place, SliceSamples, Subject, WireBytes } from "./slices.js";

/** Raised when a state or intent changes its meaning; the view refuses a kernel that speaks another number. */
export const slicePrompterProtocol = 3;

/** The name of the prompter's model, by which the browser finds its code. */
export const slicePrompterModel = "SlicePrompterModel";
/** The name of the prompter's view. */
export const slicePrompterView = "SlicePrompterView";

/** What a view says about the model. */
export interface ModelInfo {
  readonly name: string;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /** Whose way of preparing pictures it is fed by, e.g. `MedSAM`; left out where that is not known. */
  readonly preprocessing?: string;
  /** Which prompts the model takes. */
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
  /** Tells objects apart, whatever their names. */
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
/** Whose a voxel is that several objects claim. */
export type OverlapRule = (typeof overlapRules)[number];

/** A mask on the current slice, as `runsOfBits` makes it. */
export interface SliceMask {
  /** The object's `id`. */
  readonly object: number;
  /** Bits of the mask, run-length coded. */
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
  /** Milliseconds of the encoder; null if the embedding was there. */
  readonly encodeMs: number | null;
  /** `CPU`, `CUDA`, `WebGPU`. */
  readonly provider: string;
  /** The single mask's estimate and, after a single click, the three alternatives. */
  readonly singleIou: number;
  /** The three alternatives, from part to whole; empty unless there was a single click. */
  readonly candidates: readonly { readonly predictedIou: number; readonly runs: WireBytes }[];
  /** The single mask beside the alternatives; null where there are none. */
  readonly singleRuns: WireBytes | null;
  /** Index into `candidates`; −1 is the single mask. */
  readonly chosen: number;
}

/** Where a slice's mask comes from: the model by the user's prompts, the slices beside it, or the user's own hand. */
export const maskOrigins = ["prompted", "propagated", "drawn"] as const;
/** The model by prompts, the slices beside it, or a hand. */
export type MaskOrigin = (typeof maskOrigins)[number];

/** Marks a slice of the current plane on the slider. */
export interface SliceMark {
  /** The slice. */
  readonly index: number;
  /** The object's `id`. */
  readonly object: number;
  /** Where the mask comes from. */
  readonly origin: MaskOrigin;
  /** False while there are prompts but no mask yet, and where the object was looked for and is not. */
  readonly masked: boolean;
  /** True if the user has said that the slice is right. */
  readonly confirmed: boolean;
  /** To be looked at: the mask was propagated and is unlike its neighbor, or the model is not sure of it. */
  readonly doubtful: boolean;
}

/** The active object's mask on the current slice, beyond its pixels. */
export interface MaskState {
  /** Where the mask comes from. */
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
  /** For people. */
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
  /** What the view shows. */
  readonly shown: WindowRange;
  /** Null for 8-bit pictures, which the model takes as they are. */
  readonly model: WindowRange | null;
  /** Number of masks, over all slices and objects, that were made from another window than {@link model}. */
  readonly outdated: number;
  /** Windows to choose from, the first one that the image came with. */
  readonly presets: readonly WindowRange[];
}

/** Prompts that came back when the cell ran again. */
export interface RestoredState {
  /** Number of prompts. */
  readonly prompts: number;
  /** Number of slices with prompts. */
  readonly slices: number;
  /** When they were kept, ISO 8601. */
  readonly time: string;
  /** Why they did not come back; empty if they did. */
  readonly problem: string;
}

/** All a view needs, and all of it from the kernel: a reloaded page or a second view shows the same. */
export interface SlicePrompterState {
  /** As {@link slicePrompterProtocol}. */
  readonly protocol: number;
  /** The image. */
  readonly subject: Subject;
  /** The model. */
  readonly model: ModelInfo;
  /** The slice that is shown. */
  readonly place: Place;
  /** Its samples. */
  readonly slice: SliceSamples;
  /** What is shown, and what the model sees; null for pictures in color. */
  readonly window: WindowState | null;
  /** In the order of the list. */
  readonly objects: readonly ObjectState[];
  /** The `id` of the object that clicks belong to. */
  readonly active: number;
  /** Whose a voxel is that several objects claim. */
  readonly overlap: OverlapRule;
  /** The active object's prompts on the current slice, in the order they were given. */
  readonly prompts: readonly ListedPrompt[];
  /** Of all objects, on the slice that is shown. */
  readonly masks: readonly SliceMask[];
  /** The answer to the active object's prompts; null while there is none. */
  readonly answer: AnswerState | null;
  /** Null where the active object has neither mask nor prompts. */
  readonly mask: MaskState | null;
  /** Slices with prompts or masks. */
  readonly marks: readonly SliceMark[];
  /** What the model is doing. */
  readonly work: WorkState;
  /** Why there is no mask; null if all is well. */
  readonly problem: ProblemState | null;
  /** What came back from an earlier run; null for nothing. */
  readonly restored: RestoredState | null;
  /** Whether there is a step to undo, and one to redo. */
  readonly history: { readonly undo: boolean; readonly redo: boolean };
  /** `seq` of the last intent that was handled, per view: the view knows which of its intents are still on their way. */
  readonly handled: { readonly [view: string]: number };
}
