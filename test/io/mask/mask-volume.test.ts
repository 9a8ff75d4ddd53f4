import { describe, expect, it } from "vitest";
import { planes } from "../../../src/core/plane.js";
import { Volume } from "../../../src/io/image/volume.js";
import { emptyMask, MaskVolume, maskOnGrid } from "../../../src/io/mask/mask-volume.js";
import { failure, golden } from "../helpers.js";

const size = [2, 3, 4] as const;
const affines = golden<{ affine: number[] }[]>("geometry.json").slice(0, 12);
const window = { low: 0, high: 1, name: "" };

describe.each(affines)("on the grid %#", ({ affine }) => {
  const data = Uint8Array.from({ length: 24 }, (_, n) => (n * 7) % 3);
  const volume = new Volume({ data, size, affine, window, source: "image" });
  const mask = new MaskVolume({ data: data.slice(), size, affine, source: "mask" });

  it.each(planes)("%s slices lie on the image's", (plane) => {
    for (let index = 0; index < volume.view(plane).count; index++) {
      const image = volume.slice(index, plane);
      expect(mask.slice(index, plane).data).toEqual(
        Uint8Array.from(image.data as Uint8Array, (value) => (value > 0 ? 1 : 0)),
      );
      expect(mask.slice(index, plane, { label: 2 }).data).toEqual(
        Uint8Array.from(image.data as Uint8Array, (value) => (value === 2 ? 1 : 0)),
      );
    }
  });

  it.each(planes)("%s slices can be put back one by one", (plane) => {
    const copy = emptyMask(volume);
    for (let index = 0; index < mask.view(plane).count; index++) copy.setSlice(index, plane, mask.slice(index, plane));
    expect(copy.data).toEqual(mask.data.map((value) => (value > 0 ? 1 : 0)));
  });

  it("has the image's spacing", () => {
    for (const axis of [0, 1, 2]) expect(mask.spacing[axis]).toBeCloseTo(volume.spacing[axis], 12);
  });
});

describe("objects", () => {
  const affine = [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1];
  const make = () =>
    new MaskVolume({ data: Uint8Array.of(0, 1, 1, 7, 0, 0, 7, 7), size: [2, 2, 2], affine, source: "m" });

  it("are listed and measured", () => {
    expect([make().labels, make().voxels, make().volumeMm3]).toEqual([[1, 7], 5, 150]);
    expect([make().only(7).data, make().only(7).volumeMm3]).toEqual([Uint8Array.of(0, 0, 0, 1, 0, 0, 1, 1), 90]);
  });

  it("are replaced one at a time", () => {
    const mask = make();
    // RAS: axial pictures are turned by half, so pixel 0 is voxel 3.
    mask.setSlice(0, "axial", { width: 2, height: 2, data: Uint8Array.of(1, 0, 0, 1) });
    expect(mask.data).toEqual(Uint8Array.of(1, 0, 0, 1, 0, 0, 7, 7));
    mask.setSlice(0, "axial", { width: 2, height: 2, data: Uint8Array.of(0, 1, 0, 0) }, 7);
    expect(mask.data).toEqual(Uint8Array.of(1, 0, 7, 1, 0, 0, 7, 7));
  });

  it("have numbers from 1 to 255", async () => {
    for (const label of [0, 256, 1.5]) {
      await failure(() => make().setSlice(0, "axial", make().slice(0), label), "argument-invalid");
      await failure(() => make().only(label), "argument-invalid");
    }
  });

  it("may be more than 255 in 16 bits", async () => {
    const many = emptyMask(make(), 256);
    many.setSlice(0, "axial", make().slice(0), 256);
    expect([many.data instanceof Uint16Array, many.labels, emptyMask(make(), 255).data]).toEqual([
      true,
      [256],
      new Uint8Array(8),
    ]);
    await failure(() => emptyMask(make(), 65536), "argument-invalid");
  });

  it("must fit", async () => {
    await failure(() => make().slice(2), "argument-invalid");
    await failure(
      () => make().setSlice(0, "axial", { width: 1, height: 2, data: new Uint8Array(2) }),
      "geometry-mismatch",
    );
    await failure(
      () => new MaskVolume({ data: new Uint8Array(3), size: [2, 2, 2], affine, source: "m" }),
      "geometry-mismatch",
    );
  });
});

it("a mask of fewer slices than its image is refused by its size, not by a distance of 0", async () => {
  const affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1];
  const mask = new MaskVolume({ data: new Uint8Array(18), size: [2, 3, 3], affine, source: "mask" });
  const error = await failure(() => maskOnGrid(mask, { size, affine }), "geometry-mismatch");
  expect(error).toMatchObject({ field: "size", value: [2, 3, 3] });
  expect(error.message).toContain(
    "The image has 2×3×4 voxels (LPS), the mask 2×3×3 voxels (LPS); they differ in size.",
  );
  expect(error.message).not.toContain("mm apart");
});
