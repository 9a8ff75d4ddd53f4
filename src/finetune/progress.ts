import type { FinetuneHistory, FinetuneProgress } from "./types.js";

/** Reports the progress of a training run and its remaining time. */
export class ProgressReport {
  readonly #steps: number;
  readonly #report: ((progress: FinetuneProgress) => void) | undefined;
  #startedAt = 0;
  #startStep = 0;
  #loss = Number.NaN;
  #dice = Number.NaN;

  constructor(steps: number, report: ((progress: FinetuneProgress) => void) | undefined) {
    this.#steps = steps;
    this.#report = report;
  }

  embedding(done: number, total: number): void {
    this.#tell("embedding", 0, `embedding image ${done + 1} of ${total}`);
  }

  /** `history`: the history of earlier steps, if any. */
  start(step: number, note: string, history?: FinetuneHistory): void {
    this.#startedAt = performance.now();
    this.#startStep = step;
    this.#dice = history?.validation.at(-1)?.dice ?? Number.NaN;
    this.#tell("training", step, note, history);
  }

  step(step: number, loss: number): void {
    this.#loss = loss;
    this.#tell("training", step, `step ${step} of ${this.#steps}, loss ${loss.toFixed(3)}`);
  }

  validated(step: number, dice: number): void {
    this.#dice = dice;
    this.#tell("validating", step, `step ${step} of ${this.#steps}, validation Dice ${dice.toFixed(3)}`);
  }

  saving(step: number): void {
    this.#tell("saving", step, "compiling the fine-tuned model");
  }

  #tell(phase: FinetuneProgress["phase"], step: number, note: string, history?: FinetuneHistory): void {
    const taken = step - this.#startStep;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#report?.({
      phase,
      step,
      steps: this.#steps,
      loss: this.#loss,
      validationDice: this.#dice,
      secondsLeft: taken > 0 ? (seconds / taken) * (this.#steps - step) : Number.NaN,
      note,
      ...(history ? { history } : {}),
    });
  }
}
