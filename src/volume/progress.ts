import type { SegmentVolumeOptions } from "./types.js";

/** Progress of a volume: slices done, and slices that may still come. */
export class RunProgress {
  readonly #tell: SegmentVolumeOptions["onProgress"];
  readonly #start = performance.now();
  #left: () => number = () => Number.NaN;
  #done = 0;

  constructor(tell: SegmentVolumeOptions["onProgress"]) {
    this.#tell = tell;
  }

  /** Sets how many slices are left. */
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
