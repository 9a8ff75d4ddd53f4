import { describe, expect, it } from "vitest";
import { SamlabError } from "../../src/core/errors.js";
import { scalingAffine } from "../../src/core/geometry.js";
import {
  checkSliceIndex,
  forEachInSlice,
  planes,
  planeView,
  readSlice,
  sliceToVoxel,
  voxelToSlice,
} from "../../src/core/plane.js";
import { geometryCases } from "./golden-geometry.js";

const size = [2, 3, 4] as const;
const voxels = Uint8Array.from({ length: 24 }, (_, n) => n);

describe.each(planes)("%s slices", (plane) => {
  it.each(geometryCases)(
    "lie on the screen as nibabel and numpy turn them: $codes, case %#",
    ({ affine, slices, spacing }) => {
      const view = planeView(size, affine, plane);
      const stack = Array.from({ length: view.count }, (_, index) => {
        const slice = readSlice(view, index, voxels, new Uint8Array(view.width * view.height));
        return Array.from({ length: view.height }, (__, y) => [
          ...slice.subarray(y * view.width, (y + 1) * view.width),
        ]);
      });
      expect(stack).toEqual(slices[plane]);
      for (const n of [0, 1, 2]) expect(view.spacing[n]).toBeCloseTo(spacing[plane][n], 10);
    },
  );

  it.each(geometryCases)("know where each pixel's voxel is: case %#", ({ affine }) => {
    const view = planeView(size, affine, plane);
    for (let index = 0; index < view.count; index++) {
      forEachInSlice(view, index, (pixel, voxel) => {
        const [x, y] = [pixel % view.width, Math.floor(pixel / view.width)];
        const [i, j, k] = sliceToVoxel(view, x, y, index);
        expect(i + size[0] * (j + size[1] * k)).toBe(voxel);
        expect(voxelToSlice(view, [i, j, k])).toEqual([x, y, index]);
      });
    }
  });
});

it("shows a RAS volume in radiological convention", () => {
  const letters = Object.fromEntries(
    planes.map((plane) => [plane, planeView(size, scalingAffine([1, 1, 1]), plane).letters]),
  );
  expect(letters).toEqual({
    axial: { left: "R", right: "L", top: "A", bottom: "P" },
    coronal: { left: "R", right: "L", top: "S", bottom: "I" },
    sagittal: { left: "A", right: "P", top: "S", bottom: "I" },
  });
});

it("keeps fractions of pixels", () => {
  const view = planeView(size, scalingAffine([1, 1, 1]), "axial");
  expect(voxelToSlice(view, sliceToVoxel(view, 0.25, 1.5, 2) as [number, number, number])).toEqual([0.25, 1.5, 2]);
});

it.each(["axail", "toString", undefined])("has no plane %s", (plane) => {
  const view = () => planeView(size, scalingAffine([1, 1, 1]), plane as never);
  expect(view).toThrow(SamlabError);
  expect(view).toThrow("Use axial, coronal, sagittal.");
});

it.each([-1, 4, 1.5, Number.NaN])("has no slice %s of 4", (index) => {
  const view = planeView(size, scalingAffine([1, 1, 1]), "axial");
  expect(() => checkSliceIndex(view, index, "ct.nii")).toThrow(SamlabError);
  expect(() => checkSliceIndex(view, index, "ct.nii")).toThrow("There is no axial slice");
  expect(() => checkSliceIndex(view, 3, "ct.nii")).not.toThrow();
});
