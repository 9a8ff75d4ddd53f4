import type { FineTuned, FinetuneProgress } from "../../../src/predict/finetune/types.js";
import type { DisplayHandle } from "../../display/public.js";
import { trainingCurves } from "./training-curves.js";

/** A front end draws no faster than this makes sense, ms. */
const patience = 400;

/** The picture of a training under its cell, drawn anew as it goes on. */
export class TrainingDisplay {
  readonly #isValidated: boolean;
  readonly #show: (content: unknown) => DisplayHandle;
  readonly #loss: { step: number; loss: number }[] = [];
  readonly #validation: { step: number; dice: number }[] = [];
  #handle: DisplayHandle | undefined;
  #steps = 1;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(isValidated: boolean, show: (content: unknown) => DisplayHandle) {
    this.#isValidated = isValidated;
    this.#show = show;
  }

  progress({ phase, step, steps, loss, validationDice, secondsLeft, note }: FinetuneProgress): void {
    this.#steps = steps;
    // The first report of a training that goes on has a step, and no loss yet.
    if (phase === "training" && step > 0 && Number.isFinite(loss)) this.#loss.push({ step, loss });
    if (phase === "validating") this.#validation.push({ step, dice: validationDice });
    const isRoutine = phase === "training" || phase === "embedding";
    if (isRoutine && performance.now() - this.#drawnAt < patience) return;
    this.#draw(Number.isFinite(secondsLeft) && secondsLeft > 0 ? `${note}, ${duration(secondsLeft)} left` : note);
  }

  finished({ history, steps, bestStep, notes }: FineTuned): void {
    // The history knows steps of before a resumption too.
    this.#loss.splice(0, Number.POSITIVE_INFINITY, ...history.loss.map((loss, n) => ({ step: n + 1, loss })));
    this.#validation.splice(0, Number.POSITIVE_INFINITY, ...history.validation);
    const kept = bestStep === steps ? "" : `, those of step ${bestStep} kept`;
    this.#draw([`${steps} steps${kept}.`, ...notes].join(" "));
  }

  failed(message: string): void {
    this.#draw(message);
  }

  #draw(title: string): void {
    this.#drawnAt = performance.now();
    const svg = trainingCurves({
      title,
      steps: this.#steps,
      loss: this.#loss,
      validation: this.#validation,
      isValidated: this.#isValidated,
    });
    const content = { "image/svg+xml": svg, "text/plain": title };
    if (this.#handle) this.#handle.update(content);
    else this.#handle = this.#show(content);
  }
}

/** `42 s`, `3 min 5 s` */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
