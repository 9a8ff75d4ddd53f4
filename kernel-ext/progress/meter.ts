/** Number of samples, and the minimum time between them. */
const samples = 20;
const spacing = 0.5;

/** Measures a rate over the last ten seconds or, if slow, the last twenty steps. */
export class Meter {
  readonly #now: () => number;
  readonly #start: number;
  #past: { readonly time: number; readonly done: number }[];
  #end: number | undefined;

  /** `now` returns seconds. */
  constructor(now: () => number, start = now()) {
    this.#now = now;
    this.#start = start;
    this.#past = [{ time: this.#start, done: 0 }];
  }

  get elapsed(): number {
    return (this.#end ?? this.#now()) - this.#start;
  }

  /** Records the current count. */
  note(done: number): void {
    const time = this.#now();
    if (time - this.#past.at(-1)!.time < spacing) return;
    this.#past.push({ time, done });
    if (this.#past.length > samples) this.#past.shift();
  }

  /** Rate per second; null before anything is done. After the end, the overall rate. */
  rate(done: number): number | null {
    const { time, done: before } = this.#end === undefined ? this.#past[0]! : { time: this.#start, done: 0 };
    const seconds = (this.#end ?? this.#now()) - time;
    return done > before && seconds > 0 ? (done - before) / seconds : null;
  }

  stop(): void {
    this.#end ??= this.#now();
  }
}
