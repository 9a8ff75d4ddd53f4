import { type Affine, affineSpacing } from "../../core/geometry.js";

/** A rotation as stored in NIfTI's qform. */
export interface NiftiTurn {
  /** `quatern_b`, `quatern_c`, `quatern_d`; a = √(1 − b² − c² − d²) is not negative. */
  readonly quaternion: readonly [b: number, c: number, d: number];
  /** −1 when the axes are left-handed; the third axis is then flipped before the rotation. */
  readonly qfac: 1 | -1;
}

/** Axes whose cosine is below this count as orthogonal (an affine stored as float32 is good to 1e-7). */
const rightAngle = 1e-4;

/** The rotation of an affine without its scaling, or `null` when its axes are not at right angles. */
export function quaternionOf(affine: Affine): NiftiTurn | null {
  const spacing = affineSpacing(affine);
  if (spacing.some((length) => !(length > 0))) return null;
  const column = (c: number) => [affine[c], affine[4 + c], affine[8 + c]].map((value) => value / spacing[c]);
  const [x, y] = [column(0), column(1)];
  let z = column(2);
  const dot = (u: number[], v: number[]) => u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  if ([dot(x, y), dot(x, z), dot(y, z)].some((cosine) => Math.abs(cosine) > rightAngle)) return null;
  const cross = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
  const qfac = dot(cross, z) < 0 ? -1 : 1;
  if (qfac === -1) z = z.map((value) => -value);
  return { quaternion: rotationQuaternion(x, y, z), qfac };
}

/**
 * The quaternion of the rotation matrix with columns x, y, z. Divides by the largest of a, b, c, d, so it never divides
 * by a value near 0.
 */
function rotationQuaternion(x: number[], y: number[], z: number[]): [number, number, number] {
  const [[xx, yx, zx], [xy, yy, zy], [xz, yz, zz]] = [x, y, z];
  const squares = [1 + xx + yy + zz, 1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz];
  const largest = squares.indexOf(Math.max(...squares));
  const rows = [
    [squares[0], zy - yz, xz - zx, yx - xy],
    [zy - yz, squares[1], yx + xy, xz + zx],
    [xz - zx, yx + xy, squares[2], zy + yz],
    [yx - xy, xz + zx, zy + yz, squares[3]],
  ];
  const row = rows[largest];
  const length = Math.hypot(...row) * (row[0] < 0 ? -1 : 1);
  return [row[1] / length, row[2] / length, row[3] / length];
}
