import type { WireBytes } from "./slices.js";

/** Raised when a state or intent changes its meaning; a view rejects a kernel with a different version. */
export const trainingProtocol = 1;

/** The name of the curves' model, by which the browser finds its code. */
export const trainingModel = "TrainingModel";
/** The name of the curves' view. */
export const trainingView = "TrainingView";

/** State of a training run. The last three are final. */
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

/** True for a run that is finished, was stopped, or failed. */
export function hasEnded({ phase }: Pick<TrainingState, "phase">): boolean {
  return ends.includes(phase);
}

/** The loss of all steps, averaged down to a bounded number of values. */
export interface LossValues {
  /** Steps that each value is the mean of. */
  readonly every: number;
  /** Little-endian float32; value n covers the steps n · every + 1 to (n + 1) · every. */
  readonly values: WireBytes;
}

/** The middle step of those that a value of {@link LossValues} averages; the step itself when `every` is 1. */
export function lossStep(n: number, every: number): number {
  return every * (n + 0.5) + 0.5;
}

/** One validation during training. */
export interface ValidationPoint {
  /** The step after which it ran. */
  readonly step: number;
  /** Mean over the validation cases. */
  readonly dice: number;
}

/** The validation whose weights are kept: the best, the earliest in a tie. */
export function bestValidation(validation: readonly ValidationPoint[]): ValidationPoint | null {
  return validation.reduce<ValidationPoint | null>(
    (best, point) => (best && best.dice >= point.dice ? best : point),
    null,
  );
}

/** The full state of a view, owned by the kernel, so that a reloaded page or a second view shows the same. */
export interface TrainingState {
  /** As {@link trainingProtocol}. */
  readonly protocol: number;
  /** What is trained, e.g. `lite-medsam · maskDecoder`. */
  readonly subject: string;
  /** State of the run. */
  readonly phase: TrainingPhase;
  /** A stop was requested, and the current step is being finished. */
  readonly stopping: boolean;
  /** Steps taken and requested. */
  readonly step: number;
  /** Steps requested. */
  readonly steps: number;
  /** Loss of the last step; null before the first. */
  readonly lastLoss: number | null;
  /** Losses of all steps so far. */
  readonly loss: LossValues;
  /** Validations in order. */
  readonly validation: readonly ValidationPoint[];
  /** Whether there are validation cases. */
  readonly isValidated: boolean;
  /** Null while unknown. */
  readonly secondsLeft: number | null;
  /** The step from which an interrupted run was resumed; null for a new run. */
  readonly resumedFrom: number | null;
  /** Human-readable status: what is happening, or how it ended. */
  readonly note: string;
  /** `seq` of the last handled intent, per view. */
  readonly handled: { readonly [view: string]: number };
}

/** Number of values for smoothing the loss, since losses of single steps vary more between slices than they improve. */
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
