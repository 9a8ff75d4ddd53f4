import { readFileSync } from "node:fs";
import type { Plane } from "../../src/core/plane.js";

/** One affine over 2×3×4 voxels numbered from 0, i fastest, as nibabel sees it; see test/golden/io/make.py. */
export interface GeometryCase {
  affine: number[];
  codes: string;
  sizes: [number, number, number];
  volume: number;
  /** The place of voxel (1, 2, 3). */
  world: [number, number, number];
  /** Per plane, the slices from inferior, posterior and left: rows of voxel numbers as on the screen. */
  slices: Record<Plane, number[][][]>;
  spacing: Record<Plane, [number, number, number]>;
}

export const geometryCases: GeometryCase[] = JSON.parse(
  readFileSync(new URL("../golden/io/geometry.json", import.meta.url), "utf8"),
);
