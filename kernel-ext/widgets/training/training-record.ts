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
  /** What is trained, for people. */
  readonly subject: string;
  readonly isValidated: boolean;
}

/** What is known of a training: made of its reports, shown by the widget and by the still picture. Knows no comm. */
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
      // It goes on from before: the curves too.
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

  /** It was asked to stop. False if that comes too late, or was known. */
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
      // The notes of one that ended early say where.
      ...(isShort ? [] : [`${steps} steps.`]),
      ...notes,
      ...(bestStep === steps ? [] : [`The weights of step ${bestStep} are kept.`]),
    );
  }

  /** A stop before the first step ends in an error too: there is nothing to keep. */
  failed(message: string): void {
    this.#end(this.#stopping && this.#step === 0 ? "stopped" : "failed", message);
  }

  /** What the picture and places without widgets say. */
  get title(): string {
    return this.#secondsLeft === null ? this.#note : `${this.#note}, ${timeText(this.#secondsLeft)} left`;
  }

  state(handled: TrainingState["handled"]): TrainingState {
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
      handled,
    };
  }

  #end(phase: TrainingPhase, ...notes: string[]): void {
    this.#phase = phase;
    this.#stopping = false;
    this.#secondsLeft = null;
    this.#note = notes.join(" ");
  }
}
