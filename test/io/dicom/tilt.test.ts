import { describe, expect, it } from "vitest";
import { readDicomFile, tags } from "../../../src/io/dicom/object.js";
import { loadVolume } from "../../../src/io/image/load.js";
import { loadMask } from "../../../src/io/mask/mask-file.js";
import { saveMask } from "../../../src/io/mask/mask-save.js";
import { emptyMask } from "../../../src/io/mask/mask-volume.js";
import { scratchFolder } from "../helpers.js";
import { dicomBytes, editDicom, firstItem } from "./make-dicom.js";

const folder = scratchFolder();

/** Twenty slices of 4×5 pixels, 3 mm apart along the normal, each moved along the columns as a gantry tilt does. */
function tilted(degrees: number): Promise<string[]> {
  const shift = 3 * Math.tan((degrees * Math.PI) / 180);
  return Promise.all(
    Array.from({ length: 20 }, async (_, slice) =>
      folder.put(
        `${degrees}-${slice}.dcm`,
        await dicomBytes({
          pixels: new Uint16Array(20).fill(slice),
          rows: 4,
          columns: 5,
          more: {
            ImagePositionPatient: ["-10", (shift * slice).toFixed(6), String(3 * slice)],
            InstanceNumber: String(slice + 1),
          },
        }),
      ),
    ),
  );
}

describe.each([0, 15, 30])("a series with a gantry tilt of %s degrees", (degrees) => {
  it("says what distances make of it", async () => {
    const { notes } = await loadVolume(await tilted(degrees));
    const step = { 15: "3.106", 30: "3.464" }[degrees];
    expect(notes).toEqual(
      degrees === 0
        ? []
        : [
            `The axes are ${degrees}.0° off right angles, as with a gantry tilt. Volumes in mm³ account for it; distances between surfaces take the axes to be at right angles, with 1×1×${step} mm between voxels.`,
          ],
    );
  });

  it("gets its DICOM segmentation back, also one with gaps", async () => {
    const volume = await loadVolume(await tilted(degrees));
    const mask = emptyMask(volume);
    for (const slice of [2, 3, 7, 18]) mask.data.fill(1, 20 * slice + 6, 20 * slice + 9);
    const path = folder.path(`${degrees}-seg.dcm`);
    await saveMask(path, mask);
    const shared = (await readDicomFile(path)).item(tags.sharedGroups);
    expect(shared?.item(tags.pixelMeasures)?.number(tags.spacingBetweenSlices)).toBeCloseTo(3, 6);
    const back = await loadMask(path, { on: volume });
    expect(Array.from(back.data)).toEqual(Array.from(mask.data));
    expect(back.volumeMm3).toBeCloseTo(12 * 3, 6);
  });

  it("gets one back that states the step from slice to slice", async () => {
    const volume = await loadVolume(await tilted(degrees));
    const mask = emptyMask(volume);
    for (const slice of [0, 1, 2, 19]) mask.data.fill(1, 20 * slice + 6, 20 * slice + 9);
    const path = folder.path(`${degrees}-step.dcm`);
    await saveMask(path, mask);
    await editDicom(path, (elements) => {
      const measures = firstItem(firstItem(elements, tags.sharedGroups), tags.pixelMeasures);
      measures[tags.spacingBetweenSlices] = { vr: "DS", Value: [String(volume.spacing[2]).slice(0, 16)] };
    });
    const back = await loadMask(path, { on: volume });
    expect(Array.from(back.data)).toEqual(Array.from(mask.data));
  });
});
