/** The fields of a NIfTI header that say where voxels are, as they stand in the file. */
export interface NiftiForm {
  /** `pixdim[0..3]`: qfac, then the voxel's size along i, j, k in the header's unit. */
  readonly pixdim: readonly [qfac: number, x: number, y: number, z: number];
  /** Which space the qform leads to, by NIfTI's codes; 0 for none. */
  readonly qformCode: number;
  /** Which space the sform leads to, by NIfTI's codes; 0 for none. */
  readonly sformCode: number;
  /** `quatern_b`, `quatern_c`, `quatern_d`. */
  readonly quaternion: readonly [b: number, c: number, d: number];
  /** `qoffset_x`, `qoffset_y`, `qoffset_z`, in the header's unit. */
  readonly offset: readonly [x: number, y: number, z: number];
  /** The three rows of the sform, row-major, 12 numbers. */
  readonly sform: readonly number[];
  /** The unit of lengths by its code: 0 unknown, 1 metres, 2 millimetres, 3 micrometres; and of time, in the other bits. */
  readonly units: number;
}

/** Millimetres in one of the header's units: 1000 for metres, 0.001 for micrometres, otherwise 1. */
export function unitOf({ units }: Pick<NiftiForm, "units">): number {
  return { 1: 1000, 3: 0.001 }[units & 7] ?? 1;
}
