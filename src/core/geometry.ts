/**
 * A 4×4 matrix, row-major, that takes voxel indices (i, j, k, 1) to millimetres in RAS (x to the patient's right, y anterior, z superior),
 * as in NIfTI and nibabel.
 */
export type Affine = readonly number[];

/** The letter pairs of the RAS axes: [negative end, positive end]. */
const axisLetters = [
  ["L", "R"],
  ["P", "A"],
  ["I", "S"],
] as const;

export type AnatomicalLetter = (typeof axisLetters)[number][number];

/** The affine of a volume without orientation: axes along R, A, S, origin 0. */
export function scalingAffine(spacing: readonly [number, number, number]): Affine {
  return [spacing[0], 0, 0, 0, 0, spacing[1], 0, 0, 0, 0, spacing[2], 0, 0, 0, 0, 1];
}

/** Voxel indices to RAS millimetres. */
export function toWorld(affine: Affine, voxel: readonly [number, number, number]): [number, number, number] {
  const [i, j, k] = voxel;
  const row = (r: number) => affine[r * 4] * i + affine[r * 4 + 1] * j + affine[r * 4 + 2] * k + affine[r * 4 + 3];
  return [row(0), row(1), row(2)];
}

/** The distance between neighbouring voxels along i, j, k in mm: the lengths of the affine's columns. */
export function affineSpacing(affine: Affine): [number, number, number] {
  const column = (c: number) => Math.hypot(affine[c], affine[4 + c], affine[8 + c]);
  return [column(0), column(1), column(2)];
}

/** For each anatomical axis (R, A, S) the voxel axis that runs along it most closely, and its sign. */
export interface Orientation {
  /** `axis[a]` is the voxel axis (0 = i, 1 = j, 2 = k) nearest to RAS axis `a`. Always a permutation. */
  readonly axis: readonly [number, number, number];
  /** `sign[a]` is 1 when that voxel axis grows towards R, A, S and −1 when towards L, P, I. */
  readonly sign: readonly [1 | -1, 1 | -1, 1 | -1];
}

const permutations = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** The nearest axis-aligned orientation: the permutation whose direction cosines sum highest. */
export function orientationOf(affine: Affine): Orientation {
  const spacing = affineSpacing(affine);
  const cosine = (a: number, v: number) => affine[a * 4 + v] / (spacing[v] || 1);
  const alignment = (axis: readonly number[]) => axis.reduce((sum, v, a) => sum + Math.abs(cosine(a, v)), 0);
  const axis = permutations.reduce((best, candidate) =>
    alignment(candidate) > alignment(best) + 1e-9 ? candidate : best,
  );
  const sign = (a: number) => (cosine(a, axis[a]) < 0 ? -1 : 1);
  return { axis, sign: [sign(0), sign(1), sign(2)] };
}

/** The three letters towards which i, j, k grow, e.g. `RAS` or `LPS`, as nibabel's `aff2axcodes`. */
export function axisCodes(affine: Affine): string {
  const { axis, sign } = orientationOf(affine);
  return [0, 1, 2]
    .map((voxelAxis) => {
      const a = axis.indexOf(voxelAxis);
      return axisLetters[a][sign[a] === 1 ? 1 : 0];
    })
    .join("");
}

/** The letter at one end of RAS axis `a`. */
export function axisLetter(a: 0 | 1 | 2, direction: 1 | -1): AnatomicalLetter {
  return axisLetters[a][direction === 1 ? 1 : 0];
}
