import type { TypedArray } from "./dtype.js";
import { type Affine, affineSpacing, cornerShift } from "./geometry.js";

/** The voxel grid of a volume: `size` is [nx, ny, nz], `affine` takes voxel indices to RAS millimeters. */
export interface Grid {
  /** Voxels along i, j, k. */
  readonly size: readonly [nx: number, ny: number, nz: number];
  /** Voxel indices to RAS millimeters. */
  readonly affine: Affine;
}

/**
 * A reordering of a grid's axes: axis `n` of the new one is axis `axis[n]` of the old one, backwards where `flip[n]`.
 */
export interface GridTurn {
  /** For each axis of the new grid the axis of the old one. */
  readonly axis: readonly [number, number, number];
  /** True where an axis of the new grid runs against the old one. */
  readonly flip: readonly [boolean, boolean, boolean];
  /** True when the grid stays the same. */
  readonly isIdentity: boolean;
}

/** How two grids relate to each other. */
export interface GridRelation {
  /** The reordering that turns `from` into `to`; `null` when they are different grids. */
  readonly turn: GridTurn | null;
  /** The largest remaining distance between corresponding corners, in mm. */
  readonly shift: number;
  /** False when they have different numbers of voxels, whatever the order of their axes. */
  readonly isSameSize: boolean;
}

/** Grids whose corners lie closer than this share of the smallest voxel side are the same. */
const tolerance = 0.1;

/**
 * How to map one grid to another when both cover the same points in space but differ in axis order or direction (RAS
 * and LPS, for example).
 */
export function relateGrids(from: Grid, to: Grid): GridRelation {
  const [stepsFrom, stepsTo] = [affineSpacing(from.affine), affineSpacing(to.affine)];
  const cosine = (f: number, t: number) =>
    [0, 4, 8].reduce((sum, row) => sum + from.affine[row + f] * to.affine[row + t], 0) / (stepsFrom[f] * stepsTo[t]);
  const nearest = (t: number) =>
    [0, 1, 2].reduce((best, f) => (Math.abs(cosine(f, t)) > Math.abs(cosine(best, t)) ? f : best));
  const axis: [number, number, number] = [nearest(0), nearest(1), nearest(2)];
  const isPermutation = new Set(axis).size === 3;
  const turnedAxes: [number, number, number] = isPermutation ? axis : [0, 1, 2];
  const flip = turnedAxes.map((f, t) => isPermutation && cosine(f, t) < 0) as [boolean, boolean, boolean];
  const isIdentity = turnedAxes.every((f, t) => f === t && !flip[t]);
  const turn = { axis: turnedAxes, flip, isIdentity };
  const turned = turnGrid(from, turn);
  const shift = cornerShift(to.size, turned.affine, to.affine);
  const isSameSize = turned.size.every((length, t) => length === to.size[t]);
  const isSame = isSameSize && shift <= tolerance * Math.min(...stepsTo, ...stepsFrom);
  return { turn: isSame ? turn : null, shift, isSameSize };
}

/** The end of a message on two different grids: what differs. */
export function gridDifference({ shift, isSameSize }: GridRelation, digits: number): string {
  return isSameSize ? `their corners are up to ${shift.toFixed(digits)} mm apart` : "they differ in size";
}

/** The grid with its axes reordered. */
export function turnGrid({ size, affine }: Grid, { axis, flip }: GridTurn): Grid {
  const out = [0, 0, 0, affine[3], 0, 0, 0, affine[7], 0, 0, 0, affine[11], 0, 0, 0, 1];
  axis.forEach((f, t) => {
    for (const row of [0, 4, 8]) {
      const step = affine[row + f];
      out[row + t] = flip[t] ? -step : step;
      if (flip[t]) out[row + 3] += step * (size[f] - 1);
    }
  });
  return { size: [size[axis[0]], size[axis[1]], size[axis[2]]], affine: out };
}

/** The voxels (i fastest) of a grid of `size`, in the order of the reordered grid. */
export function turnVoxels<T extends Exclude<TypedArray, BigInt64Array | BigUint64Array>>(
  voxels: T,
  size: Grid["size"],
  { axis, flip }: GridTurn,
): T {
  const out = new (voxels.constructor as new (length: number) => T)(voxels.length);
  const strides = [1, size[0], size[0] * size[1]];
  const step = axis.map((f, t) => (flip[t] ? -strides[f] : strides[f]));
  const start = axis.reduce((sum, f, t) => sum + (flip[t] ? strides[f] * (size[f] - 1) : 0), 0);
  const [nx, ny, nz] = axis.map((f) => size[f]);
  for (let z = 0, n = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0, at = start + z * step[2] + y * step[1]; x < nx; x++, n++, at += step[0]) out[n] = voxels[at];
    }
  }
  return out;
}
