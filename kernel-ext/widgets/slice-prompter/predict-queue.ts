import type { Slot } from "./book.js";
import { slotKey } from "./book.js";
import type { SliceAnswer } from "./run.js";

/** Answers one slot. May reject when the signal is aborted, but not before the decoder is free again. */
export type Answer = (slot: Slot, signal: AbortSignal) => Promise<SliceAnswer>;

interface Running {
  readonly slot: Slot;
  readonly key: string;
  readonly controller: AbortController;
  /** Put back into the line when its run ends, because another slice was more urgent. */
  resume: boolean;
}

/**
 * Predictions, one at a time. A newer list of prompts for the same slice replaces an older one; what the user clicks now comes before
 * what waits from elsewhere, and a run for another slice makes room and starts again later. Nothing that was asked for is lost.
 */
export class PredictQueue {
  #waiting: Slot[] = [];
  #running: Running | null = null;
  #drained: (() => void)[] = [];
  readonly #answer: Answer;
  readonly #onChange: (slot: Slot) => void;

  /** `onChange` is called whenever a slot's run has started or ended. */
  constructor(answer: Answer, onChange: (slot: Slot) => void) {
    this.#answer = answer;
    this.#onChange = onChange;
  }

  get busy(): boolean {
    return this.#running !== null || this.#waiting.length > 0;
  }

  /** The slot that is being answered. */
  get current(): Slot | null {
    return this.#running?.slot ?? null;
  }

  /** Asks for an answer. `urgent`: the user is waiting for this one. */
  add(slot: Slot, urgent: boolean): void {
    const key = slotKey(slot.object, slot.place);
    this.#discard(key, slot);
    if (slot.run.status !== "waiting") slot.run.again();
    if (urgent) this.#waiting.unshift(slot);
    else this.#waiting.push(slot);
    const running = this.#running;
    if (running && running.key !== key && urgent) {
      running.resume = !running.controller.signal.aborted || running.resume;
      running.controller.abort();
    }
    void this.#pump();
  }

  /** The slot's prompts are gone or replaced: its answer is no longer wanted. */
  drop(slot: Slot): void {
    this.#discard(slotKey(slot.object, slot.place), null);
  }

  /** Gives up everything that runs or waits. */
  cancel(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const slot of waiting) slot.run.cancel();
    if (this.#running) {
      this.#running.resume = false;
      this.#running.controller.abort();
    }
  }

  /** Resolves when nothing runs or waits. */
  drained(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  #discard(key: string, keep: Slot | null): void {
    const same = (slot: Slot) => slotKey(slot.object, slot.place) === key;
    for (const slot of this.#waiting) if (same(slot) && slot.run !== keep?.run) slot.run.cancel();
    this.#waiting = this.#waiting.filter((slot) => !same(slot));
    if (this.#running?.key === key) {
      this.#running.resume = false;
      this.#running.controller.abort();
    }
  }

  async #pump(): Promise<void> {
    if (this.#running) return;
    const slot = this.#waiting.shift();
    if (!slot) {
      const drained = this.#drained;
      this.#drained = [];
      for (const resolve of drained) resolve();
      return;
    }
    const running: Running = {
      slot,
      key: slotKey(slot.object, slot.place),
      controller: new AbortController(),
      resume: false,
    };
    this.#running = running;
    this.#onChange(slot);
    const { signal } = running.controller;
    try {
      const answer = await this.#answer(slot, signal);
      // An answer that came although it was given up is still right for its own prompts.
      slot.run.finish(answer);
    } catch (error) {
      if (!signal.aborted) slot.run.fail(error);
      else if (running.resume) this.#waiting.push(slot);
      // Undone and redone in the meantime: it stands in the line again.
      else if (!this.#waiting.some((other) => other.run === slot.run)) slot.run.cancel();
    }
    this.#running = null;
    this.#onChange(slot);
    void this.#pump();
  }
}
