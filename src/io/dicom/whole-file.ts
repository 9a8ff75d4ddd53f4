import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { SamlabError } from "../../core/errors.js";
import { element, text } from "./elements.js";

const implicit = "1.2.840.10008.1.2";
const explicit = "1.2.840.10008.1.2.1";
const deflated = "1.2.840.10008.1.2.1.99";
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

/** Bytes of a data set that is stored deflated. */
const longestInflated = 2 ** 30;

/**
 * A whole file whose data set is deflated as one whose data set is not; the same bytes for any other. dcmjs would
 * inflate it to any length.
 * @throws {SamlabError} `format-unsupported` for more than `longest` bytes
 */
export async function inflatedFile(bytes: Uint8Array, name: string, longest = longestInflated): Promise<Uint8Array> {
  // After the group's length, which is its first element.
  const metaStart = preamble + magic.length + 12;
  if (bytes.length < metaStart) return bytes;
  const dataStart = metaStart + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE(metaStart - 4);
  const meta = Buffer.from(bytes.subarray(0, dataStart));
  if (!meta.includes(deflated)) return bytes;
  try {
    const data = await promisify(inflateRaw)(bytes.subarray(dataStart), { maxOutputLength: longest });
    for (let at = meta.indexOf(deflated); at >= 0; at = meta.indexOf(deflated)) {
      meta.write(explicit.padEnd(deflated.length, "\0"), at, "latin1");
    }
    return Buffer.concat([meta, data]);
  } catch (error) {
    // What is damaged is left to dcmjs, which says so.
    if (!(error instanceof RangeError)) return bytes;
    throw new SamlabError("format-unsupported", `${name} holds more than ${longest} bytes when it is inflated.`, {
      file: name,
      field: "TransferSyntaxUID",
      value: deflated,
      remedy: "Write it without compression, e.g. with DCMTK: dcmconv +te old.dcm new.dcm.",
    });
  }
}
