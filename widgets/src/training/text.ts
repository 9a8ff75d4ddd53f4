import { bestValidation, hasEnded, type TrainingState, timeText } from "../../../src/protocol/training.js";
import type { TrainingController } from "./controller.js";

type Known = Pick<TrainingController, "state" | "isLost" | "isStopping">;

/** One word for the phase; it does not flicker with every validation. */
export function phaseWord({ state, isLost, isStopping }: Known): string {
  if (isLost) return "interrupted";
  if (isStopping) return "stopping";
  return state.phase === "validating" || state.phase === "embedding" ? "training" : state.phase;
}

/** The current phase and time left, or how training ended. */
export function statusText({ state, isLost, isStopping }: Known): string {
  const { phase, step, steps, secondsLeft, resumedFrom, note } = state;
  const reached = `step ${step} of ${steps}`;
  if (isLost) {
    const then =
      step > 0 ? `It was at ${reached}; run the cell again to go on from the last save.` : "Run the cell again.";
    return `The kernel is gone. ${then}`;
  }
  if (phase !== "training" && phase !== "validating") return note;
  return [
    reached,
    ...(secondsLeft === null || isStopping ? [] : [`${timeText(secondsLeft)} left`]),
    ...(resumedFrom === null ? [] : [`resumed after step ${resumedFrom}`]),
  ].join(" · ");
}

/** `loss 0.231`; empty before the first step. */
export function lossText({ lastLoss }: TrainingState): string {
  return lastLoss === null ? "" : `loss ${lastLoss.toFixed(3)}`;
}

/** `best Dice 0.874 at step 40`; empty before the first validation. */
export function bestText({ validation }: TrainingState): string {
  const best = bestValidation(validation);
  return best ? `best Dice ${best.dice.toFixed(3)} at step ${best.step}` : "";
}

/** What stopping would keep. */
export function stopText({ isValidated }: TrainingState): string {
  return isValidated ? "stop, keep the best" : "stop, keep the last";
}

/**
 * Screen reader announcement for a state change: each validation, the start, a stop, the end. Empty if there is nothing
 * to announce.
 */
export function announcement(before: TrainingState, now: TrainingState): string {
  if (hasEnded(now)) return hasEnded(before) ? "" : `training ${now.phase}. ${now.note}`;
  if (now.stopping && !before.stopping) return "stopping after this step";
  const last = now.validation.at(-1);
  if (last && now.validation.length > before.validation.length) {
    const isBest = bestValidation(now.validation) === last;
    return `step ${last.step} of ${now.steps}: validation Dice ${last.dice.toFixed(3)}${isBest ? ", the best so far" : ""}`;
  }
  return now.step > 0 && before.step === 0 ? `training, ${now.steps} steps` : "";
}
