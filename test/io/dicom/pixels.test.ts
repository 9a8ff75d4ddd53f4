import { describe, expect, it } from "vitest";
import { loadVolume } from "../../../src/io/image/load.js";
import { scratchFolder } from "../helpers.js";
import { dicomBytes } from "./make-dicom.js";

const folder = scratchFolder();

describe("each frame of an enhanced image has its own rescaling", () => {
  const [rows, columns, frames] = [4, 5, 3];
  const pixels = Uint16Array.from({ length: rows * columns * frames }, (_, n) => (n * 37) % 2000);
  const scales = [0, 1, 2].map((n) => ({ slope: 1 + 0.5 * n, intercept: -1000 + 100 * n }));
  const more = {
    SharedFunctionalGroupsSequence: [
      {
        PixelMeasuresSequence: [{ PixelSpacing: ["1", "1"], SliceThickness: "3" }],
        PlaneOrientationSequence: [{ ImageOrientationPatient: ["1", "0", "0", "0", "1", "0"] }],
      },
    ],
    PerFrameFunctionalGroupsSequence: scales.map(({ slope, intercept }, n) => ({
      PlanePositionSequence: [{ ImagePositionPatient: ["0", "0", String(3 * n)] }],
      PixelValueTransformationSequence: [
        { RescaleSlope: String(slope), RescaleIntercept: String(intercept), RescaleType: "HU" },
      ],
    })),
  };
  const wanted = Array.from(pixels, (stored, n) => {
    const { slope, intercept } = scales[Math.floor(n / (rows * columns))];
    return stored * slope + intercept;
  });

  it.each(["explicit", "rle"] as const)("%s", async (syntax) => {
    const bytes = await dicomBytes({ pixels, rows, columns, frames, syntax, kind: "enhancedCT", more });
    const volume = await loadVolume(folder.put(`enhanced-${syntax}.dcm`, bytes));
    expect(volume.size).toEqual([columns, rows, frames]);
    expect(Array.from(volume.data)).toEqual(wanted);
  });
});

describe("rescaled integers that do not fit 32 bits are exact", () => {
  const [rows, columns] = [2, 2];
  const slices = (slopes: readonly string[], pixels: Uint16Array | Uint32Array, name: string) =>
    Promise.all(
      slopes.map(async (RescaleSlope, n) =>
        folder.put(
          `${name}-${n}.dcm`,
          await dicomBytes({
            pixels,
            rows,
            columns,
            more: { ImagePositionPatient: ["0", "0", String(3 * n)], RescaleSlope, RescaleIntercept: "-7" },
          }),
        ),
      ),
    );

  it("with a large slope", async () => {
    const volume = await loadVolume(await slices(["2000000"], Uint16Array.of(0, 1, 1074, 65535), "slope"));
    expect(Array.from(volume.data)).toEqual([-7, 1999993, 2147999993, 131069999993]);
  });

  it("of 32 bits", async () => {
    const volume = await loadVolume(await slices(["1"], Uint32Array.of(0, 5, 2 ** 31, 2 ** 32 - 1), "bits"));
    expect(Array.from(volume.data)).toEqual([-7, -2, 2147483641, 4294967288]);
  });

  it("beside slices with fractions", async () => {
    const files = await slices(["0.5", "1000"], Uint16Array.of(0, 3, 16777, 65535), "mixed");
    const volume = await loadVolume(files);
    expect(Array.from(volume.data)).toEqual([-7, -5.5, 8381.5, 32760.5, -7, 2993, 16776993, 65534993]);
  });
});
