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
