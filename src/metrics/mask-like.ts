import { SamlabError, show } from "../core/errors.js";
import { type Affine, axisCodes } from "../core/geometry.js";
import { type Grid, gridDifference, relateGrids, turnVoxels } from "../core/grid.js";

/** A binary mask or a label image: values above 0 (or `true`) are inside. */
interface MaskValues {
  readonly data: ArrayLike<number> | ArrayLike<boolean>;
  /** Images have one; they are no masks. */
  readonly window?: undefined;
}

/** A mask on a pixel grid, row-major. */
export interface MaskLike2d extends MaskValues {
  readonly width: number;
  readonly height: number;
}

/** A mask on a voxel grid, i fastest. */
export interface MaskLike3d extends MaskValues {
  /** Voxels along i, j, k. */
  readonly size: readonly [nx: number, ny: number, nz: number];
  /**
   * Voxel indices to RAS millimeters. Masks that both carry one are compared where they lie, and their distances are in
   * mm.
   */
  readonly affine?: Affine;
}

/** What metrics compare: `Mask2d`, `MaskVolume`, or anything of that shape. */
export type MaskLike = MaskLike2d | MaskLike3d;

/** The grid in words, e.g. `512×512` or `512×512×40`. */
export function gridOf(mask: MaskLike): string {
  return "size" in mask ? mask.size.join("×") : `${mask.width}×${mask.height}`;
}

/**
 * Two masks on one grid, cell by cell. Volumes that both carry an affine are compared where they lie: where the second
 * is the same grid counted from another corner or in another order of axes, it is turned to the first.
 * @throws {SamlabError} `geometry-mismatch` naming both sizes, or how far the corners lie apart in mm
 */
export function onOneGrid(a: MaskLike, b: MaskLike): readonly [MaskLike, MaskLike] {
  for (const mask of [a, b]) checkFilled(mask);
  const [gridA, gridB] = [placedGrid(a), placedGrid(b)];
  if (gridA && gridB) return [a, turned(b as MaskLike3d, gridB, gridA)];
  const [sizeA, sizeB] = [gridOf(a), gridOf(b)];
  if (sizeA === sizeB) return [a, b];
  throw new SamlabError("geometry-mismatch", `The masks are of different size: ${sizeA} and ${sizeB}.`, {
    field: "size",
    value: [sizeA, sizeB],
    remedy: "Compare masks of the same image; resample one if they are not.",
  });
}

/** The grid of a mask that carries an affine, else `null`. */
export function placedGrid(mask: MaskLike): Grid | null {
  return "size" in mask && mask.affine !== undefined ? { size: mask.size, affine: mask.affine } : null;
}

function turned(mask: MaskLike3d, from: Grid, to: Grid): MaskLike3d {
  const relation = relateGrids(from, to);
  const { turn, shift, isSameSize } = relation;
  if (turn?.isIdentity) return mask;
  if (turn) {
    const values = ArrayBuffer.isView(mask.data) ? mask.data : Uint16Array.from(mask.data as ArrayLike<number>, Number);
    return { size: to.size, affine: to.affine, data: turnVoxels(values as Uint16Array, from.size, turn) };
  }
  const describe = ({ size, affine }: Grid) => `${size.join("×")} voxels, ${axisCodes(affine)}`;
  throw new SamlabError(
    "geometry-mismatch",
    `The masks lie on different grids (${describe(to)}; ${describe(from)}): ${gridDifference(relation, 2)}.`,
    {
      field: isSameSize ? "affine" : "size",
      value: isSameSize ? shift : from.size,
      remedy: "Compare masks of the same image; resample one onto the other's grid if they are not.",
    },
  );
}

/** @throws {SamlabError} `argument-invalid` for a label that is no number, such as one of untyped JSON */
export function checkLabel(label: number | undefined): void {
  if (label === undefined || Number.isFinite(label)) return;
  throw new SamlabError("argument-invalid", `${show(label)} is not a label.`, {
    field: "label",
    value: label,
    remedy: "Give a number, or leave it out to compare all that is above 0.",
  });
}

/**
 * @throws {SamlabError} `argument-invalid` for an image, `geometry-mismatch` when a mask's data do not fill its grid
 */
export function checkFilled(mask: MaskLike): void {
  // All that is above 0 would be inside.
  if (mask.window !== undefined) {
    throw new SamlabError("argument-invalid", `A ${gridOf(mask)} image was given as a mask.`, {
      field: "mask",
      remedy: "Give a mask: the truth of a sample, what loadMask reads, or what a model predicts.",
    });
  }
  const cells = "size" in mask ? mask.size[0] * mask.size[1] * mask.size[2] : mask.width * mask.height;
  if (mask.data.length === cells) return;
  throw new SamlabError("geometry-mismatch", `A ${gridOf(mask)} mask has ${cells} values, not ${mask.data.length}.`, {
    field: "data",
    value: mask.data.length,
    remedy: "Give the values row by row; of a volume, slice by slice.",
  });
}
