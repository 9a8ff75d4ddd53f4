import type { NumericArray } from "../../core/dtype.js";
import type { Affine } from "../../core/geometry.js";
import type { NiftiForm } from "../nifti/form.js";
import type { LabelTable } from "../nifti/label-table.js";
import type { NonFinite } from "./non-finite.js";
import type { WindowSpec } from "./window.js";

/** The voxels of one 3D image as returned by a reader, i fastest, in the file's units. */
export interface VoxelImage {
  /** One value per voxel; the luminance for color images. */
  readonly data: NumericArray;
  /** Interleaved red, green and blue of a color file; else `null`. */
  readonly colors: Uint8Array | null;
  readonly size: readonly [nx: number, ny: number, nz: number];
  /** Voxel indices to RAS millimeters. */
  readonly affine: Affine;
  /** Geometry fields of a NIfTI header, for files written on the same grid; else `null`. */
  readonly form: NiftiForm | null;
  /** Names and colors of labels; omitted or `null` if the file has none. */
  readonly labelTable?: LabelTable | null;
  /** The window stored in the file; `null` if there is none. */
  readonly window: WindowSpec | null;
  /** The unit of the values, e.g. `HU` or `BQML`; `null` if unknown. */
  readonly units: string | null;
  /** The files of a DICOM series; omitted for other sources. */
  readonly series?: readonly string[];
  /** False if the file has no pixel spacing; the affine is then in pixels. Default true. */
  readonly hasSpacing?: boolean;
  /** What the reader changed or omitted, one sentence each. */
  readonly notes: readonly string[];
}

export interface VoxelReadOptions {
  /** Which volume of a 4D file, from 0. Required for a 4D file. */
  readonly frame?: number | undefined;
  readonly nonFinite?: NonFinite | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called as the files of a series are read, and then as its slices are decoded. */
  readonly onProgress?: ((done: number, of: number, step: "reading" | "decoding") => void) | undefined;
  /** The file's name in messages. Default: the path. */
  readonly name?: string | undefined;
}
