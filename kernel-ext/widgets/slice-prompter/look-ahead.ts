import { frameOf, type Place, type Subject } from "../../../src/protocol/slices.js";

/** Who scrolls on has not arrived, ms. */
const arrival = 150;
/** Nobody has done anything for this long, ms: a click must not find the model at work on another slice. */
const idle = 2000;

/** When to encode which slices ahead: the one that is looked at once the user stays there, its neighbours when all is quiet. */
export class LookAhead {
  readonly #encode: (places: readonly Place[]) => void;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #isWatched = false;

  constructor(encode: (places: readonly Place[]) => void) {
    this.#encode = encode;
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
    const after = (wait: number, places: readonly Place[]) => {
      const timer = setTimeout(() => this.#encode(places), wait);
      timer.unref?.();
      this.#timers.push(timer);
    };
    after(arrival, [place]);
    after(idle, [place, ...neighbours.map((index) => ({ plane: place.plane, index }))]);
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}
