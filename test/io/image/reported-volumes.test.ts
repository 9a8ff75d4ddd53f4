import { describe, expect, it } from "vitest";
import { loadVolume } from "../../../src/io/image/load.js";
import { failure } from "../helpers.js";
import { reported } from "../reported.js";

const sum = (data: ArrayLike<number>) => Array.from(data).reduce((all, value) => all + value, 0);

// nibabel 5.4.2 and SimpleITK 2.5.7: 12×10×6 voxels with a sum of 186840, affine diag(-0.8, 0.9, 2.5) with the origin
// 30, -20, -7.
const affine = [-0.8, 0, 0, 30, 0, 0.9, 0, -20, 0, 0, 2.5, -7, 0, 0, 0, 1];

describe("a bitpix that contradicts the datatype", () => {
  it.each(["base", "bitpix8", "bitpix32"])("%s is read by its datatype", async (name) => {
    const volume = await loadVolume(reported(`nii-bitpix-wrong/${name}.nii`));
    expect([volume.size, sum(volume.data)]).toEqual([[12, 10, 6], 186840]);
    volume.affine.forEach((value, n) => {
      expect(value).toBeCloseTo(affine[n], 5);
    });
    expect(volume.notes.some((note) => note.includes("(bitpix)"))).toBe(name !== "base");
  });
});

describe("an axis of length 0", () => {
  it.each([
    ["d4_zero", [12, 10, 6], "axis 4"],
    ["d3_zero_z", [12, 60, 1], "axis 3"],
  ])("%s is taken for 1, as ITK does", async (name, size, note) => {
    const volume = await loadVolume(reported(`nii-dim4-zero/${name}.nii`));
    expect([volume.size, sum(volume.data)]).toEqual([size, 186840]);
    expect(volume.notes.join(" ")).toContain(`${note} no length`);
  });
});

describe("pairs, FreeSurfer's files, and bzip2", () => {
  it.each(["pairgz.hdr.gz", "pairgz.img.gz", "x.mgz", "x.nii.bz2"])("%s holds 12×10×6 voxels", async (name) => {
    const volume = await loadVolume(reported(`nii-pair-gz-and-mgz-message/${name}`));
    expect([volume.size, sum(volume.data)]).toEqual([[12, 10, 6], 186840]);
  });
});

it("contradicting forms are told", async () => {
  const { notes } = await loadVolume(reported("saved-mask-other-place-in-itk/qs_disagree.nii"));
  expect(notes.join(" ")).toMatch(/sform and qform place the voxels up to [0-9.]+ mm apart; the sform was used/);
});

it("a 4D file has frames", async () => {
  const path = reported("cli-4d/d4_time.nii");
  const error = await failure(loadVolume(path), "format-unsupported");
  expect(error.message).toContain("--frame on the command line");
  expect((await loadVolume(path, { frame: 5 })).size).toEqual([12, 10, 1]);
});
