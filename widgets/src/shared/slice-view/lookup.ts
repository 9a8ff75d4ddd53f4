import {
  grayLevel,
  type SampleFormat,
  storedRange,
  storedToValue,
  type WindowRange,
} from "../../../../src/protocol/samples.js";

/** Maps stored numbers to opaque gray pixels (RGBA in memory order): a window change costs one pass over a table. */
export class GrayTable {
  readonly #pixels: Uint32Array;
  readonly #first: number;
  readonly #format: SampleFormat;
  #low = Number.NaN;
  #high = Number.NaN;

  constructor(format: SampleFormat) {
    const { first, count } = storedRange(format);
    this.#format = format;
    this.#first = first;
    this.#pixels = new Uint32Array(count);
  }

  /** True if the window changed. */
  setWindow(window: Pick<WindowRange, "low" | "high">): boolean {
    if (window.low === this.#low && window.high === this.#high) return false;
    this.#low = window.low;
    this.#high = window.high;
    for (let i = 0; i < this.#pixels.length; i++) {
      const gray = grayLevel(window, storedToValue(this.#format, this.#first + i));
      // Alpha is the last byte in memory: the highest on little-endian machines, where browsers run.
      this.#pixels[i] = 0xff000000 | (gray << 16) | (gray << 8) | gray;
    }
    return true;
  }

  /** Writes the pixels of stored samples. */
  apply(samples: Uint8Array | Int16Array, out: Uint32Array): void {
    const [pixels, first] = [this.#pixels, this.#first];
    for (let i = 0; i < samples.length; i++) out[i] = pixels[samples[i] - first];
  }
}

/** Converts interleaved 8-bit color to opaque pixels. */
export function colorPixels(samples: Uint8Array, out: Uint32Array): void {
  for (let i = 0, at = 0; i < out.length; i++, at += 3) {
    out[i] = 0xff000000 | (samples[at + 2] << 16) | (samples[at + 1] << 8) | samples[at];
  }
}
