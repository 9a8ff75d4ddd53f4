import type { NumericArray } from "../../core/dtype.js";
import type { Affine } from "../../core/geometry.js";
import type { NiftiForm } from "../nifti/form.js";
import type { NonFinite } from "./non-finite.js";
import type { WindowSpec } from "./window.js";

/** The voxels of one 3D image as a reader hands them over, i fastest, in the file's units. */
export interface VoxelImage {
  /** One number a voxel; of colors their luminance. */
  readonly data: NumericArray;
  /** Of a file in color its red, green and blue, interleaved; else `null`. */
  readonly colors: Uint8Array | null;
  readonly size: readonly [nx: number, ny: number, nz: number];
  /** Voxel indices to RAS millimetres. */
  readonly affine: Affine;
  /** How a NIfTI header says the place, for files that are to lie on the same grid; else `null`. */
  readonly form: NiftiForm | null;
  /** The window that the file asks for; `null` when it asks for none. */
  readonly window: WindowSpec | null;
  /** What the values are, e.g. `HU` or `BQML`; `null` when the file does not say. */
  readonly units: string | null;
  /** The files of a DICOM series; left out for other sources. */
  readonly series?: readonly string[];
  /** False where the file does not say how far its pixels lie apart; the affine then counts in pixels. Default true. */
  readonly hasSpacing?: boolean;
  /** What the reader changed or left out, one sentence each. */
  readonly notes: readonly string[];
}

export interface VoxelReadOptions {
  /** Which volume of a 4D file, from 0. A 4D file is refused without it. */
  readonly frame?: number | undefined;
  readonly nonFinite?: NonFinite | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of the files of a series that are read. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  /** What to call the file in messages. Default: the path. */
  readonly name?: string | undefined;
}
