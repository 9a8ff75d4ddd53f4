import type { FineTuned, FinetuneProgress } from "../../../src/finetune/types.js";
import {
  hasEnded,
  type TrainingPhase,
  type TrainingState,
  timeText,
  trainingProtocol,
  type ValidationPoint,
} from "../../../src/protocol/training.js";
import { LossCurve } from "./loss-curve.js";

export interface TrainingStart {
  /** Display name of what is trained. */
  readonly subject: string;
  readonly isValidated: boolean;
}

/** State of a training run, built from its reports, for the widget and the still picture. Independent of comms. */
export class TrainingRecord {
  readonly #start: TrainingStart;
  #loss = new LossCurve();
  #validation: readonly ValidationPoint[] = [];
  #phase: TrainingPhase = "preparing";
  #stopping = false;
  #step = 0;
  #steps = 1;
  #lastLoss: number | null = null;
  #secondsLeft: number | null = null;
  #resumedFrom: number | null = null;
  #note = "preparing";

  constructor(start: TrainingStart) {
    this.#start = start;
  }

  get loss(): LossCurve {
    return this.#loss;
  }

  progress({ phase, step, steps, loss, validationDice, secondsLeft, note, history }: FinetuneProgress): void {
    if (history) {
      // Resumed from a save: restore the curves too.
      this.#loss = new LossCurve(history.loss);
      this.#validation = [...history.validation];
      this.#lastLoss = history.loss.at(-1) ?? null;
      this.#resumedFrom = step;
    } else if (phase === "training" && step > 0 && Number.isFinite(loss)) {
      this.#loss.add(loss);
      this.#lastLoss = loss;
    }
    if (phase === "validating") this.#validation = [...this.#validation, { step, dice: validationDice }];
    this.#phase = phase;
    this.#step = step;
    this.#steps = steps;
    this.#secondsLeft = Number.isFinite(secondsLeft) && secondsLeft > 0 ? secondsLeft : null;
    this.#note = note;
  }

  /** Requests a stop. False if the run has ended or a stop was already requested. */
  stop(): boolean {
    if (this.#stopping || hasEnded({ phase: this.#phase })) return false;
    this.#stopping = true;
    return true;
  }

  finished({ history, steps, bestStep, notes }: FineTuned): void {
    this.#loss = new LossCurve(history.loss);
    this.#validation = [...history.validation];
    this.#lastLoss = history.loss.at(-1) ?? null;
    this.#step = steps;
    const isShort = steps < this.#steps;
    this.#end(
      this.#stopping && isShort ? "stopped" : "finished",
      // The notes of a run that ended early say where.
      ...(isShort ? [] : [`${steps} steps.`]),
      ...notes,
      ...(bestStep === steps ? [] : [`The weights of step ${bestStep} are kept.`]),
    );
  }

  /** A stop before the first step also ends in an error: there are no weights to keep. */
  failed(message: string): void {
    this.#end(this.#stopping && this.#step === 0 ? "stopped" : "failed", message);
  }

  /** Title for the picture and for front ends without widgets. */
  get title(): string {
    return this.#secondsLeft === null ? this.#note : `${this.#note}, ${timeText(this.#secondsLeft)} left`;
  }

  state(): Omit<TrainingState, "handled"> {
    return {
      protocol: trainingProtocol,
      ...this.#start,
      phase: this.#phase,
      stopping: this.#stopping,
      step: this.#step,
      steps: this.#steps,
      lastLoss: this.#lastLoss,
      loss: this.#loss.wire,
      validation: this.#validation,
      secondsLeft: this.#secondsLeft,
      resumedFrom: this.#resumedFrom,
      note: this.#note,
    };
  }

  #end(phase: TrainingPhase, ...notes: string[]): void {
    this.#phase = phase;
    this.#stopping = false;
    this.#secondsLeft = null;
    this.#note = notes.join(" ");
  }
}
