import { frameOf, type Place, type Subject } from "../../../src/protocol/slices.js";

/** Who scrolls on has not arrived, ms. */
const arrival = 150;
/** Who has done nothing for this long may go on to the next slice, ms. */
const idle = 1000;

/** What is encoded before anyone asks. */
export interface Encoders {
  /** The slice that is looked at: the next click is likely to be on it. */
  here(place: Place): void;
  neighbours(places: readonly Place[]): void;
}

/** When to encode which slices ahead: the one that is looked at once the user stays there, its neighbours when all is quiet. */
export class LookAhead {
  readonly #encoders: Encoders;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #isWatched = false;

  constructor(encoders: Encoders) {
    this.#encoders = encoders;
  }

  /** Somebody looks: before that nothing is encoded ahead. */
  watch(): void {
    this.#isWatched = true;
  }

  /** To be called when the user has done something, with the slice that is shown then. */
  moved(place: Place, subject: Subject): void {
    this.end();
    if (!this.#isWatched) return;
    const { count } = frameOf(subject, place.plane);
    const neighbours = [place.index + 1, place.index - 1].filter((index) => index >= 0 && index < count);
    this.#after(arrival, () => this.#encoders.here(place));
    this.#after(idle, () => this.#encoders.neighbours(neighbours.map((index) => ({ plane: place.plane, index }))));
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  #after(wait: number, deed: () => void): void {
    const timer = setTimeout(deed, wait);
    timer.unref?.();
    this.#timers.push(timer);
  }
}
