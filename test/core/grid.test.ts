import { describe, expect, it } from "vitest";
import { invertAffine, toWorld } from "../../src/core/geometry.js";
import { type Grid, relateGrids, turnGrid, turnVoxels } from "../../src/core/grid.js";
import { geometryCases } from "./golden-geometry.js";

const size = [4, 3, 2] as const;
const voxels = Uint8Array.from({ length: 24 }, (_, n) => n);
const permutations = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;
const flips = Array.from({ length: 8 }, (_, n) => [(n & 1) > 0, (n & 2) > 0, (n & 4) > 0] as const);
const turns = permutations.flatMap((axis) => flips.map((flip) => ({ axis, flip, isIdentity: false })));

/** Each voxel's number by the place where it lies, in hundredths of a millimeter, away from ties. */
function byPlace(data: Uint8Array, { size: [nx, ny], affine }: Grid): Map<string, number> {
  return new Map(
    Array.from(data, (value, n) => {
      const place = toWorld(affine, [n % nx, Math.floor(n / nx) % ny, Math.floor(n / (nx * ny))]);
      return [place.map((mm) => Math.round(mm * 100 + 0.123)).join(), value] as const;
    }),
  );
}

describe("grids counted otherwise", () => {
  it.each(turns)("$axis $flip are found, and every voxel stays in its place", (turn) => {
    const grid: Grid = { size, affine: geometryCases[6].affine };
    const other = turnGrid(grid, turn);
    const { turn: found, shift } = relateGrids(grid, other);
    expect(found).toMatchObject({ axis: turn.axis, flip: turn.flip });
    expect(shift).toBeLessThan(1e-9);
    expect(byPlace(turnVoxels(voxels, size, turn), other)).toEqual(byPlace(voxels, grid));
  });

  it("are other grids when they are moved, stretched, or of another size", () => {
    const grid: Grid = { size, affine: geometryCases[6].affine };
    const changed = (n: number, value: number) => ({
      size,
      affine: grid.affine.map((v, at) => (at === n ? v + value : v)),
    });
    expect(relateGrids(grid, changed(3, 2))).toMatchObject({ turn: null, shift: expect.closeTo(2, 9) });
    expect(relateGrids(grid, changed(0, 1)).turn).toBeNull();
    expect(relateGrids(grid, { ...grid, size: [4, 3, 3] }).turn).toBeNull();
    // A hundredth of a voxel is rounding.
    expect(relateGrids(grid, changed(3, 0.005)).turn?.isIdentity).toBe(true);
  });
});

it("an affine leads back", () => {
  for (const { affine } of geometryCases) {
    const there = toWorld(affine, [1.5, -2, 7]);
    const back = toWorld(invertAffine(affine), there);
    [1.5, -2, 7].forEach((value, axis) => {
      expect(back[axis]).toBeCloseTo(value, 8);
    });
  }
});
