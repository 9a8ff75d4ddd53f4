import { type Affine, cornerShift, isUsableAffine } from "../../core/geometry.js";
import { type NiftiForm, unitOf } from "./form.js";

/** The geometry given by a header. */
export interface NiftiGeometry extends NiftiForm {
  readonly size: readonly [nx: number, ny: number, nz: number];
}

export interface ChosenAffine {
  readonly affine: Affine;
  readonly from: "sform" | "qform" | "pixdim";
  /** Declared forms that are not valid affines (singular or not finite). */
  readonly rejected: readonly ("sform" | "qform")[];
  /** If both forms are declared and valid: the largest distance between corresponding corners, in mm. Else 0. */
  readonly disagreement: number;
}

/**
 * The affine of a header, chosen as nibabel does: the sform if its code is positive, else the qform if its code is
 * positive, else voxel sizes with the origin at the center of the volume and i increasing to the left (the convention
 * of Analyze). Unlike nibabel, a declared form that is singular or not finite is ignored, and meters and micrometers
 * are converted to millimeters (as in ITK).
 */
export function chooseAffine(geometry: NiftiGeometry): ChosenAffine {
  const unit = unitOf(geometry);
  const forms = [
    ["sform", geometry.sformCode, () => [...geometry.sform, 0, 0, 0, 1]],
    ["qform", geometry.qformCode, () => quaternionAffine(geometry)],
  ] as const;
  const declared = forms
    .filter(([, code]) => code > 0)
    .map(([from, , affineOf]) => ({ from, affine: inMillimeters(affineOf(), unit) }));
  const sound = declared.filter(({ affine }) => isUsableAffine(affine));
  const rejected = declared.filter((form) => !sound.includes(form)).map(({ from }) => from);
  const [first, second] = sound;
  if (!first)
    return { affine: inMillimeters(centeredAffine(geometry), unit), from: "pixdim", rejected, disagreement: 0 };
  return { ...first, rejected, disagreement: second ? cornerShift(geometry.size, first.affine, second.affine) : 0 };
}

/** NIfTI's "method 2": rotation from a unit quaternion, voxel sizes, offset; `qfac` −1 flips the third axis. */
function quaternionAffine({ quaternion, pixdim, offset }: NiftiForm): Affine {
  let [b, c, d] = quaternion;
  const rest = 1 - (b * b + c * c + d * d);
  let a = Math.sqrt(Math.max(rest, 0));
  // In float32 headers, a rotation by 180° can have |(b, c, d)| slightly above or below 1.
  if (Math.abs(rest) < 3 * 2 ** -23 || rest < 0) {
    const length = Math.hypot(b, c, d);
    [a, b, c, d] = [0, b / length, c / length, d / length];
  }
  const [x, y] = voxelSizes(pixdim);
  const z = voxelSizes(pixdim)[2] * (pixdim[0] < 0 ? -1 : 1);
  return [
    (a * a + b * b - c * c - d * d) * x,
    2 * (b * c - a * d) * y,
    2 * (b * d + a * c) * z,
    offset[0],
    2 * (b * c + a * d) * x,
    (a * a + c * c - b * b - d * d) * y,
    2 * (c * d - a * b) * z,
    offset[1],
    2 * (b * d - a * c) * x,
    2 * (c * d + a * b) * y,
    (a * a + d * d - b * b - c * c) * z,
    offset[2],
    ...[0, 0, 0, 1],
  ];
}

function centeredAffine({ size, pixdim }: NiftiGeometry): Affine {
  const [x, y, z] = voxelSizes(pixdim);
  const middle = (axis: 0 | 1 | 2) => (size[axis] - 1) / 2;
  return [-x, 0, 0, x * middle(0), 0, y, 0, -y * middle(1), 0, 0, z, -z * middle(2), 0, 0, 0, 1];
}

/** Voxel sizes as corrected by nibabel on loading: negative ones are taken as positive, 0 and NaN as 1. */
function voxelSizes(pixdim: NiftiGeometry["pixdim"]): [number, number, number] {
  const size = (value: number) => (Number.isFinite(value) && value !== 0 ? Math.abs(value) : 1);
  return [size(pixdim[1]), size(pixdim[2]), size(pixdim[3])];
}

function inMillimeters(affine: Affine, unit: number): Affine {
  return unit === 1 ? affine : affine.map((value, n) => (n < 12 ? value * unit : value));
}
