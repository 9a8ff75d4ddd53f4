import { describe, expect, it } from "vitest";
import {
  affineShear,
  affineSpacing,
  axisCodes,
  cornerShift,
  isUsableAffine,
  orientationOf,
  scalingAffine,
  toWorld,
  voxelVolume,
} from "../../src/core/geometry.js";
import { seededRandom } from "../../src/core/random.js";
import { geometryCases } from "./golden-geometry.js";

describe("as nibabel", () => {
  it.each(geometryCases)("$codes, case %#", ({ affine, codes, sizes, volume, world }) => {
    expect(axisCodes(affine)).toBe(codes);
    for (const axis of [0, 1, 2]) {
      expect(affineSpacing(affine)[axis]).toBeCloseTo(sizes[axis], 10);
      expect(toWorld(affine, [1, 2, 3])[axis]).toBeCloseTo(world[axis], 10);
    }
    expect(voxelVolume(affine)).toBeCloseTo(volume, 10);
  });
});

describe("the voxel size of a rotated image is free of the noise of its affine", () => {
  const rotation = (x: number, y: number) => [
    [Math.cos(y), Math.sin(x) * Math.sin(y), Math.cos(x) * Math.sin(y)],
    [0, Math.cos(x), -Math.sin(x)],
    [-Math.sin(y), Math.sin(x) * Math.cos(y), Math.cos(x) * Math.cos(y)],
  ];
  const random = seededRandom("rotations", 0);
  const affines = (sizes: readonly number[], rounded: (value: number) => number) =>
    Array.from({ length: 200 }, () => {
      const rows = rotation(6 * random(), 6 * random());
      return [...rows.flatMap((row) => [...row.map((value, axis) => rounded(value * sizes[axis]!)), 0]), 0, 0, 0, 1];
    });

  it("in double precision, as of NRRD and DICOM", () => {
    const sizes = [0.7, 1.5, 0.488];
    for (const affine of affines(sizes, Number)) expect(affineSpacing(affine)).toEqual(sizes);
  });

  it("in single precision, as of NIfTI", () => {
    const sizes = [1, 0.5, 3];
    for (const affine of affines(sizes, Math.fround)) expect(affineSpacing(affine)).toEqual(sizes);
  });

  it("and that of others stays as it is", () => {
    const sizes = [Math.fround(0.7), 311 / 512, 1.00000007];
    expect(affineSpacing(scalingAffine(sizes as [number, number, number]))).toEqual(sizes);
  });
});

it("assigns every voxel axis once, however oblique", () => {
  for (const { affine } of geometryCases) expect([...orientationOf(affine).axis].sort()).toEqual([0, 1, 2]);
});

describe("a usable affine", () => {
  const good = scalingAffine([1e-4, 2e-4, 3e-4]);
  const changed = (n: number, value: number) => good.map((old, at) => (at === n ? value : old));

  it("may be of any scale", () => expect(isUsableAffine(good)).toBe(true));
  it.each([
    ["an axis of no length", changed(0, 0)],
    ["parallel axes", [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]],
    ["NaN", changed(3, Number.NaN)],
    ["infinity", changed(5, Number.POSITIVE_INFINITY)],
  ])("has not %s", (_, affine) => expect(isUsableAffine(affine)).toBe(false));
});

it("measures how far two grids are apart, at their far corners", () => {
  const affine = scalingAffine([1, 2, 3]);
  const longer = scalingAffine([1, 2, 3.1]);
  expect(cornerShift([10, 10, 11], affine, longer)).toBeCloseTo(1, 12);
  expect(cornerShift([10, 10, 1], affine, longer)).toBe(0);
});

it("measures how far axes are off right angles", () => {
  for (const { affine } of geometryCases) expect(affineShear(affine)).toBeCloseTo(0, 4);
  const tilt = Math.tan(Math.PI / 9);
  expect(affineShear([1, 0, 0, 0, 0, 2, 3 * tilt, 0, 0, 0, 3, 0, 0, 0, 0, 1])).toBeCloseTo(20, 10);
});
