import { describe, expect, it } from "vitest";
import { type Dtype, dtypeOf } from "../../../src/core/dtype.js";
import { readNifti } from "../../../src/io/nifti/read.js";
import { bytesOfBase64, golden, niftiBytes, scratchFolder } from "../helpers.js";

interface NiftiCase {
  name: string;
  bytes: string;
  stored: Dtype;
  size: [number, number, number];
  affine: number[];
  data: number[];
}

const folder = scratchFolder();
const fileOf = ({ name, bytes }: { name: string; bytes: string }) => folder.put(`${name}.bin`, bytesOfBase64(bytes));

describe("voxels as nibabel reads them", () => {
  it.each(golden<NiftiCase[]>("nifti.json"))("$name", async (expected) => {
    const image = await readNifti(fileOf(expected));
    expect(image.size).toEqual(expected.size);
    const single = image.data instanceof Float32Array;
    expect(Array.from(image.data)).toEqual(expected.data.map((value) => (single ? Math.fround(value) : value)));
    expect(image.notes).toEqual([]);
  });

  it.each([
    ["uint8", "uint8"],
    ["int16", "int16"],
    ["uint32", "uint32"],
    ["int64", "float64"],
    ["uint64", "float64"],
    ["float32", "float32"],
    ["float64", "float64"],
  ])("stores unscaled %s as %s", async (stored, kept) => {
    const [file] = golden<NiftiCase[]>("nifti.json").filter(({ name }) => name === `NIfTI-1 little-endian ${stored}`);
    expect(dtypeOf((await readNifti(fileOf(file))).data)).toBe(kept);
  });

  it.each([
    ["uint8", "float32"],
    ["int16", "float32"],
    ["float32", "float32"],
    ["int32", "float64"],
    ["uint32", "float64"],
    ["int64", "float64"],
    ["float64", "float64"],
  ])("turns scaled %s into %s", async (stored, kept) => {
    const [file] = golden<NiftiCase[]>("nifti.json").filter(({ name }) => name === `scaled ${stored}`);
    expect(dtypeOf((await readNifti(fileOf(file))).data)).toBe(kept);
  });
});

describe("affines as nibabel chooses them", () => {
  it.each(golden<Omit<NiftiCase, "stored" | "data">[]>("affine.json"))("$name", async (expected) => {
    const { affine } = await readNifti(fileOf(expected));
    expected.affine.forEach((value, n) => {
      expect(affine[n], `element ${n}`).toBeCloseTo(value, 5);
    });
  });

  it("says that a file without orientation has none", async () => {
    const path = folder.put(
      "bare.nii",
      niftiBytes({ dims: [2, 2, 2], voxels: new Uint8Array(8) }, (h) => h.setInt16(254, 0)),
    );
    const { notes, header } = await readNifti(path);
    expect(header.placement.from).toBe("pixdim");
    expect(notes).toEqual([
      "The header has no orientation; i is taken to grow to the left, j to the front, k upwards.",
    ]);
  });

  it("passes over a singular sform and says so", async () => {
    const flat = niftiBytes({ dims: [2, 2, 2], voxels: new Uint8Array(8) }, (h) => {
      h.setFloat32(280, 0, true);
      h.setInt16(252, 1, true);
    });
    const { notes, header } = await readNifti(folder.put("flat.nii", flat));
    expect(header.placement.from).toBe("qform");
    expect(notes).toEqual(["The sform in the header is singular or not finite; the qform was used."]);
  });

  it.each([
    [1, 1000, "meters"],
    [3, 0.001, "micrometers"],
  ])("turns lengths in NIfTI unit %i into mm", async (unit, factor, name) => {
    const bytes = niftiBytes({ dims: [2, 2, 2], voxels: new Uint8Array(8) }, (h) => h.setUint8(123, unit));
    const { affine, notes } = await readNifti(folder.put("units.nii", bytes));
    expect([affine[0], affine[5], affine[10], affine[15]]).toEqual([factor, factor, factor, 1]);
    expect(notes).toEqual([`Lengths in ${name} were turned into mm.`]);
  });
});

describe("4D files", () => {
  const bytes = niftiBytes({ dims: [2, 1, 1, 3], voxels: Uint8Array.of(1, 2, 3, 4, 5, 6) });

  it.each([
    [0, [1, 2]],
    [1, [3, 4]],
    [2, [5, 6]],
  ])("gives volume %i", async (frame, voxels) => {
    const image = await readNifti(folder.put("4d.nii", bytes), { frame });
    expect(Array.from(image.data)).toEqual(voxels);
    expect(image.notes).toEqual([`Volume ${frame} of 3, counted from 0.`]);
  });
});

describe("missing numbers", () => {
  it("are set to 0 on demand, and noted", async () => {
    const values = Float32Array.of(1, Number.NaN, 3, Number.POSITIVE_INFINITY);
    const bytes = niftiBytes({ dims: [2, 2, 1], datatype: 16, bitpix: 32, voxels: new Uint8Array(values.buffer) });
    const { data, notes } = await readNifti(folder.put("nan.nii", bytes), { nonFinite: "zero" });
    expect(Array.from(data)).toEqual([1, 0, 3, 0]);
    expect(notes).toEqual(["NaN or infinite voxels were set to 0: 2 of 4 voxels, first (1, 0, 0)."]);
  });
});

it("reads 2D files as volumes of one slice", async () => {
  const path = folder.put("2d.nii", niftiBytes({ dims: [3, 2], voxels: new Uint8Array(6) }));
  expect((await readNifti(path)).size).toEqual([3, 2, 1]);
});

it("ignores a few bytes of padding, and says so", async () => {
  const path = folder.put("padded.nii", niftiBytes({ dims: [4, 4, 2], voxels: new Uint8Array(35) }));
  expect((await readNifti(path)).notes).toEqual(["3 bytes after the last voxel were ignored."]);
});

it("takes a data offset of 0 for the end of the header", async () => {
  const bytes = niftiBytes({ dims: [3, 1, 1], voxels: Uint8Array.of(7, 8, 9) }, (header) =>
    header.setFloat32(108, 0, true),
  );
  expect(Array.from((await readNifti(folder.put("offset.nii", bytes))).data)).toEqual([7, 8, 9]);
});
