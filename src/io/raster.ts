import type { Sharp } from "sharp";
import { SamlabError, throwIfCancelled } from "../core/errors.js";
import { readAll } from "./read-file.js";
import { headBytes, kindOf, unsupportedFile } from "./sniff.js";
import { writeFileAtomic } from "./write-file.js";

export interface RasterReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** What to call the file in messages. Default: the path. */
  readonly name?: string | undefined;
}

/** Pixels of a PNG or JPEG file: (height, width, channel), interleaved, as stored. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** 0–255, or 0–65535 when the file has 16 bits a channel. 1, 2 and 4 bits are stretched to 0–255. */
  readonly data: Uint8Array | Uint16Array;
  /** The largest number that a pixel of the file can hold: 1, 3 or 15 for a grey PNG of 1, 2 or 4 bits, else that of `data`. */
  readonly storedMax: number;
  /** The EXIF orientation that was undone, 2 to 8, or `null` when the file has none or the upright one. */
  readonly turned: number | null;
}

/** sharp brings a native library along: loaded only when a picture is. */
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
 * Reads a PNG or JPEG as `cv2.imread` does, except that grey stays one channel and 16 bits stay 16 bits: an alpha channel is dropped, not blended;
 * colour profiles and gamma are ignored; an EXIF orientation is applied and reported in `turned`.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-unknown`, `format-unsupported`, `format-invalid`,
 * `cancelled`
 */
export async function readRaster(path: string, options: RasterReadOptions = {}): Promise<Raster> {
  const { signal, name = path } = options;
  const bytes = await readAll(path, signal, name);
  const head = bytes.subarray(0, headBytes);
  const kind = kindOf(head);
  if (kind === "nifti") {
    throw new SamlabError("format-unsupported", `${name} is a NIfTI volume, not a picture.`, {
      file: name,
      remedy: "Load it with loadVolume.",
    });
  }
  if (kind !== "png" && kind !== "jpeg") throw unsupportedFile(name, kind, head);
  const sharp = await loadSharp();
  try {
    const source = sharp(bytes, { ignoreIcc: true, failOn: "truncated" });
    const { depth, space, channels, orientation } = await source.metadata();
    if (space === "cmyk") {
      throw new SamlabError("format-unsupported", `${name} is a CMYK picture.`, {
        file: name,
        field: "colour space",
        value: space,
        remedy: "Save it as RGB or grey.",
      });
    }
    const wide = depth === "ushort";
    const grey = channels <= 2;
    const { data, info } = await pixels(source.autoOrient(), grey, wide);
    throwIfCancelled(signal, `Reading ${name}`);
    const values = wide
      ? new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const turned = orientation !== undefined && orientation > 1 ? orientation : null;
    const storedMax = kind === "png" ? largestStored(head) : 255;
    return { width: info.width, height: info.height, channels: grey ? 1 : 3, data: values, storedMax, turned };
  } catch (error) {
    throw error instanceof SamlabError ? error : damaged(error, name);
  }
}

/** By a PNG's header chunk, which comes first: bit depth and colour type (PNG specification, 11.2.1); a palette's numbers are no grey values. */
function largestStored(head: Uint8Array): number {
  const [depth, colourType] = head.subarray(24, 26);
  return colourType === 3 ? 255 : 2 ** depth - 1;
}

function pixels(image: Sharp, grey: boolean, wide: boolean) {
  const space = grey ? (wide ? "grey16" : "b-w") : wide ? "rgb16" : "srgb";
  return image
    .removeAlpha()
    .toColourspace(space)
    .raw({ depth: wide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
}

function damaged(error: unknown, name: string): SamlabError {
  const reason = error instanceof Error ? error.message.replace(/\s+/g, " ") : String(error);
  const cut = /premature|truncat|end of|not enough|unexpected eof|read error/i.test(reason);
  return new SamlabError(
    cut ? "file-truncated" : "format-invalid",
    `${name} is ${cut ? "cut off" : "damaged"} (${reason}).`,
    { file: name, cause: error, remedy: "Copy or download it again." },
  );
}

/**
 * A PNG file, 8 or 16 bits as the data. The number of channels follows from the sizes: 1 grey, 3 RGB, 4 RGBA.
 * @param data row-major, interleaved channels
 * @throws {SamlabError} `argument-invalid` when the data do not fill the picture
 */
export async function encodePng(width: number, height: number, data: Uint8Array | Uint16Array): Promise<Uint8Array> {
  const channels = data.length / (width * height);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new SamlabError("argument-invalid", `${data.length} values do not make a ${width}×${height} picture.`, {
      field: "data",
      value: data.length,
      remedy: "Give width · height values for grey, three times as many for RGB, four times for RGBA.",
    });
  }
  const sharp = await loadSharp();
  const image = sharp(data, { raw: { width, height, channels } });
  const wide = data instanceof Uint16Array;
  const space = channels === 1 ? (wide ? "grey16" : "b-w") : wide ? "rgb16" : "srgb";
  return new Uint8Array(await image.toColourspace(space).png({ compressionLevel: 6 }).toBuffer());
}

/** Encodes and writes a PNG, whole or not at all. Throws as {@link encodePng}; `disk-full`, `file-write-failed`, `cancelled`. */
export async function savePng(
  path: string,
  width: number,
  height: number,
  data: Uint8Array | Uint16Array,
  signal?: AbortSignal,
): Promise<void> {
  await writeFileAtomic(path, await encodePng(width, height, data), signal);
}
