import { callingTask } from "../../../src/core/ambient.js";
import type { Slot } from "./book.js";
import { slotKey } from "./book.js";
import type { SliceAnswer } from "./run.js";

/** Predicts one slot. May reject when the signal aborts, but not before the decoder is free again. */
export type PredictSlot = (slot: Slot, signal: AbortSignal) => Promise<SliceAnswer>;

interface Running {
  readonly slot: Slot;
  readonly key: string;
  readonly controller: AbortController;
  /** Requeue when the run ends: it was aborted for a more urgent slice. */
  resume: boolean;
}

/**
 * Runs predictions one at a time. A newer list of prompts for a slice replaces the older one; an urgent request runs
 * next and aborts a run for another slice, which is requeued. No request is lost.
 */
export class PredictQueue {
  #waiting: Slot[] = [];
  /** The cell or message that has asked for a slot: an interrupt ends the predictions of its own cell alone. */
  readonly #tasks = new WeakMap<Slot, ReturnType<typeof callingTask>>();
  #running: Running | null = null;
  #drained: (() => void)[] = [];
  readonly #answer: PredictSlot;
  readonly #onChange: (slot: Slot) => void;

  /** `onChange` is called whenever a slot's run starts or ends. */
  constructor(answer: PredictSlot, onChange: (slot: Slot) => void) {
    this.#answer = answer;
    this.#onChange = onChange;
  }

  get busy(): boolean {
    return this.#running !== null || this.#waiting.length > 0;
  }

  /** The slot being predicted. */
  get current(): Slot | null {
    return this.#running?.slot ?? null;
  }

  /** Queues a slot. `urgent`: the user is waiting for it. */
  add(slot: Slot, urgent: boolean): void {
    const key = slotKey(slot.object, slot.place);
    this.#tasks.set(slot, callingTask());
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

  /** The slot's prompts were removed or replaced: cancels its prediction. */
  drop(slot: Slot): void {
    this.#discard(slotKey(slot.object, slot.place), null);
  }

  /** Cancels the running and all queued predictions. */
  cancel(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const slot of waiting) slot.run.cancel();
    this.cancelRunning();
  }

  /** Cancels the running prediction. The queued ones follow. */
  cancelRunning(): void {
    if (!this.#running) return;
    this.#running.resume = false;
    this.#running.controller.abort();
  }

  /** Resolves when nothing is running or queued. */
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
      const inTask = this.#tasks.get(slot)!;
      const answer = await inTask(() => this.#answer(slot, signal));
      // An answer that arrives despite the abort is still valid for its prompts.
      slot.run.finish(answer);
    } catch (error) {
      if (!signal.aborted) slot.run.fail(error);
      else if (running.resume) this.#waiting.push(slot);
      // Undone and redone in the meantime: it is queued again.
      else if (!this.#waiting.some((other) => other.run === slot.run)) slot.run.cancel();
    }
    this.#running = null;
    this.#onChange(slot);
    void this.#pump();
  }
}
