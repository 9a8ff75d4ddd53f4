import { SamlabError } from "../../../src/core/errors.js";
import { validatePrompt } from "../../../src/core/prompt.js";
import type { Absence, CompareWork } from "../../../src/protocol/mask-compare.js";
import { frameOf, type Place } from "../../../src/protocol/slices.js";
import type { SliceSource } from "../shared/slice-source.js";
import { untilInterrupted } from "../shared/until-interrupted.js";
import type { PredictedTrack } from "./track.js";

interface Job {
  readonly track: PredictedTrack;
  readonly index: number;
}

interface Running extends Job {
  readonly controller: AbortController;
}

/** Callbacks of {@link PredictionWork}. */
export interface PredictionEvents {
  /** Work started, progressed or ended. */
  changed(): void;
  /** A mask was predicted. */
  predicted(track: PredictedTrack, index: number): void;
}

/**
 * Runs the predictors one slice at a time: the current slice first, then, if all were requested, the others in order. A
 * slice that is left before its turn is not predicted.
 */
export class PredictionWork {
  readonly #tracks: readonly PredictedTrack[];
  readonly #source: SliceSource;
  readonly #plane: Place["plane"];
  readonly #events: PredictionEvents;
  readonly #failed = new Map<string, unknown>();
  #shown: number;
  #all = false;
  /** The user stopped the work; it resumes on another slice or on request. */
  #stopped = false;
  #closed = false;
  #running: Running | null = null;
  #fraction: number | null = null;
  #waiters: (() => void)[] = [];

  constructor(tracks: readonly PredictedTrack[], source: SliceSource, shown: Place, events: PredictionEvents) {
    this.#tracks = tracks;
    this.#source = source;
    this.#plane = shown.plane;
    this.#shown = shown.index;
    this.#events = events;
  }

  get state(): CompareWork | null {
    const running = this.#running;
    if (!running) return null;
    const { track, index } = running;
    return { mask: track.info.id, index, fraction: this.#fraction, batch: this.#all ? this.#batch() : null };
  }

  /** Why a mask is missing. */
  absence(track: PredictedTrack, index: number): Absence {
    if (this.#running?.track === track && this.#running.index === index) return "working";
    if (this.#failed.has(keyOf({ track, index }))) return "failed";
    if (!track.isAsked(index)) return "no-prompt";
    return this.#stopped && !this.#all ? "stopped" : "waiting";
  }

  /** The error on a slice, if any. */
  failure(index: number): { readonly track: PredictedTrack; readonly error: unknown } | null {
    for (const track of this.#tracks) {
      const key = keyOf({ track, index });
      if (this.#failed.has(key)) return { track, error: this.#failed.get(key) };
    }
    return null;
  }

  /** The first slice with an error. */
  get firstFailed(): number | null {
    const { count } = frameOf(this.#source.subject, this.#plane);
    const indices = Array.from({ length: count }, (_, index) => index);
    return indices.find((index) => this.failure(index) !== null) ?? null;
  }

  /** Starts, or continues with the slice now shown. */
  show(index: number): void {
    this.#shown = index;
    this.#stopped = false;
    this.#pump();
  }

  /** Predicts every slice that has a prompt, or all of a model that needs none. */
  all(): void {
    this.#all = true;
    this.#stopped = false;
    this.#failed.clear();
    this.#pump();
  }

  /** Retries what failed on the current slice. */
  retry(): void {
    for (const track of this.#tracks) this.#failed.delete(keyOf({ track, index: this.#shown }));
    this.show(this.#shown);
  }

  /** Cancels the running and queued predictions. */
  cancel(): void {
    this.#all = false;
    this.#stopped = true;
    this.#running?.controller.abort();
  }

  close(): void {
    this.#closed = true;
    this.cancel();
  }

  /** Resolves when nothing is running or queued. */
  idle(): Promise<void> {
    if (!this.#running) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #batch(): { done: number; of: number } {
    const [done, of] = [0, 0].map((_, n) =>
      this.#tracks.reduce((sum, track) => sum + (n === 0 ? track.done : track.asked.length), 0),
    );
    return { done, of };
  }

  #pump(): void {
    if (this.#running || this.#closed) return;
    const job = this.#next();
    if (!job) {
      this.#all = false;
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const resolve of waiters) resolve();
      return;
    }
    void this.#run(job);
  }

  #next(): Job | null {
    if (this.#stopped) return null;
    const wanted = (index: number) =>
      this.#tracks.map((track) => ({ track, index })).find((job) => this.#isMissing(job));
    const here = wanted(this.#shown);
    if (here || !this.#all) return here ?? null;
    const { count } = frameOf(this.#source.subject, this.#plane);
    for (let index = 0; index < count; index++) {
      const job = wanted(index);
      if (job) return job;
    }
    return null;
  }

  /** A user function that throws counts as a failed prediction. */
  #isMissing({ track, index }: Job): boolean {
    const key = keyOf({ track, index });
    if (this.#failed.has(key) || track.mask({ plane: this.#plane, index })) return false;
    try {
      return track.askAt(index) !== null;
    } catch (error) {
      this.#failed.set(key, error);
      return false;
    }
  }

  async #run(job: Job): Promise<void> {
    const running: Running = { ...job, controller: new AbortController() };
    this.#running = running;
    this.#fraction = null;
    this.#events.changed();
    try {
      await this.#predict(running);
    } catch (error) {
      if (!running.controller.signal.aborted) this.#fail(job, error);
    }
    this.#running = null;
    this.#pump();
    this.#events.changed();
  }

  /** After a failure no further predictions start, so the user gets to see the error. */
  #fail(job: Job, error: unknown): void {
    this.#failed.set(keyOf(job), error);
    this.#all = false;
  }

  async #predict({ track, index, controller }: Running): Promise<void> {
    const { sam } = track.predictor;
    const { signal } = controller;
    const ask = track.askAt(index);
    if (!ask) return;
    const { width, height } = frameOf(this.#source.subject, this.#plane);
    if (typeof ask !== "function") validatePrompt(ask, width, height, sam.prompts);
    const image = this.#source.slice({ plane: this.#plane, index }, null);
    const working = { signal, onProgress: (_: string, fraction?: number) => this.#progress(fraction ?? null) };
    const mask = await untilInterrupted(sam, async () => {
      if (typeof ask === "function") return ask(image, working);
      return (await sam.predict(ask, { embedding: await sam.embed(image, working), signal })).mask;
    });
    if (mask.width !== width || mask.height !== height) {
      throw new SamlabError(
        "run-failed",
        `${sam.name} gave a ${mask.width}×${mask.height} mask for a ${width}×${height} slice.`,
      );
    }
    track.put(index, mask);
    this.#events.predicted(track, index);
  }

  /** Throttled to steps of 5 %: a model may report every layer. */
  #progress(fraction: number | null): void {
    const rounded = fraction === null ? null : Math.round(fraction * 20) / 20;
    if (rounded === this.#fraction) return;
    this.#fraction = rounded;
    this.#events.changed();
  }
}

function keyOf({ track, index }: Job): string {
  return `${track.info.id} ${index}`;
}
