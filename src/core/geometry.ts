/**
 * A 4×4 matrix, row-major, that takes voxel indices (i, j, k, 1) to millimeters in RAS (x to the patient's right, y
 * anterior, z superior), as in NIfTI and nibabel.
 */
export type Affine = readonly number[];

/** The letter pairs of the RAS axes: [negative end, positive end]. */
const axisLetters = [
  ["L", "R"],
  ["P", "A"],
  ["I", "S"],
] as const;

/**
 * A direction in the patient: `L`, `R` (left, right), `P`, `A` (posterior, anterior), `I`, `S` (inferior, superior).
 */
export type AnatomicalLetter = (typeof axisLetters)[number][number];

/** The affine of a volume without orientation: axes along R, A, S, origin 0. */
export function scalingAffine(spacing: readonly [number, number, number]): Affine {
  return [spacing[0], 0, 0, 0, 0, spacing[1], 0, 0, 0, 0, spacing[2], 0, 0, 0, 0, 1];
}

/** Voxel indices to RAS millimeters. */
export function toWorld(affine: Affine, voxel: readonly [number, number, number]): [number, number, number] {
  const [i, j, k] = voxel;
  const row = (r: number) => affine[r * 4] * i + affine[r * 4 + 1] * j + affine[r * 4 + 2] * k + affine[r * 4 + 3];
  return [row(0), row(1), row(2)];
}

/** The inverse affine: RAS millimeters to voxel indices. The axes must be linearly independent. */
export function invertAffine(affine: Affine): Affine {
  const [a, b, c, x, d, e, f, y, g, h, i, z] = affine;
  const cofactors = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  const determinant = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0];
  const rows = cofactors.flatMap((row) => {
    const [p, q, r] = row.map((value) => value / determinant);
    return [p, q, r, -(p * x + q * y + r * z)];
  });
  return [...rows, 0, 0, 0, 1];
}

/**
 * The distance between neighboring voxels along i, j, k in mm: the lengths of the affine's columns, as the file that
 * the affine is from had them where that can be told.
 */
export function affineSpacing(affine: Affine): [number, number, number] {
  const column = (c: number) => {
    const steps = [affine[c], affine[4 + c], affine[8 + c]];
    const length = Math.hypot(...steps);
    return steps.filter((step) => step !== 0).length > 1 ? withoutNoise(length) : length;
  };
  return [column(0), column(1), column(2)];
}

/**
 * The columns of a rotated affine, often in float32, have lengths such as 1.00000001: a distance of two voxels would
 * exceed 2 mm. So a number of six digits that is as near as that is meant, or its float32.
 */
function withoutNoise(length: number): number {
  const decimal = Number(length.toPrecision(6));
  const single = Math.fround(decimal);
  const nearest = Math.abs(decimal - length) <= Math.abs(single - length) ? decimal : single;
  return Math.abs(nearest - length) < 2e-7 * length ? nearest : length;
}

/**
 * The volume of one voxel in mm³: the absolute determinant of the affine's 3×3 part. 0 when the axes lie in one plane.
 */
export function voxelVolume(affine: Affine): number {
  const [a, b, c, , d, e, f, , g, h, i] = affine;
  return Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g));
}

/**
 * How far the axes are from right angles to each other, in degrees: 0 for most volumes, the gantry tilt for a CT with
 * one.
 */
export function affineShear(affine: Affine): number {
  const [x, y, z] = affineSpacing(affine);
  return (Math.acos(Math.min(1, voxelVolume(affine) / (x * y * z))) * 180) / Math.PI;
}

/** True when the affine is finite and its axes are linearly independent. */
export function isUsableAffine(affine: Affine): boolean {
  const [x, y, z] = affineSpacing(affine);
  // Relative to the spacing, so that the test works at any scale.
  return affine.every(Number.isFinite) && voxelVolume(affine) > 1e-6 * x * y * z;
}

/**
 * The largest distance, in mm, between corresponding corners of a grid of `size` voxels under two affines. Measured at
 * the corners because a small rotation shifts the far corner but not the origin.
 */
export function cornerShift(size: readonly [number, number, number], a: Affine, b: Affine): number {
  let shift = 0;
  for (let corner = 0; corner < 8; corner++) {
    const voxel = size.map((n, axis) => ((corner >> axis) & 1) * (n - 1)) as [number, number, number];
    const [p, q] = [toWorld(a, voxel), toWorld(b, voxel)];
    shift = Math.max(shift, Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
  }
  return shift;
}

/** For each anatomical axis (R, A, S) the voxel axis that runs along it most closely, and its sign. */
export interface Orientation {
  /** `axis[a]` is the voxel axis (0 = i, 1 = j, 2 = k) nearest to RAS axis `a`. Always a permutation. */
  readonly axis: readonly [number, number, number];
  /** `sign[a]` is 1 when that voxel axis grows toward R, A, S and −1 when toward L, P, I. */
  readonly sign: readonly [1 | -1, 1 | -1, 1 | -1];
}

/**
 * The nearest axis-aligned orientation, as nibabel's `io_orientation`: the voxel axis that points most clearly along R,
 * A or S takes that axis, then the next clearest takes the nearest remaining axis. (nibabel removes shears first, so
 * results can differ for strongly sheared axes.)
 */
export function orientationOf(affine: Affine): Orientation {
  const spacing = affineSpacing(affine);
  const cosine = (a: number, v: number) => affine[a * 4 + v] / (spacing[v] || 1);
  const clearest = (v: number, among: readonly number[]) =>
    among.reduce((best, a) => (Math.abs(cosine(a, v)) > Math.abs(cosine(best, v)) ? a : best));
  const clearness = [0, 1, 2].map((v) => Math.abs(cosine(clearest(v, [0, 1, 2]), v)));
  const axis: [number, number, number] = [0, 1, 2];
  let free = [0, 1, 2];
  for (const v of [0, 1, 2].sort((v, w) => clearness[w] - clearness[v])) {
    const a = clearest(v, free);
    axis[a] = v;
    free = free.filter((other) => other !== a);
  }
  const sign = (a: number) => (cosine(a, axis[a]) < 0 ? -1 : 1);
  return { axis, sign: [sign(0), sign(1), sign(2)] };
}

/** The three letters toward which i, j, k grow, e.g. `RAS` or `LPS`, as nibabel's `aff2axcodes`. */
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
