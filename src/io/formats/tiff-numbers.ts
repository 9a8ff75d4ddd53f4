import { SamlabError } from "../../core/errors.js";
import { type TiffPage, tiffPages } from "./tiff-directory.js";

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
  /** Channels of a stack of ImageJ, whose pages take turns. */
  readonly channels: number;
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
  const [first] = await tiffPages(path, name, 1);
  checkSlices(first, name);
  const { bits, kind, samples, photometric, orientation, description } = first;
  const format = formats[kind] ?? "numbers of an unknown kind";
  const isInteger = format === "unsigned integers" || format === "signed integers";
  const isKnown = isInteger ? [1, 2, 4, 8, 16, 32].includes(bits) : format === "floats" && [16, 32].includes(bits);
  // Neither ITK nor libvips reads colors of 32-bit integers.
  const isColor = isInteger && bits === 32 && samples > 1;
  if (isKnown && !isColor) {
    const isGray = samples === 1 && photometric <= 1;
    const [isPalette, isMinWhite] = [photometric === 3, photometric === 0];
    const channels = ofImageJ(description, "channels");
    return { bits, format, samples, isGray, isPalette, isMinWhite, channels, orientation };
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

/** A number in the description that ImageJ writes; 1 without it. */
function ofImageJ(description: string, field: string): number {
  const [, number] = new RegExp(`^ImageJ=.*?^${field}=(\\d+)`, "ms").exec(description) ?? [];
  return Number(number ?? 1);
}

/** Refuses several slices in one page, of which the decoders read the first. */
function checkSlices({ depth, description, isLast }: TiffPage, name: string): void {
  const images = isLast ? ofImageJ(description, "images") : 1;
  const slices = Math.max(depth, images);
  if (slices === 1) return;
  throw new SamlabError("format-unsupported", `${name} holds ${slices} slices in one page, which are not read.`, {
    file: name,
    field: depth > 1 ? "ImageDepth" : "ImageDescription",
    value: slices,
    remedy: "Save it with a page for each slice, e.g. with tifffile.imwrite(path, tifffile.imread(old)).",
  });
}

/** Fields of a page with their names in the specification. */
const alike = [
  ["width", "ImageWidth"],
  ["height", "ImageLength"],
  ["bits", "BitsPerSample"],
  ["kind", "SampleFormat"],
  ["samples", "SamplesPerPixel"],
  ["photometric", "PhotometricInterpretation"],
  ["orientation", "Orientation"],
] as const;

/**
 * Checks that all pages of a TIFF file are alike: the decoders read each as the first.
 * @throws {SamlabError} `format-unsupported`; `format-invalid`, `file-truncated` for a damaged directory
 */
export async function checkTiffPages(path: string, name: string): Promise<void> {
  const pages = await tiffPages(path, name);
  const [first] = pages;
  for (const [n, page] of pages.entries()) {
    const different = alike.find(([one]) => page[one] !== first[one]);
    // Smaller copies of pages are left out by the decoders, unless one is the first.
    if (!different || (page.isReduced && !first.isReduced)) continue;
    const [key, field] = different;
    throw new SamlabError(
      "format-unsupported",
      `${name} has pages that differ: ${field} is ${first[key]} on page 1 and ${page[key]} on page ${n + 1}.`,
      { file: name, field, value: page[key], remedy: "Save the pages that belong together in a file of their own." },
    );
  }
}
