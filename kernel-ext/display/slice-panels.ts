import type { Mask2d } from "../../src/core/mask.js";
import { encodePng } from "../../src/io/formats/raster.js";
import type { SliceFrame } from "../../src/protocol/slices.js";
import { paintMask, type Rgb, type SlicePixels, type SliceRaster, sliceRaster } from "../widgets/shared/raster.js";

/** A slice in a picture, independent of its position. */
export interface SlicePanel {
  readonly slice: SlicePixels;
  readonly masks: readonly { readonly mask: Mask2d; readonly color: Rgb }[];
  /**
   * Shown below the slice, such as `axial slice 95 of 189`; the short form is used if space is limited. Null for none.
   */
  readonly caption: readonly [text: string, short: string] | null;
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

  const places: { raster: SliceRaster; panel: SlicePanel; x: number; y: number }[] = [];
  let [width, y] = [0, 0];
  for (const row of rowsOf(rasters.map((raster, n) => ({ raster, panel: panels[n]! })))) {
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
  const data = new Uint8Array(width * height * 3);
  for (const { raster, x, y: top } of places) {
    for (let line = 0; line < raster.height; line++) {
      const from = line * raster.width * 3;
      data.set(raster.data.subarray(from, from + raster.width * 3), ((top + line) * width + x) * 3);
    }
  }
  const png = await encodePng(width, height, data);
  return { png: await withTexts(png, width, height, places), width, height };
}

/** A single slice, its longer side `longest` pixels. */
export async function panelPicture(panel: SlicePanel, longest: number): Promise<Picture> {
  const raster = await panelRaster(panel, longest);
  const { width, height } = raster;
  const png = await encodePng(width, height, raster.data);
  return { png: await withTexts(png, width, height, [{ raster, panel, x: 0, y: 0 }]), width, height };
}

function sizeMm({ width, height, spacing }: SliceFrame): readonly [number, number] {
  return [width * spacing[0], height * spacing[1]];
}

/** The slice at its target size: enlarged with square pixels, reduced with smoothing. */
async function panelRaster({ slice, masks }: SlicePanel, longest: number): Promise<SliceRaster> {
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
  for (const { mask, color } of masks) paintMask(raster, mask, color);
  return raster;
}

interface Placed {
  readonly raster: SliceRaster;
  readonly panel: SlicePanel;
  readonly x: number;
  readonly y: number;
}

/** If the machine has no fonts, only the texts are missing. */
async function withTexts(
  png: Uint8Array,
  width: number,
  height: number,
  places: readonly Placed[],
): Promise<Uint8Array> {
  const texts = places.flatMap(({ raster, panel: { slice, caption }, x, y }) => {
    const { letters } = slice.frame;
    const [middle, center] = [x + raster.width / 2, y + raster.height / 2 + 4];
    const isRoomy = raster.width >= 90 && raster.height >= 60;
    return [
      caption ? text(middle, y + raster.height + 14, fitting(caption, raster.width), "middle") : "",
      ...(letters && isRoomy
        ? [
            text(x + 5, center, letters.left, "start"),
            text(x + raster.width - 5, center, letters.right, "end"),
            text(middle, y + 14, letters.top, "middle"),
            text(middle, y + raster.height - 6, letters.bottom, "middle"),
          ]
        : []),
    ];
  });
  const sharp = (await import("sharp")).default;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="11">${texts.join("")}</svg>`;
  const composed = sharp(png).composite([{ input: Buffer.from(svg) }]);
  return new Uint8Array(await composed.removeAlpha().png({ compressionLevel: 9 }).toBuffer());
}

function fitting([text, short]: readonly [string, string], width: number): string {
  return text.length * letterWidth <= width ? text : short;
}

/** White text with a dark outline, readable on any background. */
function text(x: number, y: number, content: string, anchor: string): string {
  const escaped = content.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const place = `x="${x}" y="${y}" text-anchor="${anchor}"`;
  return `<text ${place} stroke="#000" stroke-width="3" stroke-linejoin="round">${escaped}</text><text ${place} fill="#fff">${escaped}</text>`;
}
