import { mkdirSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { text } from "../../../src/io/dicom/elements.js";
import { inflatedFile } from "../../../src/io/dicom/whole-file.js";
import { loadVolume } from "../../../src/io/image/load.js";
import { failure, scratchFolder } from "../helpers.js";
import { dicomBytes, implicitDataSet, syntaxes } from "./make-dicom.js";

const folder = scratchFolder();
const pixels = Uint16Array.from({ length: 20 }, (_, n) => 100 * n);
const whole = Buffer.from(await dicomBytes({ pixels, rows: 4, columns: 5 }));
const start = 132 + 12 + whole.readUInt32LE(140);

describe("a DICOM file is read", async () => {
  it.each([
    ["without a preamble", whole.subarray(132)],
    ["without file meta information", Buffer.concat([whole.subarray(0, 132), whole.subarray(start)])],
    ["without both, explicit", whole.subarray(start)],
    ["without both, implicit", await implicitDataSet({ pixels, rows: 4, columns: 5 })],
  ])("%s", async (name, bytes) => {
    const path = folder.put(`${name}.dcm`, bytes);
    const volume = await loadVolume(path);
    expect([volume.size, Array.from(volume.data)]).toEqual([[5, 4, 1], Array.from(pixels)]);
  });

  it.each([
    ["", (data: Buffer) => data],
    [" and padded", (data: Buffer) => Buffer.concat([data, Buffer.of(0)])],
  ])("deflated%s, up to a limit", async (_name, stored) => {
    const syntax = (uid: string) => text(2, 0x0010, "UI", uid);
    const plain = syntax(syntaxes.explicit);
    const at = whole.indexOf(plain);
    const head = Buffer.concat([
      whole.subarray(0, at),
      syntax("1.2.840.10008.1.2.1.99"),
      whole.subarray(at + plain.length, start),
    ]);
    head.writeUInt32LE(head.length - 144, 140);
    const bytes = Buffer.concat([head, stored(deflateRawSync(whole.subarray(start)))]);
    expect(Array.from((await loadVolume(folder.put("deflated.dcm", bytes))).data)).toEqual(Array.from(pixels));
    const error = await failure(inflatedFile(bytes, "deflated.dcm", 100), "format-unsupported");
    expect(error.message).toMatch(/deflated\.dcm holds more than 100 bytes when it is inflated\. Write it without/);
    expect((await inflatedFile(bytes, "deflated.dcm", whole.length)).length).toBe(whole.length + 2);
  });

  it.each([
    [5, "declares more than 4 billion voxels"],
    [1, "declares more frames than the file has bits"],
  ])("before its frames are counted, of %i columns", async (columns, why) => {
    const more = { NumberOfFrames: "2000000000" };
    const path = folder.put("frames.dcm", await dicomBytes({ pixels, rows: 1, columns, more }));
    expect((await failure(loadVolume(path), "format-invalid")).message).toContain(why);
  });

  it("in a folder too", async () => {
    mkdirSync(folder.path("bare"));
    folder.put("bare/1", whole.subarray(start));
    expect((await loadVolume(folder.path("bare"))).size).toEqual([5, 4, 1]);
  });
});
