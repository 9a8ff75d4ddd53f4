import { describe, expect, it } from "vitest";
import { loadImage, loadVolume } from "../../../src/io/image/load.js";
import { isPicture } from "../../../src/io/image/read-voxels.js";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { failure, scratchFolder } from "../helpers.js";
import { type DicomInit, dicomBytes, type Elements } from "./make-dicom.js";

const folder = scratchFolder();

const put = async (name: string, more: Elements, init: Partial<DicomInit> = {}) =>
  folder.put(name, await dicomBytes({ pixels: new Uint16Array(16), rows: 4, columns: 4, more, ...init }));

describe("a file whose frames are no slices is refused", () => {
  it("as a mosaic, with what to do", async () => {
    const path = await put("mosaic.dcm", { ImageType: ["ORIGINAL", "PRIMARY", "M", "MOSAIC"] });
    for (const load of [loadVolume, loadImage]) {
      const error = await failure(load(path), "format-unsupported");
      expect(error).toMatchObject({ file: path, field: "ImageType", value: "MOSAIC" });
      expect(error.remedy).toContain("dcm2niix");
    }
  });

  it("as tiles of a slide, but not as the whole of one", async () => {
    const tiles = { TotalPixelMatrixColumns: 4, TotalPixelMatrixRows: 4 };
    const small = { frames: 4, rows: 2, columns: 2, kind: "enhancedCT" } as const;
    const error = await failure(loadVolume(await put("tiles.dcm", tiles, small)), "format-unsupported");
    expect(error.message).toContain("a picture of slide microscopy in 4 tiles");
    const whole = await put("whole.dcm", tiles, { kind: "enhancedCT" });
    expect((await loadImage(whole)).width).toBe(4);
  });

  it("but not beside the series that is chosen", async () => {
    const mosaic = await put("a.dcm", { ImageType: ["ORIGINAL", "PRIMARY", "M", "MOSAIC"] });
    const plain = await put("b.dcm", { SeriesInstanceUID: "1.2.9", SeriesNumber: 9 });
    await failure(loadVolume([mosaic, plain]), "argument-invalid");
    expect((await loadVolume([mosaic, plain], { series: "9" })).size).toEqual([4, 4, 1]);
  });

  it("as a DICOMDIR", async () => {
    const path = await put("DICOMDIR", { DirectoryRecordSequence: [{ Modality: "CT" }], Rows: [], Modality: [] });
    for (const load of [loadVolume, loadImage, loadMask]) {
      expect((await failure(load(path), "format-unsupported")).message).toContain(
        "DICOMDIR is a DICOMDIR, which lists the files of other folders. Give the folder",
      );
    }
  });
});

it("a structure set is no picture", async () => {
  const path = await put("rt.dcm", { Modality: "RTSTRUCT", Rows: [], ImagePositionPatient: [], PixelData: [] });
  expect(await isPicture(path)).toBe(false);
});
