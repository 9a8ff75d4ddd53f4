import { describe, expect, it } from "vitest";
import { readDicomFile } from "../../../src/io/dicom/object.js";
import { checkSegmentationOf } from "../../../src/io/dicom/write-segmentation.js";
import { loadVolume } from "../../../src/io/image/load.js";
import type { Volume } from "../../../src/io/image/volume.js";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { saveMask } from "../../../src/io/mask/mask-save.js";
import { emptyMask } from "../../../src/io/mask/mask-volume.js";
import { failure, scratchFolder } from "../helpers.js";
import { dicomBytes, enhancedBytes, evenSeries } from "./make-dicom.js";

const folder = scratchFolder();

function marked(volume: Volume) {
  const mask = emptyMask(volume);
  mask.data.fill(1, 2, 5);
  return mask;
}

/** The UIDs of the images that a DICOM SEG refers to. */
async function referenced(path: string) {
  const [series] = (await readDicomFile(path)).items("00081115");
  return series.items("0008114A").map((item) => item.text("00081155"));
}

describe("a mask of one of several volumes of a series", () => {
  it("refers to the images of that volume", async () => {
    const files = (
      await Promise.all(
        [1, 2].map((echo) =>
          evenSeries(
            3,
            (name, bytes) => folder.put(`${echo}-${name}`, bytes),
            () => ({ EchoNumbers: String(echo) }),
          ),
        ),
      )
    ).flat();
    const volume = await loadVolume(files, { frame: 1 });
    const path = folder.path("echo.dcm");
    await saveMask(path, marked(volume));
    const uids = await Promise.all(files.slice(3).map(async (file) => (await readDicomFile(file)).text("00080018")));
    expect(await referenced(path)).toEqual(uids);
    expect((await loadMask(path, { on: volume })).voxels).toBe(3);
  });

  it("names the volume where one file holds them all", async () => {
    const groups = (volume: number) => ({ MREchoSequence: [{ EffectiveEchoTime: 10 + volume }] });
    const file = folder.put("enhanced.dcm", await enhancedBytes(2, 3, groups));
    const mask = marked(await loadVolume(file, { frame: 1 }));
    const path = folder.path("enhanced-seg.dcm");
    expect((await failure(saveMask(path, mask), "format-unsupported")).remedy).toContain("{ frame: 0 }");
    await saveMask(path, mask, { frame: 1 });
    const [frame] = (await readDicomFile(path)).items("52009230");
    const source = frame.item("00089124")?.item("00082112");
    // Frames alternate from height to height; the first of the second volume is stored second.
    expect(source?.number("00081160")).toBe(2);
  });
});

it("a mask of a DICOM series can be saved as its SEG, wherever the mask came from", async () => {
  const volume = await loadVolume(await evenSeries(3, (name, bytes) => folder.put(`own-${name}`, bytes)));
  const nifti = folder.path("mask.nii.gz");
  await saveMask(nifti, marked(volume));
  const mask = await loadMask(nifti, { on: volume });
  expect(mask.series).toEqual(volume.series);
  await saveMask(folder.path("again.dcm"), mask);
  const back = await loadMask(folder.path("again.dcm"), { on: volume });
  expect(back.series).toEqual(volume.series);
});

it("a mask of one slice of an overlapping reconstruction lies on the whole of it", async () => {
  const put = (name: string, bytes: Uint8Array) => folder.put(`thick-${name}`, bytes);
  const files = await evenSeries(4, put, () => ({ SliceThickness: "5" }));
  const path = folder.path("thick-seg.dcm");
  await saveMask(path, marked(await loadVolume(files[2])));
  const back = await loadMask(path, { on: await loadVolume(files) });
  expect(Array.from(back.data.keys()).filter((n) => back.data[n] === 1)).toEqual([42, 43, 44]);
});

it("names of people and of objects are written whole", async () => {
  const name = "Yamada^Tarou=山田^太郎=やまだ^たろう";
  const put = (file: string, bytes: Uint8Array) => folder.put(`name-${file}`, bytes);
  const files = await evenSeries(2, put, () => ({ SpecificCharacterSet: "ISO_IR 192", PatientName: name }));
  const path = folder.path("names.dcm");
  await saveMask(path, marked(await loadVolume(files)), { names: { 1: "left\\right" } });
  const file = await readDicomFile(path);
  expect([file.text("00100010"), file.item("00620002")?.text("00620005")]).toEqual([name, "left/right"]);
});

it("images without a position in a patient are refused, before and after the work", async () => {
  const bytes = await dicomBytes({ pixels: new Uint16Array(24), rows: 2, columns: 3, frames: 4, kind: "enhancedCT" });
  const volume = await loadVolume(folder.put("loop.dcm", bytes));
  const path = folder.path("loop-seg.dcm");
  for (const save of [() => saveMask(path, marked(volume)), () => checkSegmentationOf(path, volume)]) {
    const error = await failure(save(), "format-unsupported");
    expect(error).toMatchObject({ field: "ImagePositionPatient", remedy: "Save the mask as .nii.gz or .nrrd." });
  }
});
