import { describe, expect, it } from "vitest";
import { readDicomFile } from "../../../src/io/dicom/object.js";
import { loadVolume } from "../../../src/io/image/load.js";
import { scratchFolder } from "../helpers.js";
import { dicomBytes } from "./make-dicom.js";

const folder = scratchFolder();
const pixels = Uint16Array.from({ length: 20 }, (_, n) => 100 * n);
const whole = Buffer.from(await dicomBytes({ pixels, rows: 4, columns: 5 }));

/** The bytes of a tag and of a length of 32 bits. */
function head(group: number, element: number, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(group, 0);
  bytes.writeUInt16LE(element, 2);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}

const any = 0xffffffff;
const inner = Buffer.concat([head(0x0008, 0x0100, 4), Buffer.from("ABCD")]);
const item = (content: Buffer) => Buffer.concat([head(0xfffe, 0xe000, content.length), content]);
const openItem = (content: Buffer) => Buffer.concat([head(0xfffe, 0xe000, any), content, head(0xfffe, 0xe00d, 0)]);
const end = head(0xfffe, 0xe0dd, 0);
const nested = Buffer.concat([head(0x5001, 0x1002, any), item(inner), end]);

/** A file with a private element of VR UN and undefined length before its pixels. */
function withUnknown(items: Buffer): Buffer {
  const at = whole.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
  const start = Buffer.concat([head(0x5001, 0x1001, 0).subarray(0, 4), Buffer.from("UN\0\0"), Buffer.alloc(4, 0xff)]);
  return Buffer.concat([whole.subarray(0, at), start, items, end, whole.subarray(at)]);
}

it.each([1, 2, 7, 8, 512])("%i zeros after the last element are no damage", async (count) => {
  const path = folder.put("padded.dcm", Buffer.concat([whole, Buffer.alloc(count)]));
  expect(Array.from((await loadVolume(path)).data)).toEqual(Array.from(pixels));
});

// Read by pydicom, GDCM, and dcmtk.
describe("a sequence of VR UN does not make a file damaged", () => {
  it.each([
    ["of an item", item(inner), 1],
    ["of an item of undefined length", openItem(inner), 1],
    ["of two items", Buffer.concat([item(inner), openItem(inner)]), 2],
    ["of none", Buffer.alloc(0), 0],
    ["with another in it", item(nested), 1],
  ])("%s", async (name, items, count) => {
    const path = folder.put(`${name}.dcm`, withUnknown(items));
    expect(Array.from((await loadVolume(path)).data)).toEqual(Array.from(pixels));
    expect((await readDicomFile(path)).items("50011001")).toHaveLength(count);
  });
});
