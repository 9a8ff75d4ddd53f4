import type { Sharp } from "sharp";
import { messageOf, SamlabError, show, throwIfCanceled } from "../../core/errors.js";
import { readAll, readHead } from "../files/read-file.js";
import { headBytes, kindOf, unsupportedFile } from "../files/sniff.js";
import { writeFileAtomic } from "../files/write-file.js";
import { type IndexedPixels, isIndexedPng, readIndexedPng } from "./indexed-png.js";
import { tiffNumbers } from "./tiff-numbers.js";

/** Whether an image's EXIF orientation is applied or ignored. */
export type OrientationRule = "apply" | "ignore";
export const orientationRules: readonly OrientationRule[] = ["apply", "ignore"];

export interface RasterReadOptions {
  /** Default `"apply"`. */
  readonly orientation?: OrientationRule | undefined;
  /** Also read the palette and alpha channel, as masks need. Default false. */
  readonly mask?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The file's name in messages. Default: the path. */
  readonly name?: string | undefined;
}

/** Pixels of a PNG, JPEG or TIFF file: (height, width, channel), interleaved, as stored. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** 0–255, or 0–65535 when the file has 16 bits a channel. 1, 2 and 4 bits are scaled to 0–255. */
  readonly data: Uint8Array | Uint16Array;
  /**
   * The largest value a stored pixel can have: 1, 3 or 15 for a gray PNG with 1, 2 or 4 bits, else the maximum of
   * `data`'s type.
   */
  readonly storedMax: number;
  /** The file's EXIF orientation, 2 to 8, or `null` when it has none or it is 1 (upright). */
  readonly orientation: number | null;
  /** The orientation that was applied; `null` when there was none, or it was ignored. */
  readonly turned: number | null;
  /** The palette indices of an indexed PNG; `null` for other files, and when not read as a mask. */
  readonly indexed: IndexedPixels | null;
  /** The alpha channel, 0 to 255; `null` without one, and when not read as a mask. */
  readonly alpha: Uint8Array | null;
  /** What was changed, one sentence each. */
  readonly notes: readonly string[];
}

/** sharp loads a native library, so it is imported only when needed. */
async function loadSharp(): Promise<typeof import("sharp").default> {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    throw new SamlabError("environment", "The image library sharp could not be loaded.", {
      field: "sharp",
      remedy: "Run npm install again on this machine.",
      cause,
    });
  }
}

/**
 * Reads a PNG, JPEG or single-page TIFF as `cv2.imread` does, except that grayscale stays one channel and 16 bits stay
 * 16 bits: an alpha channel is dropped, not blended; color profiles and gamma are ignored; an EXIF orientation is
 * applied (unless it is to be ignored) and reported in `turned`.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-unknown`, `format-unsupported`,
 * `format-invalid`, `canceled`
 */
export async function readRaster(path: string, options: RasterReadOptions = {}): Promise<Raster> {
  const { signal, name = path, orientation: rule = "apply", mask = false } = options;
  checkOrientationRule(rule);
  const bytes = await readAll(path, signal, name);
  const head = bytes.subarray(0, headBytes);
  const kind = kindOf(head);
  if (kind !== "png" && kind !== "jpeg" && kind !== "tiff") throw unsupportedFile(name, kind, head, "picture");
  const stored = kind === "tiff" ? await tiffNumbers(path, name) : null;
  const sharp = await loadSharp();
  try {
    // Checked here rather than by sharp, so that the message can state the size.
    const source = sharp(bytes, { ignoreIcc: true, failOn: "truncated", limitInputPixels: false });
    const {
      depth,
      space,
      channels,
      orientation: tag,
      hasAlpha,
      width,
      height,
      pages,
      bitsPerSample,
    } = await source.metadata();
    checkPixelCount({ width, height }, name);
    const orientation = tag !== undefined && tag > 1 && tag <= 8 ? tag : null;
    const turned = rule === "apply" ? orientation : null;
    if (space === "cmyk") {
      throw new SamlabError("format-unsupported", `${name} is a CMYK picture.`, {
        file: name,
        field: "color space",
        value: space,
        remedy: "Save it as RGB or gray.",
      });
    }
    if (kind === "tiff") checkTiff({ depth, pages }, name);
    const wide = depth === "ushort";
    const gray = channels <= 2;
    const isIndexed = mask && kind === "png" && isIndexedPng(head);
    if (isIndexed && turned !== null) throw turnedPalette(name, turned);
    const upright = () => (turned === null ? source.clone() : source.clone().autoOrient());
    const { data, info } = await pixels(upright(), gray, wide);
    const indexed = isIndexed ? await readIndexedPng(bytes) : null;
    const alpha = mask && hasAlpha && !isIndexed ? await alphaOf(upright()) : null;
    throwIfCanceled(signal, `Reading ${name}`);
    const values = wide
      ? new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const storedMax = kind === "png" ? largestStored(head) : kind === "tiff" ? 2 ** (bitsPerSample ?? 8) - 1 : 255;
    const isMinWhite = stored?.isMinWhite ?? false;
    // libvips inverts them; of a mask the numbers count, not how bright they are.
    const isLabels = isMinWhite && mask && storedMax >= 255;
    if (isLabels) for (let n = 0; n < values.length; n++) values[n] = storedMax - values[n];
    return {
      width: info.width,
      height: info.height,
      channels: gray ? 1 : 3,
      data: values,
      storedMax,
      orientation,
      turned,
      indexed,
      alpha,
      notes: isMinWhite ? [whiteNote(isLabels)] : [],
    };
  } catch (error) {
    throw error instanceof SamlabError ? error : damaged(error, name);
  }
}

/**
 * True for a TIFF file that {@link readRaster} reads: one page, 8 or 16 bits.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-invalid`, `format-unsupported`
 */
export async function isPlainTiff(path: string, name = path): Promise<boolean> {
  await tiffNumbers(path, name);
  const sharp = await loadSharp();
  try {
    const { depth, pages = 1 } = await sharp(path, { limitInputPixels: false }).metadata();
    return pages === 1 && (depth === "uchar" || depth === "ushort");
  } catch (error) {
    throw damaged(error, name);
  }
}

const wholePages = {
  u8: { depth: "uchar", space: "b-w", type: Uint8Array },
  i8: { depth: "char", space: "b-w", type: Int8Array },
  u16: { depth: "ushort", space: "grey16", type: Uint16Array },
  i16: { depth: "ushort", space: "grey16", type: Uint16Array },
  u32: { depth: "uint", space: "b-w", type: Uint32Array },
  i32: { depth: "int", space: "b-w", type: Int32Array },
} as const;

/**
 * The integers of the first pages of a gray TIFF file, one page after another; those of fewer than 8 bits are scaled to
 * 0–255. Of unsigned ones libvips inverts those whose low values are meant to be bright.
 * @throws {SamlabError} `format-invalid`, `file-truncated`, `environment`
 */
export async function readWholePages(path: string, pages: number, numbers: keyof typeof wholePages, name: string) {
  const { depth, space, type } = wholePages[numbers];
  const sharp = await loadSharp();
  try {
    const source = sharp(path, { pages, failOn: "truncated", limitInputPixels: false });
    // libvips' gray of 16 bits has no negative numbers.
    const data = await (numbers === "i16" ? source.linear(1, 32768) : source)
      // Otherwise sharp makes three channels of one.
      .toColorspace(space)
      .raw({ depth })
      .toBuffer();
    const values = new type(new Uint8Array(data).buffer);
    return numbers === "i16" ? Int16Array.from(values, (value) => value - 32768) : values;
  } catch (error) {
    throw damaged(error, name);
  }
}

/** The note on a TIFF file whose low values are meant to be bright. */
export function whiteNote(isStored: boolean): string {
  const done = isStored ? "kept as they are stored" : "inverted";
  return `Low values are meant to be bright (MinIsWhite); the values were ${done}.`;
}

/** Only single-page TIFF files with 8 or 16 bits are read as 2D images. */
function checkTiff({ depth, pages = 1 }: { depth: string; pages: number | undefined }, name: string): void {
  const isKnown = depth === "uchar" || depth === "ushort";
  if (pages === 1 && isKnown) return;
  const what = pages === 1 ? `has ${depth} numbers` : `has ${pages} pages`;
  throw new SamlabError("format-unsupported", `${name} ${what}, so it is not a plain picture.`, {
    file: name,
    field: pages === 1 ? "depth" : "pages",
    value: pages === 1 ? depth : pages,
    remedy: "Load it with loadVolume, which reads several pages and any kind of number.",
  });
}

function checkOrientationRule(rule: OrientationRule): void {
  if (orientationRules.includes(rule)) return;
  throw new SamlabError("argument-invalid", `An EXIF orientation cannot be handled by ${show(rule)}.`, {
    field: "orientation",
    value: rule,
    remedy: 'Use "apply" or "ignore".',
  });
}

/** Sizes of an image with an EXIF orientation: as stored, and upright. */
export interface TurnedSize {
  /** 2 to 8. */
  readonly orientation: number;
  readonly width: number;
  readonly height: number;
  readonly uprightWidth: number;
  readonly uprightHeight: number;
}

/**
 * The sizes of a picture with an EXIF orientation; `null` if it has none, or the format has no such tag.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-invalid`, `format-unsupported`
 */
export async function turnedSize(path: string, name = path): Promise<TurnedSize | null> {
  const kind = kindOf(await readHead(path, headBytes, name));
  if (kind !== "png" && kind !== "jpeg" && kind !== "tiff") return null;
  if (kind === "tiff") await tiffNumbers(path, name);
  const sharp = await loadSharp();
  try {
    const { orientation, width, height } = await sharp(path, { limitInputPixels: false }).metadata();
    if (orientation === undefined || orientation < 2 || orientation > 8) return null;
    const [uprightWidth, uprightHeight] = orientation > 4 ? [height, width] : [width, height];
    return { orientation, width, height, uprightWidth, uprightHeight };
  } catch (error) {
    throw damaged(error, name);
  }
}

async function alphaOf(image: Sharp): Promise<Uint8Array> {
  const { data } = await image.extractChannel("alpha").toColorspace("b-w").raw().toBuffer({ resolveWithObject: true });
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function turnedPalette(name: string, orientation: number): SamlabError {
  return new SamlabError("format-unsupported", `${name} has a palette and an EXIF orientation (${orientation}).`, {
    file: name,
    field: "orientation",
    value: orientation,
    remedy: "Save it without the EXIF orientation.",
  });
}

/** sharp's own limit (`limitInputPixels`): it protects against small files that decompress to huge images. */
export const mostPixels = 0x3fff * 0x3fff;

/** @throws {SamlabError} `format-unsupported` */
function checkPixelCount({ width = 0, height = 0 }: { width?: number; height?: number }, name: string): void {
  if (width * height <= mostPixels) return;
  throw new SamlabError(
    "format-unsupported",
    `${name} has ${width}×${height} pixels; pictures of up to ${mostPixels} pixels are read.`,
    { file: name, field: "size", value: [width, height], remedy: "Cut it into tiles, or make it smaller." },
  );
}

/**
 * The largest stored gray value, from bit depth and color type in the header chunk of a PNG, which is always first (PNG
 * specification, 11.2.1). Palette indices are not gray values.
 */
function largestStored(head: Uint8Array): number {
  const [depth, colorType] = head.subarray(24, 26);
  return colorType === 3 ? 255 : 2 ** depth - 1;
}

function pixels(image: Sharp, gray: boolean, wide: boolean) {
  const space = gray ? (wide ? "grey16" : "b-w") : wide ? "rgb16" : "srgb";
  return image
    .removeAlpha()
    .toColorspace(space)
    .raw({ depth: wide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
}

function damaged(error: unknown, name: string): SamlabError {
  const message = messageOf(error);
  // libvips repeats the message for each page and strip.
  const lines = message.split("\n").map((line) => line.trim());
  const reason = [...new Set(lines)].filter(Boolean).join(" ").slice(0, 300);
  const cut = /premature|truncat|end of|not enough|unexpected eof|read error/i.test(reason);
  return new SamlabError(
    cut ? "file-truncated" : "format-invalid",
    `${name} is ${cut ? "cut off" : "damaged"} (${reason}).`,
    { file: name, cause: error, remedy: "Copy or download it again." },
  );
}

/**
 * Encodes a PNG with 8 or 16 bits, as in the data. The number of channels follows from the sizes: 1 gray, 3 RGB, 4
 * RGBA.
 * @param data row-major, interleaved channels
 * @throws {SamlabError} `argument-invalid` when the data do not match the image size
 */
export async function encodePng(width: number, height: number, data: Uint8Array | Uint16Array): Promise<Uint8Array> {
  const channels = data.length / (width * height);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new SamlabError("argument-invalid", `${data.length} values do not make a ${width}×${height} picture.`, {
      field: "data",
      value: data.length,
      remedy: "Give width · height values for gray, three times as many for RGB, four times for RGBA.",
    });
  }
  const sharp = await loadSharp();
  const image = sharp(data, { raw: { width, height, channels } });
  const wide = data instanceof Uint16Array;
  const space = channels === 1 ? (wide ? "grey16" : "b-w") : wide ? "rgb16" : "srgb";
  return new Uint8Array(await image.toColorspace(space).png({ compressionLevel: 6 }).toBuffer());
}

/**
 * Encodes a PNG and writes it atomically. Throws as {@link encodePng}; `disk-full`, `file-write-failed`, `canceled`.
 */
export async function savePng(
  path: string,
  width: number,
  height: number,
  data: Uint8Array | Uint16Array,
  signal?: AbortSignal,
): Promise<void> {
  await writeFileAtomic(path, await encodePng(width, height, data), signal);
}
