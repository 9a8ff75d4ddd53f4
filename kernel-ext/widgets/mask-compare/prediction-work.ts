import { SamlabError } from "../../../src/core/errors.js";
import { validatePrompt } from "../../../src/core/prompt.js";
import type { Absence, CompareWork } from "../../../src/protocol/mask-compare.js";
import { frameOf, type Place } from "../../../src/protocol/slices.js";
import type { SliceSource } from "../shared/slice-source.js";
import type { PredictedTrack } from "./track.js";

interface Job {
  readonly track: PredictedTrack;
  readonly index: number;
}

interface Running extends Job {
  readonly controller: AbortController;
}

/** Told as the work goes on. */
export interface PredictionEvents {
  /** Something has started, moved on or ended. */
  changed(): void;
  /** A mask has come. */
  predicted(track: PredictedTrack, index: number): void;
}

/**
 * The predictors at work, one slice at a time: the one that is shown first, then, if all are wanted, the others in order. A slice that is left
 * before its turn is not predicted.
 */
export class PredictionWork {
  readonly #tracks: readonly PredictedTrack[];
  readonly #source: SliceSource;
  readonly #plane: Place["plane"];
  readonly #events: PredictionEvents;
  readonly #failed = new Map<string, unknown>();
  #shown: number;
  #all = false;
  /** The user has stopped the work; it goes on with another slice or when asked to. */
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

  /** Why a mask is not there. */
  absence(track: PredictedTrack, index: number): Absence {
    if (this.#running?.track === track && this.#running.index === index) return "working";
    if (this.#failed.has(keyOf({ track, index }))) return "failed";
    if (!track.isAsked(index)) return "no-prompt";
    return this.#stopped && !this.#all ? "stopped" : "waiting";
  }

  /** The error on a slice, if there was one. */
  failure(index: number): { readonly track: PredictedTrack; readonly error: unknown } | null {
    for (const track of this.#tracks) {
      const key = keyOf({ track, index });
      if (this.#failed.has(key)) return { track, error: this.#failed.get(key) };
    }
    return null;
  }

  /** Begins, or goes on with the slice that is shown now. */
  show(index: number): void {
    this.#shown = index;
    this.#stopped = false;
    this.#pump();
  }

  /** Predicts every slice that has a prompt. */
  all(): void {
    this.#all = true;
    this.#stopped = false;
    this.#failed.clear();
    this.#pump();
  }

  /** Tries again what failed on the slice that is shown. */
  retry(): void {
    for (const track of this.#tracks) this.#failed.delete(keyOf({ track, index: this.#shown }));
    this.show(this.#shown);
  }

  /** Gives up what runs and what waits. */
  cancel(): void {
    this.#all = false;
    this.#stopped = true;
    this.#running?.controller.abort();
  }

  close(): void {
    this.#closed = true;
    this.cancel();
  }

  /** Resolves when nothing runs or waits. */
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

  /** A function of the user's that throws counts as a failed prediction. */
  #isMissing({ track, index }: Job): boolean {
    const key = keyOf({ track, index });
    if (this.#failed.has(key) || track.mask({ plane: this.#plane, index })) return false;
    try {
      return track.promptsAt(index) !== null;
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

  /** One that failed does not stop the user from seeing it: the others are not begun. */
  #fail(job: Job, error: unknown): void {
    this.#failed.set(keyOf(job), error);
    this.#all = false;
  }

  async #predict({ track, index, controller }: Running): Promise<void> {
    const { sam } = track.predictor;
    const { signal } = controller;
    const prompts = track.promptsAt(index);
    if (!prompts) return;
    const { width, height } = frameOf(this.#source.subject, this.#plane);
    validatePrompt(prompts, width, height, sam.prompts);
    const image = this.#source.slice({ plane: this.#plane, index }, null);
    const embedding = await sam.embed(image, { signal, onProgress: (_, fraction) => this.#progress(fraction ?? null) });
    const { mask } = await sam.predict(prompts, { embedding, signal });
    if (mask.width !== width || mask.height !== height) {
      throw new SamlabError(
        "run-failed",
        `${sam.name} gave a ${mask.width}×${mask.height} mask for a ${width}×${height} slice.`,
      );
    }
    track.put(index, mask);
    this.#events.predicted(track, index);
  }

  /** Passed on in steps of five per cent: a model may report every layer. */
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
