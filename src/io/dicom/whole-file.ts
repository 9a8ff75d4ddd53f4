import { element, text } from "./elements.js";

const implicit = "1.2.840.10008.1.2";
const explicit = "1.2.840.10008.1.2.1";
const preamble = 128;
const magic = Buffer.from("DICM", "latin1");

/** The group of the elements that say how a file is encoded. */
const metaGroup = 2;

/**
 * The bytes of a DICOM file with a preamble and file meta information, which old scanners and archives leave out; the
 * same bytes for a file that has them. A data set without them is little-endian (PS3.10 7.5).
 */
export function wholeFile(bytes: Uint8Array): Uint8Array {
  const isWhole = magic.equals(bytes.subarray(preamble, preamble + magic.length));
  const data = isWhole ? bytes.subarray(preamble + magic.length) : bytes;
  const hasMeta = data[0] === metaGroup && data[1] === 0;
  if (isWhole && hasMeta) return bytes;
  const head = [Buffer.alloc(preamble), magic];
  if (hasMeta) return Buffer.concat([...head, data]);
  const isExplicit = /^[A-Z]{2}$/.test(String.fromCharCode(...data.subarray(4, 6)));
  const syntax = text(metaGroup, 0x0010, "UI", isExplicit ? explicit : implicit);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(syntax.length);
  return Buffer.concat([...head, element(metaGroup, 0, "UL", length), syntax, data]);
}
