import type { NumericArray } from "../../../src/core/dtype.js";
import { bytesView } from "../../../src/core/dtype.js";
import { grayLevel, type SampleFormat, type WindowRange } from "../../../src/protocol/samples.js";

const asTheyAre = (type: "uint8" | "int16", intercept = 0): SampleFormat => ({ type, slope: 1, intercept });

/**
 * How to send values in at most 16 bits. 8- and 16-bit integers, and whole numbers that fit, are sent unchanged; a
 * wider range is quantized to 65 536 steps.
 */
export function sampleFormatOf(data: NumericArray): SampleFormat {
  if (data instanceof Uint8Array) return asTheyAre("uint8");
  if (data instanceof Int16Array || data instanceof Int8Array) return asTheyAre("int16");
  if (data instanceof Uint16Array) return asTheyAre("int16", 32768);
  const { low, high, whole } = extent(data);
  if (whole && low >= -32768 && high <= 32767) return asTheyAre("int16");
  if (whole && high - low <= 65535) return asTheyAre("int16", low + 32768);
  const slope = (high - low) / 65535 || 1;
  return { type: "int16", slope, intercept: low + 32768 * slope };
}

/** Smallest and largest finite value (0 and 0 if there are none), and whether all finite values are whole numbers. */
export function extent(data: ArrayLike<number>): { low: number; high: number; whole: boolean } {
  let [low, high, whole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
    if (whole && !Number.isInteger(value)) whole = false;
  }
  return low > high ? { low: 0, high: 0, whole: true } : { low, high, whole };
}

/** Gray values as stored numbers. Non-finite values become the darkest. Always a copy. */
export function storeGray(data: NumericArray, { type, slope, intercept }: SampleFormat): Uint8Array {
  if (type === "uint8") return Uint8Array.from(data);
  if (data instanceof Int16Array && slope === 1 && intercept === 0) return bytesView(data).slice();
  const stored = new Int16Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    stored[i] = Number.isFinite(value)
      ? Math.min(32767, Math.max(-32768, Math.round((value - intercept) / slope)))
      : -32768;
  }
  return bytesView(stored);
}

/** Interleaved color with 8 bits per channel: windowed if there is a window, otherwise clamped to 0 to 255. */
export function storeColor(data: NumericArray, window: WindowRange | null): Uint8Array {
  if (data instanceof Uint8Array && !window) return data.slice();
  if (!window) return Uint8Array.from(Uint8ClampedArray.from(data));
  return Uint8Array.from(data, (value) => grayLevel(window, value));
}
