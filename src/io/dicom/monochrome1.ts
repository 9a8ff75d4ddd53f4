import type { NumericArray } from "../../core/dtype.js";
import { rescaleOf } from "./frames.js";
import { type DicomFile, tags } from "./object.js";
import { dicomUnits } from "./values.js";

/** Low values are displayed bright (PS3.3 C.7.6.3.1.2). */
export const isMonochrome1 = (file: DicomFile): boolean => file.text(tags.photometric) === "MONOCHROME1";

/**
 * Whether a MONOCHROME1 image is inverted so that bright pixels have high values, as ITK does (pydicom's pixel_array
 * does not). Values with a unit, or from a modality LUT, are not inverted.
 */
export function isTurned(file: DicomFile): boolean {
  const isWhole = !file.has(tags.floatPixels) && !file.has(tags.doublePixels);
  return isMonochrome1(file) && isWhole && !file.has(tags.modalityLut) && dicomUnits(file, 0) === null;
}

/** The sum of the largest and the smallest possible stored value. */
function storedSum(file: DicomFile): number {
  if (file.number(tags.pixelRepresentation) === 1) return -1;
  return 2 ** (file.number(tags.bitsStored) ?? file.number(tags.bitsAllocated) ?? 16) - 1;
}

/** Inverts stored values in place. Values with more than `BitsStored` bits stay within their type. */
export function turnStored(file: DicomFile, stored: NumericArray): void {
  const sum = storedSum(file);
  for (let n = 0; n < stored.length; n++) stored[n] = sum - stored[n];
}

/** The sum of a value and its inverted value, after rescaling. */
export function mirrorOf(file: DicomFile): number {
  const { slope, intercept } = rescaleOf(file, 0);
  return slope * storedSum(file) + 2 * intercept;
}
