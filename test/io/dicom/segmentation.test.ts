import { describe, expect, it } from "vitest";
import { tags } from "../../../src/io/dicom/object.js";
import { loadVolume } from "../../../src/io/image/load.js";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { saveMask } from "../../../src/io/mask/mask-save.js";
import { emptyMask } from "../../../src/io/mask/mask-volume.js";
import { failure, scratchFolder } from "../helpers.js";
import { dicomBytes, editDicom, evenSeries, firstItem } from "./make-dicom.js";

const folder = scratchFolder();
const files = await evenSeries(12, folder.put);
const image = await loadVolume(files);

/** A DICOM SEG with an object on these slices, that does not say how far apart its slices are. */
async function withoutDistance(name: string, slices: readonly number[], thickness: number) {
  const mask = emptyMask(image);
  for (const slice of slices) mask.data.fill(1, 20 * slice + 6, 20 * slice + 9);
  const path = folder.path(`${name}.dcm`);
  await saveMask(path, mask);
  await editDicom(path, (elements) => {
    const measures = firstItem(firstItem(elements, tags.sharedGroups), tags.pixelMeasures);
    delete measures[tags.spacingBetweenSlices];
    measures[tags.sliceThickness] = { vr: "DS", Value: [String(thickness)] };
  });
  return { path, mask };
}

const note =
  "The file does not say how far apart its slices are; each was put on the slice of the image where it lies.";

describe("a DICOM SEG that does not say how far apart its slices are", () => {
  it.each([
    ["two", [2, 8], 2, [note]],
    ["three", [2, 5, 8], 2, [note]],
    ["no common step", [2, 5, 9], 2, []],
    ["one", [5], 5, [note]],
    ["neighbors", [4, 5, 7], 5, []],
  ])("lies on the image slice by slice: %s", async (name, slices, thickness, notes) => {
    const { path, mask } = await withoutDistance(name, slices, thickness);
    const back = await loadMask(path, { on: image });
    expect(Array.from(back.data)).toEqual(Array.from(mask.data));
    expect(back.notes.filter((one) => one === note)).toEqual(notes);
  });

  it("is refused where its slices are thicker than the image's", async () => {
    const { path } = await withoutDistance("thick", [2, 4, 6], 4);
    const error = await failure(loadMask(path, { on: image }), "geometry-mismatch");
    expect(error.message).toContain("its voxels are 1×1×4 mm, the image's 1×1×2 mm.");
  });
});

it("a DICOM SEG of another frame of reference is noted", async () => {
  const mask = emptyMask(image);
  mask.data[6] = 1;
  const path = folder.path("frame.dcm");
  await saveMask(path, mask);
  const isNoted = async () => (await loadMask(path, { on: image })).notes[0].includes("another frame of reference");
  expect(await isNoted()).toBe(false);
  await editDicom(path, (elements) => {
    elements[tags.frameOfReference] = { vr: "UI", Value: ["9.9.9"] };
  });
  expect(await isNoted()).toBe(true);
});

it.each(["explicit", "rle"] as const)("a label map with a palette has its labels, %s", async (syntax) => {
  const pixels = Uint16Array.of(0, 1, 2, 2, 0, 300);
  const bytes = await dicomBytes({
    pixels,
    rows: 2,
    columns: 3,
    syntax,
    more: { Modality: "SEG", SegmentationType: "LABELMAP", PhotometricInterpretation: "PALETTE COLOR" },
  });
  const mask = await loadMask(folder.put(`labels-${syntax}.dcm`, bytes));
  expect(Array.from(mask.data)).toEqual(Array.from(pixels));
});

describe("an object beyond the image", () => {
  it("matters only where it is asked for", async () => {
    const mask = emptyMask(image);
    for (const slice of [2, 3]) mask.data.fill(1, 20 * slice + 6, 20 * slice + 9);
    for (const slice of [4, 5, 6]) mask.data.fill(2, 20 * slice + 6, 20 * slice + 9);
    const path = folder.path("beyond.dcm");
    await saveMask(path, mask);
    const part = await loadVolume(files.slice(0, 5));
    expect((await failure(loadMask(path, { on: part }), "geometry-mismatch")).message).toContain("6 of its voxels");
    await failure(loadMask(path, { on: part, label: 2 }), "geometry-mismatch");
    expect((await loadMask(path, { on: part, label: 1 })).voxels).toBe(6);
  });
});
