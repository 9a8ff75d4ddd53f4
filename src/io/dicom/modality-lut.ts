import type { NumericArray } from "../../core/dtype.js";
import { type DicomFile, type DicomObject, tags, wrongElement } from "./object.js";

/**
 * A modality LUT (PS3.3 C.11.1): the values of the stored numbers from `first` on. Stored numbers outside the table get
 * its first or last value.
 */
interface LookupTable {
  readonly first: number;
  readonly values: Uint16Array;
}

/**
 * The lookup table that replaces slope and intercept; `null` if the file has none.
 * @throws {SamlabError} `format-invalid` if it is damaged, or the file also has a rescale slope
 */
export function modalityTable(file: DicomFile): LookupTable | null {
  const item = file.item(tags.modalityLut);
  if (!item) return null;
  const slope = file.number(tags.rescaleSlope);
  if (slope !== null && slope !== 1)
    throw wrongElement(file, "ModalityLUTSequence", slope, "is given together with a slope");
  const [entries, first, bits] = item.numbers(tags.lutDescriptor, 3) ?? [];
  const values = entries === undefined ? null : tableValues(item, entries === 0 ? 65536 : entries, bits);
  if (!values) throw wrongElement(file, "ModalityLUTSequence", null, "has no valid table");
  // The descriptor is signed or unsigned like the pixels; files with implicit VR do not repeat it.
  const isSigned = file.number(tags.pixelRepresentation) === 1;
  return { first: isSigned && first > 32767 ? first - 65536 : first, values };
}

/** Either 16-bit values, or bytes: two per entry, unless there are exactly as many bytes as entries. */
function tableValues(item: DicomObject, entries: number, bits: number): Uint16Array | null {
  if (!Number.isInteger(entries) || entries < 1 || entries > 65536 || !(bits >= 1 && bits <= 16)) return null;
  const bytes = item.bytes(tags.lutData);
  const listed = bytes ? null : item.numbers(tags.lutData);
  if (listed) return listed.length >= entries ? Uint16Array.from(listed.slice(0, entries)) : null;
  if (!bytes) return null;
  if (bytes.length < 2 * entries) return bytes.length >= entries ? Uint16Array.from(bytes.subarray(0, entries)) : null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint16Array.from({ length: entries }, (_, n) => view.getUint16(2 * n, true));
}

export function mapped(stored: NumericArray, { first, values }: LookupTable): Uint16Array {
  const last = values.length - 1;
  return Uint16Array.from(stored, (number) => values[Math.min(last, Math.max(0, Math.round(number) - first))]);
}
