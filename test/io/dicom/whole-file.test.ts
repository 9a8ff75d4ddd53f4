import { mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadVolume } from "../../../src/io/image/load.js";
import { scratchFolder } from "../helpers.js";
import { dicomBytes, implicitDataSet } from "./make-dicom.js";

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

  it("in a folder too", async () => {
    mkdirSync(folder.path("bare"));
    folder.put("bare/1", whole.subarray(start));
    expect((await loadVolume(folder.path("bare"))).size).toEqual([5, 4, 1]);
  });
});
