import { Volume } from "../../../src/io/image/volume.js";

/**
 * A volume of 4 × 3 × 2 voxels of 1 × 1 × 2 mm in LPS order: axial slice coordinates are voxel indices. Values are 0 to
 * 23, i fastest.
 */
export function smallVolume(): Volume {
  return new Volume({
    data: Int16Array.from({ length: 24 }, (_, n) => n),
    size: [4, 3, 2],
    affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
    window: { low: 0, high: 100, name: "test window" },
    source: "small",
  });
}

export const axial = (index: number) => ({ plane: "axial", index }) as const;
