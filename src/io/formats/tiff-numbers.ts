import { SamlabError } from "../../core/errors.js";
import { readPart } from "../files/read-file.js";

/** How a TIFF file stores its numbers. */
export interface TiffNumbers {
  readonly bits: number;
  readonly format: "unsigned integers" | "signed integers" | "floats" | "numbers of an unknown kind";
  readonly samples: number;
  /** One number a pixel, which is not a place in a palette. */
  readonly isGray: boolean;
  /** One number a pixel, which is a place in a palette. */
  readonly isPalette: boolean;
  /** Low values are meant to be bright (MinIsWhite). */
  readonly isMinWhite: boolean;
  /** Where the first row and column of the picture lie; 1 where they are those that are stored first. */
  readonly orientation: number;
}

const formats: Readonly<Record<number, TiffNumbers["format"]>> = {
  1: "unsigned integers",
  2: "signed integers",
  3: "floats",
  // Undefined, which decoders take as unsigned.
  4: "unsigned integers",
};

/**
 * The kind of the numbers in a TIFF file, checked: the decoders read others as zeros or as bit patterns.
 * @throws {SamlabError} `format-unsupported`; `format-invalid` for a damaged header; `file-missing`, `file-unreadable`
 */
export async function tiffNumbers(path: string, name: string): Promise<TiffNumbers> {
  const { bits, kind, samples, photometric, orientation } = await firstPage(path, name);
  const format = formats[kind] ?? "numbers of an unknown kind";
  const isInteger = format === "unsigned integers" || format === "signed integers";
  const isKnown = isInteger ? [1, 2, 4, 8, 16, 32].includes(bits) : format === "floats" && [16, 32].includes(bits);
  // Neither ITK nor libvips reads colors of 32-bit integers.
  const isColor = isInteger && bits === 32 && samples > 1;
  if (isKnown && !isColor) {
    const isGray = samples === 1 && photometric <= 1;
    return { bits, format, samples, isGray, isPalette: photometric === 3, isMinWhite: photometric === 0, orientation };
  }
  throw new SamlabError(
    "format-unsupported",
    `${name} holds ${format} of ${bits} bits${samples > 1 ? `, ${samples} a pixel` : ""} (SampleFormat ${kind}).`,
    {
      file: name,
      field: "BitsPerSample",
      value: bits,
      remedy: isColor
        ? "Save one channel alone, or colors of 8 bits."
        : "Save it as float32, or as integers of up to 32 bits, or the volume as NIfTI or NRRD, e.g. with SimpleITK.",
    },
  );
}

const tags = { bits: 258, photometric: 262, orientation: 274, samples: 277, format: 339 };

interface FirstPage {
  readonly bits: number;
  readonly kind: number;
  readonly samples: number;
  readonly photometric: number;
  readonly orientation: number;
}

/** The fields of the first page, from its directory (TIFF 6.0, section 2; BigTIFF). */
async function firstPage(path: string, name: string): Promise<FirstPage> {
  const read = async (start: number, length: number) => {
    const bytes = await readPart(path, start, length, name);
    if (bytes.length === length) return new DataView(bytes.buffer, bytes.byteOffset, length);
    throw new SamlabError("file-truncated", `${name} is cut off: its directory ends early.`, {
      file: name,
      field: "IFD",
      value: start,
      remedy: "Copy or download it again.",
    });
  };
  const head = await read(0, 16);
  const little = head.getUint8(0) === 0x49;
  const isBig = head.getUint16(2, little) === 43;
  const offset = (view: DataView, at: number) =>
    isBig ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const start = offset(head, isBig ? 8 : 4);
  const countBytes = isBig ? 8 : 2;
  const counted = await read(start, countBytes);
  const count = isBig ? offset(counted, 0) : counted.getUint16(0, little);
  const [each, inline] = isBig ? [20, 8] : [12, 4];
  const entries = await read(start + countBytes, Math.min(count, 4096) * each);
  const found = new Map<number, number>();
  for (let at = 0; at < entries.byteLength; at += each) {
    const tag = entries.getUint16(at, little);
    if (!Object.values(tags).includes(tag)) continue;
    // Values of 16 bits, one for each sample; elsewhere in the file if they do not fit here.
    const own = at + each - inline;
    const isHere = 2 * offset(entries, at + 4) <= inline;
    const value = isHere ? entries.getUint16(own, little) : (await read(offset(entries, own), 2)).getUint16(0, little);
    found.set(tag, value);
  }
  const fieldOf = (tag: number) => found.get(tag) ?? 1;
  return {
    bits: fieldOf(tags.bits),
    kind: fieldOf(tags.format),
    samples: fieldOf(tags.samples),
    photometric: fieldOf(tags.photometric),
    orientation: fieldOf(tags.orientation),
  };
}
