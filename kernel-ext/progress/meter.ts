/** How many are looked back on, and how far apart they are at least. */
const samples = 20;
const spacing = 0.5;

/** Measures how fast something goes, over the last ten seconds or, where it is slow, the last twenty steps. */
export class Meter {
  readonly #now: () => number;
  readonly #start: number;
  #past: { readonly time: number; readonly done: number }[];
  #end: number | undefined;

  /** `now` gives seconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
    this.#past = [{ time: this.#start, done: 0 }];
  }

  get elapsed(): number {
    return (this.#end ?? this.#now()) - this.#start;
  }

  /** Notes how many are done now. */
  note(done: number): void {
    const time = this.#now();
    if (time - this.#past.at(-1)!.time < spacing) return;
    this.#past.push({ time, done });
    if (this.#past.length > samples) this.#past.shift();
  }

  /** Per second; null before anything is done. After the end it is that of the whole. */
  rate(done: number): number | null {
    const { time, done: before } = this.#end === undefined ? this.#past[0]! : { time: this.#start, done: 0 };
    const seconds = (this.#end ?? this.#now()) - time;
    return done > before && seconds > 0 ? (done - before) / seconds : null;
  }

  stop(): void {
    this.#end ??= this.#now();
  }
}
