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
