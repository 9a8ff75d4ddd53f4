import type { NumericArray } from "../../core/dtype.js";
import { rescaleOf } from "./frames.js";
import { type DicomFile, tags } from "./object.js";
import { dicomUnits } from "./values.js";

/** Low values are meant to be bright (PS3.3 C.7.6.3.1.2). */
export const isMonochrome1 = (file: DicomFile): boolean => file.text(tags.photometric) === "MONOCHROME1";

/**
 * Whether a MONOCHROME1 image is turned round, so that what is meant to be bright is high, as ITK does (pydicom's pixel_array is not). Values that have a
 * unit, or went through a modality LUT, stay as they are.
 */
export function isTurned(file: DicomFile): boolean {
  const isWhole = !file.has(tags.floatPixels) && !file.has(tags.doublePixels);
  return isMonochrome1(file) && isWhole && !file.has(tags.modalityLut) && dicomUnits(file, 0) === null;
}

/** The greatest stored number and the least, together. */
function storedSum(file: DicomFile): number {
  if (file.number(tags.pixelRepresentation) === 1) return -1;
  return 2 ** (file.number(tags.bitsStored) ?? file.number(tags.bitsAllocated) ?? 16) - 1;
}

/** Turns stored numbers round, in place. Those of more than `BitsStored` bits stay within their type. */
export function turnStored(file: DicomFile, stored: NumericArray): void {
  const sum = storedSum(file);
  for (let n = 0; n < stored.length; n++) stored[n] = sum - stored[n];
}

/** What a value and its counterpart come to together, after rescaling. */
export function mirrorOf(file: DicomFile): number {
  const { slope, intercept } = rescaleOf(file, 0);
  return slope * storedSum(file) + 2 * intercept;
}

export const mirrored = (data: NumericArray, mirror: number): NumericArray => data.map((value) => mirror - value);
