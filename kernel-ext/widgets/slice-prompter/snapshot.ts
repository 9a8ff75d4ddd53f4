import type { Mask2d } from "../../../src/core/mask.js";
import {
  bytesPerPixel,
  greyLevel,
  type SampleFormat,
  storedRange,
  storedToValue,
  type WindowRange,
} from "../../../src/protocol/samples.js";
import type { SliceFrame, SlicePrompt } from "../../../src/protocol/slice-prompter.js";

/** An 8-bit RGB raster, interleaved, row-major. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface SnapshotInput {
  readonly frame: SliceFrame;
  readonly format: SampleFormat;
  readonly samples: Uint8Array;
  readonly window: WindowRange | null;
  readonly masks: readonly { readonly mask: Mask2d; readonly color: string }[];
  readonly prompts: readonly SlicePrompt[];
}

type Rgb = readonly [number, number, number];

const fill = 0.35;
const include: Rgb = [0, 158, 115];
const exclude: Rgb = [213, 94, 0];
const white: Rgb = [255, 255, 255];

/**
 * The slice with masks and prompts as a still picture with square pixels, its longer side `longest` pixels: what a notebook shows where
 * no widget can run.
 */
export function snapshot(input: SnapshotInput, longest = 480): Raster {
  const { frame } = input;
  const [widthMm, heightMm] = [frame.width * frame.spacing[0], frame.height * frame.spacing[1]];
  const scale = longest / Math.max(widthMm, heightMm);
  const width = Math.max(1, Math.round(widthMm * scale));
  const height = Math.max(1, Math.round(heightMm * scale));
  const raster: Raster = { width, height, data: new Uint8Array(width * height * 3) };
  /** The source column or row behind a column or row of the picture. */
  const columns = Int32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * frame.width) / width));
  const rows = Int32Array.from({ length: height }, (_, y) => Math.floor(((y + 0.5) * frame.height) / height));
  paintSlice(raster, input, columns, rows);
  for (const { mask, color } of input.masks) paintMask(raster, mask, parseColor(color), columns, rows);
  const toX = (x: number) => ((x + 0.5) * width) / frame.width;
  const toY = (y: number) => ((y + 0.5) * height) / frame.height;
  for (const prompt of input.prompts) paintPrompt(raster, prompt, toX, toY);
  return raster;
}

function paintSlice(
  raster: Raster,
  { frame, format, samples, window }: SnapshotInput,
  columns: Int32Array,
  rows: Int32Array,
) {
  const grey = format.type === "rgb8" ? null : greyTable(format, window);
  const { first } = storedRange(format);
  const stored =
    format.type === "int16" ? new Int16Array(samples.buffer, samples.byteOffset, samples.length / 2) : samples;
  const channels = grey ? 1 : bytesPerPixel(format);
  for (let y = 0, out = 0; y < raster.height; y++) {
    for (let x = 0; x < raster.width; x++, out += 3) {
      const at = (rows[y] * frame.width + columns[x]) * channels;
      for (let c = 0; c < 3; c++) raster.data[out + c] = grey ? grey[stored[at] - first] : stored[at + c];
    }
  }
}

function greyTable(format: SampleFormat, window: WindowRange | null): Uint8Array {
  const { first, count } = storedRange(format);
  const range = window ?? { low: 0, high: 255 };
  return Uint8Array.from({ length: count }, (_, i) => greyLevel(range, storedToValue(format, first + i)));
}

/** A light fill, and the mask's border in full colour. */
function paintMask(raster: Raster, mask: Mask2d, color: Rgb, columns: Int32Array, rows: Int32Array): void {
  const inside = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < raster.width && y < raster.height && mask.data[rows[y] * mask.width + columns[x]] !== 0;
  for (let y = 0; y < raster.height; y++) {
    for (let x = 0; x < raster.width; x++) {
      if (!inside(x, y)) continue;
      const border = !(inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1));
      blend(raster, x, y, color, border ? 1 : fill);
    }
  }
}

function paintPrompt(
  raster: Raster,
  prompt: SlicePrompt,
  toX: (x: number) => number,
  toY: (y: number) => number,
): void {
  if (prompt.kind === "box") {
    const [x0, y0, x1, y1] = prompt.box;
    const [left, top, right, bottom] = [toX(x0 - 0.5), toY(y0 - 0.5), toX(x1 + 0.5), toY(y1 + 0.5)].map(Math.round);
    for (let x = left; x <= right; x++) for (const y of [top, bottom - 1]) blend(raster, x, y, white, 1);
    for (let y = top; y <= bottom; y++) for (const x of [left, right - 1]) blend(raster, x, y, white, 1);
    return;
  }
  const [cx, cy] = [Math.round(toX(prompt.x)), Math.round(toY(prompt.y))];
  const color = prompt.label === 1 ? include : exclude;
  for (let dy = -6; dy <= 6; dy++) {
    for (let dx = -6; dx <= 6; dx++) {
      // Include is round with a plus, exclude a diamond with a minus.
      const distance = prompt.label === 1 ? Math.hypot(dx, dy) : (Math.abs(dx) + Math.abs(dy)) * 0.9;
      if (distance > 6) continue;
      const sign = (dy === 0 && Math.abs(dx) <= 3) || (prompt.label === 1 && dx === 0 && Math.abs(dy) <= 3);
      blend(raster, cx + dx, cy + dy, sign || distance > 5 ? white : color, 1);
    }
  }
}

function blend({ width, height, data }: Raster, x: number, y: number, color: Rgb, alpha: number): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const at = (y * width + x) * 3;
  for (let c = 0; c < 3; c++) data[at + c] = Math.round(data[at + c] * (1 - alpha) + color[c] * alpha);
}

function parseColor(hex: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
}
