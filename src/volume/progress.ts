import type { SegmentVolumeOptions } from "./types.js";

/** How far a volume is: slices that are done against those that may come. */
export class RunProgress {
  readonly #tell: SegmentVolumeOptions["onProgress"];
  readonly #start = performance.now();
  #left: () => number = () => Number.NaN;
  #done = 0;

  constructor(tell: SegmentVolumeOptions["onProgress"]) {
    this.#tell = tell;
  }

  /** What is left from now on. */
  left(slices: () => number): void {
    this.#left = slices;
  }

  slice(slice: number): void {
    this.#done++;
    if (!this.#tell) return;
    const left = this.#left();
    const seconds = (performance.now() - this.#start) / 1000;
    this.#tell(
      `slice ${slice}, ${this.#done} done, ${left} left`,
      this.#done / (this.#done + left),
      (seconds / this.#done) * left,
    );
  }
}
