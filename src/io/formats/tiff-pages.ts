import { SamlabError } from "../../core/errors.js";
import type { Affine } from "../../core/geometry.js";
import { float16ToFloat32 } from "../../core/half.js";
import type { ItkImage } from "./itk-worker.js";
import { readWholePages, whiteNote } from "./raster.js";
import type { TiffNumbers } from "./tiff-numbers.js";

/** Of the pages of a TIFF file; in voxels. */
export const pageAffine: Affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** What a file of pages leaves open, one sentence each. */
export function pageNotes(stored: TiffNumbers, { spacing }: ItkImage): string[] {
  const { isGray, isMinWhite, bits, channels, orientation } = stored;
  const notes = ["A TIFF file has no orientation; columns are taken to grow to the left, rows to the back."];
  if (spacing[0] !== 1 || spacing[1] !== 1)
    notes.push("Its resolution is not taken as the size of voxels, as it says nothing of the distance between pages.");
  if (channels > 1)
    notes.push(`Its pages are ${channels} channels in turn, not slices alone; save one channel for a volume.`);
  if (!isGray) return notes;
  if (isMinWhite) notes.push(whiteNote(bits >= 8));
  if (orientation !== 1)
    notes.push(`Rows and columns are kept as they are stored; Orientation (${orientation}) was ignored.`);
  return notes;
}

/**
 * Replaces numbers of a TIFF file that ITK reads wrongly: 32-bit integers as zeros, 16-bit floats as their bits, and
 * tiles, pages with an orientation, and fewer than 8 bits as colors of 8 bits.
 * @throws {SamlabError} `format-unsupported`, `format-invalid`, `file-truncated`, `environment`
 */
export async function withStoredNumbers(
  image: ItkImage,
  stored: TiffNumbers,
  path: string,
  name: string,
): Promise<ItkImage> {
  const { bits, format, isGray, isMinWhite, orientation } = stored;
  const isColor = /RGB/.test(image.imageType.pixelType);
  checkPixels(stored, isColor ? null : image.imageType.components, name);
  const isTurned = isGray && orientation !== 1;
  if (format === "floats" || !isGray || !(isColor || isTurned || bits === 32)) {
    if (isTurned) throw turned(orientation, name);
    if (isColor && (isGray || bits > 8)) throw reduced(stored, name);
    if (format !== "floats" || bits !== 16 || !(image.data instanceof Uint16Array)) return image;
    return { ...image, data: float16ToFloat32(image.data) };
  }
  const isSigned = format === "signed integers";
  const numbers = `${isSigned ? "i" : "u"}${bits < 16 ? 8 : bits === 16 ? 16 : 32}` as const;
  const data = await readWholePages(path, image.size[2] ?? 1, numbers, name);
  // libvips stretches fewer than 8 bits to 0–255.
  if (bits < 8) for (let n = 0; n < data.length; n++) data[n] = Math.round((data[n] * (2 ** bits - 1)) / 255);
  // ITK keeps them as they are stored.
  if (isMinWhite && !isSigned && bits >= 8) for (let n = 0; n < data.length; n++) data[n] = 2 ** bits - 1 - data[n];
  return { ...image, imageType: { ...image.imageType, pixelType: "Scalar", components: 1 }, data };
}

/** ITK expands a palette to colors of 16 bits, and takes gray with an alpha channel for gray. */
function checkPixels({ samples, isPalette }: TiffNumbers, components: number | null, name: string): void {
  if (isPalette) {
    throw new SamlabError("format-unsupported", `${name} has a palette, which is not read in a volume.`, {
      file: name,
      field: "PhotometricInterpretation",
      value: 3,
      remedy: 'Save its numbers as gray, e.g. with tifffile.imwrite(path, array, photometric="minisblack").',
    });
  }
  if (components === null || components === samples) return;
  throw new SamlabError("format-unsupported", `${name} has ${samples} numbers a pixel, which are not colors.`, {
    file: name,
    field: "SamplesPerPixel",
    value: samples,
    remedy: "Save one channel alone.",
  });
}

function turned(orientation: number, name: string): SamlabError {
  return new SamlabError("format-unsupported", `${name} holds floats to be turned by Orientation ${orientation}.`, {
    file: name,
    field: "Orientation",
    value: orientation,
    remedy: 'Save it again without that field, e.g. with tifffile.imwrite(path, array, compression="zlib").',
  });
}

function reduced({ bits, format, isGray }: TiffNumbers, name: string): SamlabError {
  return new SamlabError(
    "format-unsupported",
    `${name} holds ${isGray ? `${format} of ${bits} bits in tiles` : `colors of ${bits} bits`}, which are not read.`,
    {
      file: name,
      field: "BitsPerSample",
      value: bits,
      remedy: isGray ? stripsRemedy : "Save it with 8 bits a color, or one channel alone.",
    },
  );
}

/** The remedy for tiles that ITK does not read. */
export const stripsRemedy =
  'Save it again in strips instead of tiles, e.g. with tifffile.imwrite(path, array, compression="zlib").';
