import { SamlabError } from "./errors.js";

/**
 * A packed mask (see `packMask`) as run lengths: how many pixels are 0, then 1, then 0, and so on, each as a base-128
 * number, its lowest seven bits first and the high bit set on all bytes but the last. A mask of one object is a few
 * hundred bytes, whatever the size of the slice.
 * @param length number of pixels
 */
export function runsOfBits(bits: Uint8Array, length: number): Uint8Array {
  const out: number[] = [];
  let [value, from] = [0, 0];
  const push = (run: number) => {
    for (let rest = run; ; rest >>>= 7) {
      if (rest < 128) return out.push(rest);
      out.push((rest & 127) | 128);
    }
  };
  for (let i = 0; i < length; i++) {
    // Eight equal pixels at once.
    if ((i & 7) === 0 && bits[i >> 3] === (value === 0 ? 0 : 255)) {
      i += 7;
      continue;
    }
    const bit = (bits[i >> 3] >> (i & 7)) & 1;
    if (bit === value) continue;
    push(i - from);
    [value, from] = [bit, i];
  }
  push(length - from);
  return Uint8Array.from(out);
}

/** The inverse of {@link runsOfBits}: one byte a pixel, 0 or 1. */
export function pixelsOfRuns(runs: Uint8Array, length: number): Uint8Array {
  const pixels = new Uint8Array(length);
  let [at, value, run, shift] = [0, 0, 0, 0];
  for (const byte of runs) {
    run |= (byte & 127) << shift;
    shift += 7;
    if (byte >= 128) continue;
    if (value === 1) pixels.fill(1, at, at + run);
    at += run;
    [value, run, shift] = [1 - value, 0, 0];
  }
  if (at === length) return pixels;
  throw new SamlabError("format-invalid", `A mask's runs are of ${at} pixels, not ${length}.`);
}
