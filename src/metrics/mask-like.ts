import { SamlabError } from "../core/errors.js";

/** A binary mask or a label image: values above 0 (or `true`) are inside. */
interface MaskValues {
  readonly data: ArrayLike<number> | ArrayLike<boolean>;
}

/** A mask on a pixel grid, row-major. */
export interface MaskLike2d extends MaskValues {
  readonly width: number;
  readonly height: number;
}

/** A mask on a voxel grid, i fastest. */
export interface MaskLike3d extends MaskValues {
  readonly size: readonly [nx: number, ny: number, nz: number];
}

/** What metrics compare: `Mask2d`, `MaskVolume`, or anything of that shape. */
export type MaskLike = MaskLike2d | MaskLike3d;

/** The grid in words, e.g. `512×512` or `512×512×40`. */
export function gridOf(mask: MaskLike): string {
  return "size" in mask ? mask.size.join("×") : `${mask.width}×${mask.height}`;
}

/**
 * Makes sure two masks lie on grids of the same size, and that their data fill them.
 * @throws {SamlabError} `geometry-mismatch` naming both sizes
 */
export function checkSameGrid(a: MaskLike, b: MaskLike): void {
  const [gridA, gridB] = [gridOf(a), gridOf(b)];
  if (gridA !== gridB) {
    throw new SamlabError("geometry-mismatch", `The masks are of different size: ${gridA} and ${gridB}.`, {
      field: "size",
      value: [gridA, gridB],
      remedy: "Compare masks of the same image; resample one if they are not.",
    });
  }
  for (const mask of [a, b]) {
    const cells = "size" in mask ? mask.size[0] * mask.size[1] * mask.size[2] : mask.width * mask.height;
    if (mask.data.length === cells) continue;
    throw new SamlabError("geometry-mismatch", `A ${gridA} mask has ${cells} values, not ${mask.data.length}.`, {
      field: "data",
      value: mask.data.length,
    });
  }
}
