import { frameOf, type Place, type Subject } from "../../../src/protocol/slices.js";

/** Time on a slice, in ms, before it is encoded ahead; skips slices that are only scrolled past. */
const settleTime = 150;
/** Idle time, in ms, before the neighboring slices are encoded. */
const idleTime = 1000;

/** Encodes slices ahead of prompts. */
export interface Encoders {
  /** The current slice: the next click is likely to be on it. */
  here(place: Place): void;
  neighbors(places: readonly Place[]): void;
}

/** Schedules encoding ahead: the current slice once the user stays on it, its neighbors once the user is idle. */
export class LookAhead {
  readonly #encoders: Encoders;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #isWatched = false;

  constructor(encoders: Encoders) {
    this.#encoders = encoders;
  }

  /** The widget is displayed: nothing is encoded ahead before that. */
  watch(): void {
    this.#isWatched = true;
  }

  /** The opposite of {@link watch}. */
  unwatch(): void {
    this.#isWatched = false;
    this.end();
  }

  /** Call after each user action, with the current slice. */
  moved(place: Place, subject: Subject): void {
    this.end();
    if (!this.#isWatched) return;
    const { count } = frameOf(subject, place.plane);
    const neighbors = [place.index + 1, place.index - 1].filter((index) => index >= 0 && index < count);
    this.#after(settleTime, () => this.#encoders.here(place));
    this.#after(idleTime, () => this.#encoders.neighbors(neighbors.map((index) => ({ plane: place.plane, index }))));
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  #after(wait: number, action: () => void): void {
    const timer = setTimeout(action, wait);
    timer.unref?.();
    this.#timers.push(timer);
  }
}
