import type { Mask2d } from "../../../src/core/mask.js";
import type { SlicePrompt } from "../../../src/protocol/slice-prompter.js";
import type { SliceFrame } from "../../../src/protocol/slices.js";
import { escapeMarkup } from "../../display/escape-markup.js";
import { paintPrompt } from "./paint-prompt.js";
import { paintMask, type Rgb, type RgbRaster, type SlicePixels, sliceRaster } from "./raster.js";

/** The short form is used if space is limited. */
export type Caption = readonly [text: string, short: string];

/** `axial slice 95 of 0–188`; null for a picture. */
export function sliceCaption({ plane, count }: Pick<SliceFrame, "plane" | "count">, index: number): Caption | null {
  return plane && [`${plane} slice ${index} of 0–${count - 1}`, `${index} / ${count - 1}`];
}

/** A slice in a picture, independent of its position. */
export interface SlicePanel {
  readonly slice: SlicePixels;
  /** `opacity` of the fill: by default that of all widgets. */
  readonly masks: readonly { readonly mask: Mask2d; readonly color: Rgb; readonly opacity?: number }[];
  readonly prompts?: readonly SlicePrompt[];
  /** Shown below the slice: see {@link sliceCaption}. */
  readonly caption: Caption | null;
}

/** A still picture and its display size. */
export interface Picture {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const gap = 4;
const captionHeight = 20;
/** Average letter width of the caption font. */
const letterWidth = 6.6;
/** Maximum width of a picture: that of a cell's output in a typical window. */
const mostWidth = 720;
const mostHeight = 300;

/** Slices side by side in rows of `columns`, at a common scale in mm, with captions and orientation letters. */
export async function panelsPicture(panels: readonly SlicePanel[], columns: number): Promise<Picture> {
  const sizes = panels.map(({ slice }) => sizeMm(slice.frame));
  const rows = Math.ceil(panels.length / columns);
  const rowsOf = <T>(items: readonly T[]) =>
    Array.from({ length: rows }, (_, row) => items.slice(row * columns, (row + 1) * columns));
  const widest = Math.max(...rowsOf(sizes).map((row) => row.reduce((sum, [width]) => sum + width, 0)));
  const tallest = Math.max(...sizes.map(([, height]) => height));
  const scale = Math.min((mostWidth - gap * (columns - 1)) / widest, mostHeight / (rows > 1 ? 1.5 : 1) / tallest);
  const rasters = await Promise.all(panels.map((panel, n) => panelRaster(panel, Math.max(...sizes[n]!) * scale)));

  return compose(rowsOf(rasters.map((raster, n) => ({ raster, panel: panels[n]! }))));
}

/** A single slice, its longer side `longest` pixels. */
export async function panelPicture(panel: SlicePanel, longest: number): Promise<Picture> {
  return compose([[{ raster: await panelRaster(panel, longest), panel }]]);
}

interface Drawn {
  readonly raster: RgbRaster;
  readonly panel: SlicePanel;
}

async function compose(rows: readonly (readonly Drawn[])[]): Promise<Picture> {
  const places: (Drawn & { x: number; y: number })[] = [];
  let [width, y] = [0, 0];
  for (const row of rows) {
    const height = Math.max(...row.map(({ raster }) => raster.height));
    let x = 0;
    for (const { raster, panel } of row) {
      places.push({ raster, panel, x, y: y + Math.floor((height - raster.height) / 2) });
      x += raster.width + gap;
    }
    width = Math.max(width, x - gap);
    y += height + (row.some(({ panel }) => panel.caption) ? captionHeight : 0) + gap;
  }
  const height = y - gap;
  const canvas = { width, height, data: new Uint8Array(width * height * 3) };
  for (const { raster, x, y } of places) copyRaster(raster, canvas, x, y);
  const texts = places.flatMap(({ raster, panel: { slice, caption }, x, y }) => [
    caption ? outlined(x + raster.width / 2, y + raster.height + 14, fitting(caption, raster.width), "middle") : "",
    letterTexts(slice.frame, { x, y, width: raster.width, height: raster.height }),
  ]);
  return { png: await withTexts(canvas, texts.join("")), width, height };
}

/** Copies a raster into a larger one. */
export function copyRaster({ width, height, data }: RgbRaster, canvas: RgbRaster, x: number, y: number): void {
  for (let row = 0; row < height; row++) {
    canvas.data.set(data.subarray(row * width * 3, (row + 1) * width * 3), ((y + row) * canvas.width + x) * 3);
  }
}

function sizeMm({ width, height, spacing }: SliceFrame): readonly [number, number] {
  return [width * spacing[0], height * spacing[1]];
}

/** The slice at its target size: enlarged with square pixels, reduced with smoothing. */
async function panelRaster({ slice, masks, prompts = [] }: SlicePanel, longest: number): Promise<RgbRaster> {
  const raster = sliceRaster(slice, Math.max(8, Math.round(longest)));
  const { width, height, data } = raster;
  const { frame } = slice;
  if (frame.width > width || frame.height > height) {
    const own = sliceRaster(slice, Math.max(...sizeMm(frame)) / Math.min(frame.spacing[0], frame.spacing[1]));
    const sharp = (await import("sharp")).default;
    const small = await sharp(own.data, { raw: { width: own.width, height: own.height, channels: 3 } })
      .resize(width, height, { fit: "fill" })
      .raw()
      .toBuffer();
    data.set(small);
  }
  for (const { mask, color, opacity } of masks) paintMask(raster, mask, color, opacity);
  for (const prompt of prompts) paintPrompt(raster, frame, prompt);
  return raster;
}

/** The orientation letters at the edges of a slice, as SVG; none if the slice is too small for them. */
export function letterTexts(
  { letters }: SliceFrame,
  { x, y, width, height }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): string {
  if (!letters || width < 90 || height < 60) return "";
  const [middle, center] = [x + width / 2, y + height / 2 + 4];
  return [
    outlined(x + 5, center, letters.left, "start"),
    outlined(x + width - 5, center, letters.right, "end"),
    outlined(middle, y + 14, letters.top, "middle"),
    outlined(middle, y + height - 6, letters.bottom, "middle"),
  ].join("");
}

/** Draws SVG on top: PNG bytes. If the machine has no fonts, only the texts are missing. */
export async function withTexts({ width, height, data }: RgbRaster, parts: string): Promise<Uint8Array> {
  const sharp = (await import("sharp")).default;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="11">${parts}</svg>`;
  const composed = sharp(data, { raw: { width, height, channels: 3 } }).composite([{ input: Buffer.from(svg) }]);
  return new Uint8Array(await composed.removeAlpha().png({ compressionLevel: 9 }).toBuffer());
}

function fitting([text, short]: Caption, width: number): string {
  return text.length * letterWidth <= width ? text : short;
}

/** White text with a dark outline, readable on any background. */
function outlined(x: number, y: number, content: string, anchor: string): string {
  const escaped = escapeMarkup(content);
  const place = `x="${x}" y="${y}" text-anchor="${anchor}"`;
  return `<text ${place} stroke="#000" stroke-width="3" stroke-linejoin="round">${escaped}</text><text ${place} fill="#fff">${escaped}</text>`;
}
