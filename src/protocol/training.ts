import type { WireBytes } from "./slices.js";

/** Raised when a state or intent changes its meaning; the view refuses a kernel that speaks another number. */
export const trainingProtocol = 1;

/** The name of the curves' model, by which the browser finds its code. */
export const trainingModel = "TrainingModel";
/** The name of the curves' view. */
export const trainingView = "TrainingView";

/** Where a training is. The last three are ends. */
export type TrainingPhase =
  | "preparing"
  | "embedding"
  | "training"
  | "validating"
  | "saving"
  | "finished"
  | "stopped"
  | "failed";

const ends: readonly TrainingPhase[] = ["finished", "stopped", "failed"];

/** True for a training that is finished, was stopped, or failed. */
export function hasEnded({ phase }: Pick<TrainingState, "phase">): boolean {
  return ends.includes(phase);
}

/** The loss of all steps in a bounded number of values. */
export interface LossValues {
  /** Steps that each value is the mean of. */
  readonly every: number;
  /** Little-endian float32; value n is of the steps n · every + 1 to (n + 1) · every. */
  readonly values: WireBytes;
}

/** The middle of the steps that a value of {@link LossValues} is the mean of: the step itself while each has its own. */
export function lossStep(n: number, every: number): number {
  return every * (n + 0.5) + 0.5;
}

/** One validation of a training. */
export interface ValidationPoint {
  /** The step after which it was made. */
  readonly step: number;
  /** Mean over the validation cases. */
  readonly dice: number;
}

/** The validation whose weights are kept: the first of the best. */
export function bestValidation(validation: readonly ValidationPoint[]): ValidationPoint | null {
  return validation.reduce<ValidationPoint | null>(
    (best, point) => (best && best.dice >= point.dice ? best : point),
    null,
  );
}

/** All a view needs, and all of it from the kernel: a reloaded page or a second view shows the same. */
export interface TrainingState {
  /** As {@link trainingProtocol}. */
  readonly protocol: number;
  /** What is trained, e.g. `lite-medsam · maskDecoder`. */
  readonly subject: string;
  /** What it is doing, or how it ended. */
  readonly phase: TrainingPhase;
  /** It was asked to stop, and the step at work is being finished. */
  readonly stopping: boolean;
  /** Steps taken, and asked for. */
  readonly step: number;
  /** Steps asked for. */
  readonly steps: number;
  /** Of the last step; null before the first. */
  readonly lastLoss: number | null;
  /** Of all steps so far. */
  readonly loss: LossValues;
  /** In order. */
  readonly validation: readonly ValidationPoint[];
  /** Whether there are validation cases at all. */
  readonly isValidated: boolean;
  /** Null while it cannot be said. */
  readonly secondsLeft: number | null;
  /** The step after which an interrupted training was taken up again; null for one that began here. */
  readonly resumedFrom: number | null;
  /** What happens now, or how it ended; for people. */
  readonly note: string;
  /** `seq` of the last intent that was handled, per view. */
  readonly handled: { readonly [view: string]: number };
}

/** Values over which a loss is smoothed: single steps differ by their slice more than by what was learnt. */
export const smoothOver = 10;

/** Running mean over the last ten values. */
export function smoothed(values: ArrayLike<number>): Float64Array {
  const means = new Float64Array(values.length);
  let sum = 0;
  for (let n = 0; n < values.length; n++) {
    sum += values[n] - (n >= smoothOver ? values[n - smoothOver] : 0);
    means[n] = sum / Math.min(n + 1, smoothOver);
  }
  return means;
}

/** `42 s`, `3 min 5 s`, `2 h 10 min` */
export function timeText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
