import { SamlabError } from "../../src/core/errors.js";
import type { ProgressPhase, ProgressRow } from "../../src/protocol/progress.js";
import { Meter } from "./meter.js";

let made = 0;

/** Maximum time, in seconds, between the end of a loop by an error and the end of its cell. */
const justNow = 0.1;

/** Where bars are displayed. */
export interface Board {
  add(bar: Bar): void;
  /** A bar has changed; `isRoutine` if only its count did. */
  changed(bar: Bar, isRoutine: boolean): void;
  /** Prints a line without disturbing the bars. */
  write(text: string): void;
}

export interface BarInit {
  readonly label: string;
  readonly unit: string;
  readonly total: number | null;
  readonly leave: boolean;
  readonly board: Board;
  readonly now: () => number;
  /** Cancels the task, until it has ended. */
  readonly signal?: AbortSignal | undefined;
  /** When the task began, in seconds of `now`. Default now. */
  readonly startedAt?: number;
  /** Whether the task ends the bar itself, also after its cell. Default false. */
  readonly endsItself?: boolean;
}

/** The progress of one task. */
export class Bar {
  readonly id = ++made;
  readonly leave: boolean;
  readonly endsItself: boolean;
  readonly #unit: string;
  readonly #board: Board;
  readonly #now: () => number;
  readonly #meter: Meter;
  readonly #canceled = new AbortController();
  readonly #over = new AbortController();
  #label: string;
  #total: number | null;
  #done = 0;
  #phase: ProgressPhase = "running";
  #endedAt = 0;

  constructor({ label, unit, total, leave, board, now, signal, startedAt, endsItself = false }: BarInit) {
    this.#label = label;
    this.#unit = unit;
    this.#total = total;
    this.leave = leave;
    this.endsItself = endsItself;
    this.#board = board;
    this.#now = now;
    this.#meter = new Meter(now, startedAt);
    board.add(this);
    if (signal?.aborted) this.cancel();
    signal?.addEventListener("abort", () => this.cancel(), { signal: this.#over.signal });
  }

  get label(): string {
    return this.#label;
  }

  set label(text: string) {
    this.#label = text;
    this.#board.changed(this, false);
  }

  get done(): number {
    return this.#done;
  }

  get total(): number | null {
    return this.#total;
  }

  get phase(): ProgressPhase {
    return this.#phase;
  }

  get signal(): AbortSignal {
    return this.#canceled.signal;
  }

  /** @throws {SamlabError} `canceled` */
  update(count: number): void {
    if (this.#phase !== "running") {
      if (this.signal.aborted) throw this.canceledError();
      return;
    }
    this.#done += count;
    this.#meter.note(this.#done);
    this.#board.changed(this, true);
    this.check();
  }

  /** Replaces label and count at once, for work that counts itself. */
  show(label: string, done: number, total: number | null): void {
    if (this.#phase !== "running") return;
    this.#label = label;
    this.#done = done;
    this.#total = total;
    this.#meter.note(done);
    this.#board.changed(this, true);
  }

  /** Cancels the task: aborts its signal now; the loop ends at its next check. */
  cancel(): void {
    if (this.#phase === "running") this.abort();
  }

  /** Aborts the signal. */
  abort(): void {
    this.#canceled.abort(this.canceledError());
  }

  /** @throws {SamlabError} `canceled` if it was canceled, after recording that as its end */
  check(): void {
    if (!this.signal.aborted) return;
    this.end("canceled");
    throw this.canceledError();
  }

  /** Only the first end counts. A canceled bar stays canceled if its loop then stops. */
  end(phase: Exclude<ProgressPhase, "running">): void {
    if (this.#phase !== "running") return;
    this.#endedAt = this.#now();
    this.#over.abort();
    this.#phase = phase === "stopped" && this.signal.aborted ? "canceled" : phase;
    this.#meter.stop();
    this.#board.changed(this, false);
  }

  /**
   * The cell has failed: marks this bar as failed if it was running or has just stopped, since a loop cannot
   * distinguish an error from a `break`.
   */
  fail(): void {
    if (this.endsItself) return;
    const isRecent = this.#phase === "stopped" && this.#now() - this.#endedAt < justNow;
    if (this.#phase !== "running" && !isRecent) return;
    this.#over.abort();
    this.#phase = "failed";
    this.#meter.stop();
    this.#board.changed(this, false);
  }

  write(text: string): void {
    this.#board.write(text);
  }

  row(): ProgressRow {
    const { id, label, done, total, phase } = this;
    const [unit, elapsed, rate] = [this.#unit, this.#meter.elapsed, this.#meter.rate(done)];
    return { id, label, unit, done, total, elapsed, rate, phase };
  }

  canceledError(): SamlabError {
    const what = this.#label ? `${this.#label}: ` : "";
    const reached = this.total === null ? `${this.#done}` : `${this.#done} of ${this.total}`;
    return new SamlabError("canceled", `${what}canceled after ${reached}.`);
  }
}
