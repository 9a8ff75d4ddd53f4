/**
 * The intensity range that is shown as black to white, in the image's own units. The same as `IntensityWindow` in
 * src/io.
 */
export interface WindowRange {
  /** Becomes black, in the image's units. */
  readonly low: number;
  /** Becomes white, in the image's units. */
  readonly high: number;
  /** For people, e.g. `CT abdomen (W 400, L 40)`. */
  readonly name: string;
}

/** True for equal levels; names are ignored. */
export function sameWindow(a: Pick<WindowRange, "low" | "high">, b: Pick<WindowRange, "low" | "high">): boolean {
  return a.low === b.low && a.high === b.high;
}

/**
 * How the bytes of a transferred slice encode values. Gray slices keep up to 16 bits, so that the view can change the
 * window without the kernel; `value = stored · slope + intercept`. `int16` is little-endian.
 */
export interface SampleFormat {
  /** How a sample is stored. */
  readonly type: "uint8" | "int16" | "rgb8";
  /** Value = slope · sample + intercept. */
  readonly slope: number;
  /** See `slope`. */
  readonly intercept: number;
}

/** Bytes per pixel. */
export function bytesPerPixel(format: SampleFormat): 1 | 2 | 3 {
  return format.type === "uint8" ? 1 : format.type === "int16" ? 2 : 3;
}

/** The smallest number that can be stored, and how many there are: the size of a lookup table. */
export function storedRange(format: SampleFormat): { first: number; count: number } {
  return format.type === "int16" ? { first: -32768, count: 65536 } : { first: 0, count: 256 };
}

/** Converts a stored number to the image's units. */
export function storedToValue(format: SampleFormat, stored: number): number {
  return stored * format.slope + format.intercept;
}

/**
 * Gray level 0 to 255 of a value: `low` and below are black, `high` and above white, truncated (not rounded) as in
 * `applyWindow`.
 */
export function grayLevel(window: Pick<WindowRange, "low" | "high">, value: number): number {
  const width = Math.max(window.high - window.low, Number.EPSILON);
  return Math.floor(255 * Math.min(1, Math.max(0, (value - window.low) / width)));
}
