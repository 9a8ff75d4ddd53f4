import type { Mask2d } from "../../../src/core/mask.js";
import {
  bytesPerPixel,
  grayLevel,
  type SampleFormat,
  storedRange,
  storedToValue,
  type WindowRange,
} from "../../../src/protocol/samples.js";
import type { SliceFrame } from "../../../src/protocol/slices.js";

/** An 8-bit RGB raster, interleaved, row-major. */
export interface RgbRaster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A still picture of a slice, with the slice column and row that each picture column and row maps to. */
export interface SliceRaster extends RgbRaster {
  readonly columns: Int32Array;
  readonly rows: Int32Array;
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** The samples of a slice, and how to show them. */
export interface SlicePixels {
  readonly frame: SliceFrame;
  readonly format: SampleFormat;
  readonly samples: Uint8Array;
  readonly window: WindowRange | null;
}

/** Opacity of a mask's fill. */
const fill = 0.35;

/** Resamples the slice to square pixels, with a longer side of `longest` pixels. */
export function sliceRaster(slice: SlicePixels, longest: number): SliceRaster {
  const { frame } = slice;
  const [widthMm, heightMm] = [frame.width * frame.spacing[0], frame.height * frame.spacing[1]];
  const scale = longest / Math.max(widthMm, heightMm);
  const width = Math.max(1, Math.round(widthMm * scale));
  const height = Math.max(1, Math.round(heightMm * scale));
  const raster: SliceRaster = {
    width,
    height,
    data: new Uint8Array(width * height * 3),
    columns: Int32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * frame.width) / width)),
    rows: Int32Array.from({ length: height }, (_, y) => Math.floor(((y + 0.5) * frame.height) / height)),
  };
  paintSlice(raster, slice);
  return raster;
}

function paintSlice({ width, height, data, columns, rows }: SliceRaster, slice: SlicePixels): void {
  const { frame, format, samples, window } = slice;
  const gray = format.type === "rgb8" ? null : grayTable(format, window);
  const { first } = storedRange(format);
  const stored =
    format.type === "int16" ? new Int16Array(samples.buffer, samples.byteOffset, samples.length / 2) : samples;
  const channels = gray ? 1 : bytesPerPixel(format);
  for (let y = 0, out = 0; y < height; y++) {
    for (let x = 0; x < width; x++, out += 3) {
      const at = (rows[y] * frame.width + columns[x]) * channels;
      for (let c = 0; c < 3; c++) data[out + c] = gray ? gray[stored[at] - first] : stored[at + c];
    }
  }
}

function grayTable(format: SampleFormat, window: WindowRange | null): Uint8Array {
  const { first, count } = storedRange(format);
  const range = window ?? { low: 0, high: 255 };
  return Uint8Array.from({ length: count }, (_, i) => grayLevel(range, storedToValue(format, first + i)));
}

/** Paints a translucent fill, and the border in full color. */
export function paintMask(raster: SliceRaster, mask: Mask2d, color: Rgb, opacity = fill): void {
  const { width, height, columns, rows } = raster;
  const inside = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && mask.data[rows[y] * mask.width + columns[x]] !== 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      const border = !(inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1));
      blend(raster, x, y, color, border ? 1 : opacity);
    }
  }
}

/** Paints a color as strongly as a value of 0 to 1 says, for each pixel of the slice. */
export function paintHeat(raster: SliceRaster, values: Float32Array, sliceWidth: number, color: Rgb): void {
  const { width, height, columns, rows } = raster;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) blend(raster, x, y, color, values[rows[y] * sliceWidth + columns[x]]);
  }
}

export function blend({ width, height, data }: RgbRaster, x: number, y: number, color: Rgb, alpha: number): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const at = (y * width + x) * 3;
  for (let c = 0; c < 3; c++) data[at + c] = Math.round(data[at + c] * (1 - alpha) + color[c] * alpha);
}

/** Parses `#rrggbb`. */
export function parseColor(hex: string): Rgb {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return [red, green, blue];
}

/** Golden ratio conjugate: the hue step, as a fraction of a full turn. */
const goldenTurn = 0.618034;

/** A bright color for index n: consecutive indices get well-separated hues (HSV with saturation 0.75 and value 1). */
export function distinctColor(n: number): Rgb {
  const turn = (n * goldenTurn) % 1;
  const channel = (offset: number) => {
    const k = (offset + turn * 6) % 6;
    return Math.round(255 * (1 - 0.75 * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}
