import { SamlabError } from "./errors.js";

/**
 * A packed mask (see `packMask`) as run lengths: how many pixels are 0, then 1, then 0, and so on, each as a base-128
 * number, its lowest seven bits first and the high bit set on all bytes but the last. A mask of one object is a few
 * hundred bytes, whatever the size of the slice.
 * @param length number of pixels
 */
export function runsOfBits(bits: Uint8Array, length: number): Uint8Array {
  const writer = new RunWriter();
  let [value, from] = [0, 0];
  for (let i = 0; i < length; i++) {
    // Eight equal pixels at once.
    if ((i & 7) === 0 && bits[i >> 3] === (value === 0 ? 0 : 255)) {
      i += 7;
      continue;
    }
    const bit = (bits[i >> 3] >> (i & 7)) & 1;
    if (bit === value) continue;
    if (value === 1) writer.add(from, i);
    [value, from] = [bit, i];
  }
  if (value === 1) writer.add(from, length);
  return writer.runs(length);
}

/** Writes run lengths as {@link runsOfBits} does, from the stretches of pixels that are 1. */
export class RunWriter {
  readonly #out: number[] = [];
  #end = 0;
  #area = 0;

  /** How many pixels are 1 so far. */
  get area(): number {
    return this.#area;
  }

  /** The pixels from `start` up to `end` are 1. Stretches come in order and do not touch. */
  add(start: number, end: number): void {
    this.#push(start - this.#end);
    this.#push(end - start);
    this.#end = end;
    this.#area += end - start;
  }

  /** The runs of a mask of `length` pixels. */
  runs(length: number): Uint8Array {
    if (this.#end < length || length === 0) this.#push(length - this.#end);
    return Uint8Array.from(this.#out);
  }

  #push(run: number): void {
    let rest = run;
    for (; rest >= 128; rest >>>= 7) this.#out.push((rest & 127) | 128);
    this.#out.push(rest);
  }
}

/** Calls `visit` for each stretch of pixels that are 1, from `start` up to `end`. Returns how many pixels there are. */
export function forEachRun(runs: Uint8Array, visit: (start: number, end: number) => void): number {
  let [at, value, run, shift] = [0, 0, 0, 0];
  for (let n = 0; n < runs.length; n++) {
    const byte = runs[n]!;
    run |= (byte & 127) << shift;
    shift += 7;
    if (byte >= 128) continue;
    if (value === 1 && run > 0) visit(at, at + run);
    at += run;
    value = 1 - value;
    run = 0;
    shift = 0;
  }
  return at;
}

/** How many pixels runs are of, and how many of them are 1. */
export function sizeOfRuns(runs: Uint8Array): { pixels: number; area: number } {
  let area = 0;
  const pixels = forEachRun(runs, (start, end) => {
    area += end - start;
  });
  return { pixels, area };
}

/** As {@link forEachRun}, row by row: the pixels of row `y` from `start` up to `end`. */
export function forEachRowRun(
  runs: Uint8Array,
  width: number,
  visit: (y: number, start: number, end: number) => void,
): void {
  forEachRun(runs, (start, end) => {
    for (let from = start; from < end; ) {
      const y = Math.floor(from / width);
      const to = Math.min(end, (y + 1) * width);
      visit(y, from - y * width, to - y * width);
      from = to;
    }
  });
}

/** The inverse of {@link runsOfBits}: one byte a pixel, 0 or 1. */
export function pixelsOfRuns(runs: Uint8Array, length: number): Uint8Array {
  const pixels = new Uint8Array(length);
  const found = forEachRun(runs, (start, end) => pixels.fill(1, start, end));
  if (found === length) return pixels;
  throw new SamlabError("format-invalid", `A mask's runs are of ${found} pixels, not ${length}.`);
}
