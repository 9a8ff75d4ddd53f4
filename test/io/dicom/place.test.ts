import { describe, expect, it } from "vitest";
import { loadVolume } from "../../../src/io/image/load.js";
import { failure, scratchFolder } from "../helpers.js";
import { dicomBytes, type Elements } from "./make-dicom.js";

const folder = scratchFolder();

/** Four slices of 2×3 pixels, 3 mm apart. */
function series(name: string, more: (slice: number) => Elements): Promise<string[]> {
  return Promise.all(
    [0, 1, 2, 3].map(async (slice) =>
      folder.put(
        `${name}-${slice}.dcm`,
        await dicomBytes({
          pixels: new Uint16Array(6).fill(slice),
          rows: 2,
          columns: 3,
          more: { ImagePositionPatient: ["0", "0", String(3 * slice)], ...more(slice) },
        }),
      ),
    ),
  );
}

describe("pixel spacing that changes within a series", () => {
  it("is refused with the file and both spacings", async () => {
    const spacing = (slice: number) => ({ PixelSpacing: slice < 2 ? ["0.8", "0.5"] : ["1.6", "1"] });
    const files = await series("spacing", spacing);
    const error = await failure(loadVolume(files, { name: "ct" }), "geometry-mismatch");
    expect(error).toMatchObject({ file: files[2], field: "PixelSpacing", value: [1.6, 1] });
    expect(error.message).toContain("1.6×1 mm");
    expect(error.message).toContain("0.8×0.5 mm");
  });

  it("may be rounded", async () => {
    const files = await series("rounded", (slice) => ({
      PixelSpacing: ["0.488281", slice ? "0.48828125" : "0.488281"],
    }));
    expect((await loadVolume(files)).size).toEqual([3, 2, 4]);
  });
});

it("slices that are turned against each other are told as that, not as missing ones", async () => {
  const files = await series("turned", (slice) => ({
    ImageOrientationPatient: slice < 2 ? ["1", "0", "0", "0", "1", "0"] : ["1", "0", "0", "0", "0", "-1"],
    ImagePositionPatient: slice < 2 ? ["0", "0", String(3 * slice)] : ["0", String(20 * slice), "0"],
  }));
  const error = await failure(loadVolume(files), "geometry-mismatch");
  expect(error.message).toContain("is turned against the first. Load one orientation at a time.");
});

it("a VOI LUT without a window is noted", async () => {
  const [file] = await series("voi", () => ({ VOILUTSequence: [{ LUTExplanation: "x" }] }));
  expect((await loadVolume(file)).notes[0]).toContain("VOI LUT");
});

describe("several series", () => {
  it.each([
    [
      ["3", "4"],
      ["ax", "ax"],
      ["3", "4"],
    ],
    [
      ["3", "3"],
      ["ax", "lung"],
      ["ax", "lung"],
    ],
    [
      ["3", "3"],
      ["ax", "ax"],
      ["1.2.0", "1.2.1"],
    ],
    [
      ["3", "4"],
      ["4", "ax"],
      ["3", "ax"],
    ],
  ])("of the numbers %j and descriptions %j are chosen by %j", async (numbers, descriptions, keys) => {
    const one = (n: number) => () => ({
      SeriesInstanceUID: `1.2.${n}`,
      SeriesNumber: numbers[n],
      SeriesDescription: descriptions[n],
    });
    const files = [...(await series("series-0", one(0))), ...(await series("series-1", one(1)))];
    const error = await failure(loadVolume(files), "argument-invalid");
    expect(error.remedy).toBe(`Choose one, e.g. { series: "${keys[0]}" }.`);
    for (const key of keys) {
      expect(error.message).toContain(`${key} (`);
      expect((await loadVolume(files, { series: key })).size).toEqual([3, 2, 4]);
    }
  });
});

describe("a reconstruction of nuclear medicine", () => {
  // As SimpleITK reads the first three; the fourth is stacked in front of the first slice.
  it.each([
    ["supine", [1, 0, 0, 0, 1, 0], "4", [-2, 0, 0, 20, 0, -2, 0, 21, 0, 0, 4, 30]],
    ["prone", [-1, 0, 0, 0, -1, 0], "4", [2, 0, 0, 20, 0, 2, 0, 21, 0, 0, 4, 30]],
    ["coronal", [1, 0, 0, 0, 0, -1], "4", [-2, 0, 0, 20, 0, 0, -4, 21, 0, -2, 0, 30]],
    ["from head to feet", [1, 0, 0, 0, 1, 0], "-4", [-2, 0, 0, 20, 0, -2, 0, 21, 0, 0, 4, 22]],
  ])("lies where its detector does: %s", async (name, turn, step, rows) => {
    const bytes = await dicomBytes({
      pixels: Uint16Array.from({ length: 18 }, (_, n) => Math.floor(n / 6)),
      rows: 2,
      columns: 3,
      frames: 3,
      kind: "enhancedCT",
      more: {
        Modality: "NM",
        ImageType: ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"],
        PixelSpacing: ["2", "2"],
        SpacingBetweenSlices: step,
        DetectorInformationSequence: [
          { ImagePositionPatient: ["-20", "-21", "30"], ImageOrientationPatient: turn.map(String) },
        ],
        SliceVector: [1, 2, 3],
      },
    });
    const { affine, data } = await loadVolume(folder.put(`${name}.dcm`, bytes));
    expect(affine.slice(0, 12)).toEqual(rows);
    expect([data[0], data[17]]).toEqual(step === "4" ? [0, 2] : [2, 0]);
  });
});

describe("an RT Dose", () => {
  // Offsets from the first frame, or places along z.
  it.each([[["0", "2.5", "5"]], [["10", "12.5", "15"]]])("is a volume in Gy, with the offsets %j", async (offsets) => {
    const bytes = await dicomBytes({
      pixels: Uint16Array.from({ length: 18 }, (_, n) => 1000 * n),
      rows: 2,
      columns: 3,
      frames: 3,
      more: {
        Modality: "RTDOSE",
        ImagePositionPatient: ["0", "0", "10"],
        SliceThickness: [],
        GridFrameOffsetVector: offsets,
        DoseGridScaling: "0.001",
        DoseUnits: "GY",
      },
    });
    const { size, data, affine, units, notes } = await loadVolume(folder.put("dose.dcm", bytes));
    expect([size, units, notes]).toEqual([[3, 2, 3], "Gy", []]);
    expect(Array.from(data)).toEqual(Array.from({ length: 18 }, (_, n) => n));
    expect(affine.slice(8, 12)).toEqual([0, 0, 2.5, 10]);
  });
});

describe("an element that is no number is refused with its text", () => {
  it.each([
    ["PixelSpacing", ["0,8", "0,7"], "must be 2 numbers (it is 0,8\\0,7)"],
    ["PixelSpacing", ["0.8"], "must be 2 numbers (it is 0.8)"],
    ["RescaleSlope", "2,50", "must be a number (it is 2,50)"],
    ["RescaleSlope", "n/a", "must be a number (it is n/a)"],
    ["RescaleIntercept", "-1O24", "must be a number (it is -1O24)"],
    ["ImagePositionPatient", ["0", "0", "1,5"], "must be 3 numbers (it is 0\\0\\1,5)"],
  ])("%s %j", async (field, value, told) => {
    const files = await series(`${field}-${value}`.replace("/", ""), () => ({ [field]: value }));
    const error = await failure(loadVolume(files[0]), "format-invalid");
    expect(error.field).toBe(field);
    expect(error.message).toContain(`${field} ${told}.`);
  });
});

it("pixels whose size the file does not say are not measured in mm", async () => {
  const volume = await loadVolume(await series("no-spacing", () => ({ PixelSpacing: [] })));
  expect([volume.hasSpacing, volume.slice(0).spacing]).toEqual([false, null]);
  expect(volume.notes).toEqual(["It is not known how large the voxels are: distances are in voxels."]);
});
