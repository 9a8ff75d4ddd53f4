import { describe, expect, it } from "vitest";
import { loadVolume } from "../../../src/io/image/load.js";
import { failure, scratchFolder } from "../helpers.js";
import { dicomBytes, type Elements, enhancedBytes, type FrameGroups } from "./make-dicom.js";

const folder = scratchFolder();
const [volumes, heights] = [2, 3];

/** Files of 2×2 pixels that all hold 10 × volume + height, by names that mix the volumes. */
async function series(name: string, more: (volume: number, height: number) => Elements): Promise<string[]> {
  const files: { key: string; path: string }[] = [];
  for (let volume = 0; volume < volumes; volume++) {
    for (let height = 0; height < heights; height++) {
      const bytes = await dicomBytes({
        pixels: new Uint16Array(4).fill(10 * volume + height),
        rows: 2,
        columns: 2,
        more: {
          ImagePositionPatient: ["0", "0", String(3 * height)],
          InstanceNumber: String(height + 1),
          ...more(volume, height),
        },
      });
      const key = `${height}-${(volume + height) % 2}`;
      files.push({ key, path: folder.put(`${name}-${key}.dcm`, bytes) });
    }
  }
  return files.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ path }) => path);
}

/** The number of the volume and of the height that each slice holds. */
async function slicesOf(files: readonly string[], frame: number) {
  const { data, notes } = await loadVolume(files, { frame, name: "series" });
  return { slices: [0, 1, 2].map((slice) => data[4 * slice]), notes };
}

const clock = (volume: number, height: number) => `1200${String(10 * volume + height).padStart(2, "0")}.5`;

describe("volumes at one position whose InstanceNumbers repeat are told apart by", () => {
  it.each<[string, (volume: number, height: number) => Elements]>([
    ["AcquisitionNumber", (volume) => ({ AcquisitionNumber: String(volume + 1) })],
    ["TemporalPositionIdentifier", (volume) => ({ TemporalPositionIdentifier: String(volume + 1) })],
    ["EchoNumbers", (volume) => ({ EchoNumbers: String(volume + 1) })],
    ["AcquisitionTime", (volume, height) => ({ AcquisitionTime: clock(volume, height) })],
    ["ContentTime", (volume, height) => ({ ContentDate: "20260101", ContentTime: clock(volume, height) })],
    [
      "AcquisitionNumber",
      // Numbers of the slices that say nothing about the volumes.
      (volume, height) => ({ AcquisitionNumber: String(volume + 1), EchoNumbers: String(7 * volume + height) }),
    ],
  ])("%s", async (keyword, more) => {
    const files = await series(`${keyword}-${String(more).length}`, more);
    for (const frame of [0, 1]) {
      const { slices, notes } = await slicesOf(files, frame);
      expect(slices).toEqual([0, 1, 2].map((height) => 10 * frame + height));
      expect(notes).toEqual([`Volume ${frame} of 2, counted from 0, told apart by ${keyword}.`]);
    }
  });
});

describe("volumes whose InstanceNumbers run in another order at every other place are told apart by", () => {
  const shuffled = (volume: number, height: number) => ({
    InstanceNumber: String(2 * height + ((volume + height) % volumes)),
  });

  it.each<[string, (volume: number) => Elements]>([
    ["EchoTime", (volume) => ({ EchoNumbers: "1", EchoTime: String(5 + 75 * volume) })],
    ["ImageType", (volume) => ({ ImageType: ["ORIGINAL", "PRIMARY", "MP"[volume]] })],
    ["EchoNumbers", (volume) => ({ EchoNumbers: String(volume + 1), EchoTime: String(5 + 75 * volume) })],
  ])("%s", async (keyword, more) => {
    const files = await series(`shuffled-${keyword}`, (volume, height) => ({
      ...shuffled(volume, height),
      ...more(volume),
    }));
    const { slices, notes } = await slicesOf(files, 1);
    expect(slices).toEqual([10, 11, 12]);
    expect(notes).toEqual([`Volume 1 of 2, counted from 0, told apart by ${keyword}.`]);
  });
});

it("InstanceNumbers that do not repeat are enough", async () => {
  const files = await series("instances", (volume, height) => ({ InstanceNumber: String(10 * volume + height) }));
  expect((await slicesOf(files, 1)).slices).toEqual([10, 11, 12]);
});

describe("the volumes of an enhanced image are told apart, whatever the order of its frames, by", () => {
  const dimensions = (volume: number, height: number) => ({
    FrameContentSequence: [{ DimensionIndexValues: [1, height + 1, volume + 1] }],
  });

  it.each<[string, FrameGroups]>([
    ["EchoTime", (volume) => ({ MREchoSequence: [{ EffectiveEchoTime: 10 + 70 * volume }] })],
    [
      "DiffusionBValue",
      (volume, height) => ({
        ...dimensions(volume, height),
        MRDiffusionSequence: [{ DiffusionBValue: 1000 * volume }],
      }),
    ],
    ["DimensionIndexValues", dimensions],
  ])("%s", async (keyword, groups) => {
    const path = folder.put(`${keyword}.dcm`, await enhancedBytes(volumes, heights, groups));
    for (const frame of [0, 1]) {
      const { slices, notes } = await slicesOf([path], frame);
      expect(slices).toEqual([0, 1, 2].map((height) => 10 * frame + height));
      expect(notes).toEqual([`Volume ${frame} of 2, counted from 0, told apart by ${keyword}.`]);
    }
  });
});

describe("volumes that nothing tells apart are refused", () => {
  it.each<[string, (volume: number, height: number) => Elements]>([
    ["no attribute", () => ({})],
    ["one acquisition", () => ({ AcquisitionNumber: "1", AcquisitionTime: "120000" })],
    // A gated acquisition: the second volume starts before the first ends.
    ["times that overlap", (volume, height) => ({ AcquisitionTime: `1200${10 + volume + 2 * height}` })],
  ])("%s", async (what, more) => {
    const files = await series(what.replaceAll(" ", "-"), more);
    const error = await failure(slicesOf(files, 0), "geometry-mismatch");
    expect(error).toMatchObject({ field: "InstanceNumber" });
    expect(files).toContain(error.file);
    expect(error.message).toContain("series has 2 slices at each place, and nothing tells their volumes apart");
  });
});
