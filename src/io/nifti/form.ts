/** The fields of a NIfTI header that define the geometry, as stored in the file. */
export interface NiftiForm {
  /** `pixdim[0..3]`: qfac, then the voxel's size along i, j, k in the header's unit. */
  readonly pixdim: readonly [qfac: number, x: number, y: number, z: number];
  /** The target space of the qform, by NIfTI's codes; 0 for none. */
  readonly qformCode: number;
  /** The target space of the sform, by NIfTI's codes; 0 for none. */
  readonly sformCode: number;
  /** `quatern_b`, `quatern_c`, `quatern_d`. */
  readonly quaternion: readonly [b: number, c: number, d: number];
  /** `qoffset_x`, `qoffset_y`, `qoffset_z`, in the header's unit. */
  readonly offset: readonly [x: number, y: number, z: number];
  /** The three rows of the sform, row-major, 12 numbers. */
  readonly sform: readonly number[];
  /**
   * The code of the length unit: 0 unknown, 1 meters, 2 millimeters, 3 micrometers; the other bits hold the time unit.
   */
  readonly units: number;
}

/** Millimeters in one of the header's units: 1000 for meters, 0.001 for micrometers, otherwise 1. */
export function unitOf({ units }: Pick<NiftiForm, "units">): number {
  return { 1: 1000, 3: 0.001 }[units & 7] ?? 1;
}
