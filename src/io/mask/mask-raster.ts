import { SamlabError } from "../../core/errors.js";
import { describePalette } from "../formats/indexed-png.js";
import { type Raster, readRaster } from "../formats/raster.js";

/** Reads a 2D image as a mask: {@link readRaster} with palette and alpha channel. */
export async function readMaskRaster(path: string, options: Parameters<typeof readRaster>[1] = {}): Promise<Raster> {
  const raster = await readRaster(path, { ...options, mask: true });
  checkAlpha(raster, options.name ?? path);
  return raster;
}

/**
 * The pixel values of a mask. For a PNG with a palette these are the palette indices, as in Pillow. A PNG with 1, 2 or
 * 4 bits stores 0 to 1, 3 or 15 but displays as 0–255, and users may refer to either: the stored values are used if all
 * requested values fit in them. Likewise the gray values of a palette are used if a requested value is not one of its
 * indices.
 * @param asked requested labels, or a threshold
 * @throws {SamlabError} `format-unsupported` (a color picture)
 */
export function maskValues(raster: Raster, asked: readonly number[], source: string): Uint8Array | Uint16Array {
  const { storedMax, indexed } = raster;
  if (indexed) {
    const isGray = indexed.palette.every(([red, green, blue]) => red === green && green === blue);
    const isPlace = asked.every((number) => number < indexed.palette.length);
    return isGray && !isPlace ? indexed.data.map((place) => indexed.palette[place]?.[0] ?? 0) : indexed.data;
  }
  const gray = grayValues(raster, source);
  const isStored = storedMax < 255 && asked.length > 0 && asked.every((number) => number <= storedMax);
  return isStored ? gray.map((value) => (value * storedMax) / 255) : gray;
}

/** What was changed in a mask, and its palette indices with their colors. */
export function maskNotes({ indexed, notes }: Raster): string[] {
  return indexed ? [...notes, `The mask has a palette; its numbers are ${describePalette(indexed)}.`] : [...notes];
}

/** Reduces to one channel; three equal channels count as one. */
function grayValues({ data, channels }: Raster, source: string): Uint8Array | Uint16Array {
  if (channels === 1) return data;
  checkGray(data, source);
  const gray = new (data instanceof Uint16Array ? Uint16Array : Uint8Array)(data.length / 3);
  for (let n = 0; n < gray.length; n++) gray[n] = data[3 * n];
  return gray;
}

/**
 * Rejects a mask of colors, whose gray values would give several colors one number.
 * @param rgb interleaved
 * @throws {SamlabError} `format-unsupported`
 */
export function checkGray(rgb: Uint8Array | Uint16Array, source: string): void {
  for (let n = 0; n < rgb.length; n += 3) {
    if (rgb[n] === rgb[n + 1] && rgb[n] === rgb[n + 2]) continue;
    throw new SamlabError("format-unsupported", `${source} has colors; a mask is gray.`, {
      file: source,
      field: "channels",
      value: 3,
      remedy: "Save it as gray, or a picture as a PNG with a palette, with one number for each object.",
    });
  }
}

/**
 * Rejects a mask with transparency whose alpha channel and colors mark different pixels.
 * @throws {SamlabError} `format-unsupported`
 */
function checkAlpha({ alpha, data, channels, indexed }: Raster, source: string): void {
  if (!alpha || indexed) return;
  const isOpaque = alpha.every((value) => value === alpha[0]);
  if (isOpaque) return;
  const inside = (n: number) => data[n * channels] !== 0 || data[n * channels + channels - 1] !== 0;
  if (alpha.every((value, n) => (value !== 0) === inside(n)) && data.some((value) => value !== data[0])) return;
  throw new SamlabError(
    "format-unsupported",
    `${source} has a transparent part, and its alpha channel and its colors mark different pixels.`,
    {
      file: source,
      field: "alpha",
      value: [...new Set(alpha)].slice(0, 8),
      remedy: "Save what is meant as a gray PNG without transparency, 0 outside and 255 inside.",
    },
  );
}
