import { NIFTI1, NIFTI2 } from "nifti-reader-js";
import { bytesOf, type Dtype } from "../../core/dtype.js";
import { SamlabError, show } from "../../core/errors.js";
import { headerSize } from "../files/sniff.js";
import { type ChosenAffine, chooseAffine } from "./affine.js";
import type { NiftiForm } from "./form.js";

/** A validated NIfTI-1 or NIfTI-2 header. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  readonly size: readonly [nx: number, ny: number, nz: number];
  /** Volumes in the file: the product of `dim[4]` to `dim[7]`. 1 for a plain 3D image. */
  readonly frames: number;
  /** How the voxels are stored. */
  readonly dtype: Dtype;
  /** 3 for RGB, 4 for RGBA, else 1. */
  readonly channels: 1 | 3 | 4;
  /** Offset of the voxels in the (decompressed) file, in bytes. */
  readonly dataOffset: number;
  /** value = stored × slope + intercept; `null` for no scaling. */
  readonly scaling: { readonly slope: number; readonly intercept: number } | null;
  readonly placement: ChosenAffine;
  /** The fields behind {@link placement}, as stored in the file. */
  readonly form: NiftiForm;
  /** Where the reader deviated from the header, one sentence each. */
  readonly notes: readonly string[];
}

/** Header bytes of the two versions; the bytes after them are extensions, which are not read. */
export const niftiHeaderBytes = { 1: 348, 2: 540 } as const;

const dtypes: Record<number, Dtype> = {
  2: "uint8",
  4: "int16",
  8: "int32",
  16: "float32",
  64: "float64",
  256: "int8",
  512: "uint16",
  768: "uint32",
  1024: "int64",
  1280: "uint64",
};

const refusedTypes: Record<number, readonly [name: string, remedy: string]> = {
  1: ["single bits", "Save it as uint8."],
  32: ["complex numbers", "Save the magnitude as float32."],
  1536: ["128-bit floats", "Save it as float64."],
  1792: ["complex numbers", "Save the magnitude as float32."],
  2048: ["complex numbers", "Save the magnitude as float32."],
};

/**
 * Reads a header from the first bytes of a file (at least 540, or the whole file).
 * @throws {SamlabError} `format-invalid` (impossible dimensions, offset or intercept), `format-unsupported` (voxel
 * type)
 */
export function parseNiftiHeader(
  head: Uint8Array,
  file: string,
  kind: "nifti" | "nifti-pair" | "analyze" = "nifti",
): NiftiHeader {
  const version = headerSize(head) === 540 ? 2 : 1;
  const fields = version === 2 ? new NIFTI2() : new NIFTI1();
  // An exact copy without the bytes that follow: the reader would parse the extensions, and one with a negative size
  // causes an endless loop.
  const bytes = head.slice(0, niftiHeaderBytes[version]).buffer;
  try {
    fields.readHeader(bytes);
  } catch (error) {
    throw new SamlabError("format-invalid", `${file} has a broken NIfTI header.`, {
      file,
      cause: error,
      remedy: "Copy or download it again.",
    });
  }
  const notes: string[] = [];
  const { size, frames } = dimensions(fields.dims, file, notes);
  const { dtype, channels } = voxelType(fields.datatypeCode, file);
  const bits = 8 * channels * bytesOf(dtype);
  if (fields.numBitsPerVoxel !== 0 && fields.numBitsPerVoxel !== bits) {
    notes.push(
      `The header says ${fields.numBitsPerVoxel} bits a voxel (bitpix), but its datatype has ${bits}; the datatype was taken.`,
    );
  }
  // nifti-reader-js overwrites the sform with the qform when the qform's code is higher, so the rows are read from the
  // bytes.
  const view = new DataView(bytes);
  const sform = Array.from({ length: 12 }, (_, n) =>
    version === 2
      ? view.getFloat64(400 + 8 * n, fields.littleEndian)
      : view.getFloat32(280 + 4 * n, fields.littleEndian),
  );
  const [qfac, x, y, z] = fields.pixDims;
  const isAnalyze = kind === "analyze";
  const form: NiftiForm = {
    pixdim: [isAnalyze ? 1 : qfac, x, y, z],
    // Analyze uses these bytes for other fields.
    qformCode: isAnalyze ? 0 : fields.qform_code,
    sformCode: isAnalyze ? 0 : fields.sform_code,
    quaternion: [fields.quatern_b, fields.quatern_c, fields.quatern_d],
    offset: [fields.qoffset_x, fields.qoffset_y, fields.qoffset_z],
    sform,
    units: isAnalyze ? 0 : fields.xyzt_units,
  };
  return {
    version,
    littleEndian: fields.littleEndian,
    size,
    frames,
    dtype,
    channels,
    dataOffset: dataOffset(fields.vox_offset, kind === "nifti" ? niftiHeaderBytes[version] : 0, file),
    scaling: scaling(fields.scl_slope, isAnalyze ? 0 : fields.scl_inter, file),
    placement: isAnalyze ? analyzePlacement(view, size, form, fields.littleEndian) : chooseAffine({ size, ...form }),
    form,
    notes,
  };
}

function dimensions(dims: readonly number[], file: string, notes: string[]): Pick<NiftiHeader, "size" | "frames"> {
  const rank = dims[0];
  if (!(rank >= 1 && rank <= 7)) throw invalid(file, "dim[0]", rank, "An image has 1 to 7 dimensions.");
  for (let n = 1; n <= rank; n++) {
    // After the second axis, a length of 0 is read as 1, as ITK does: some programs leave the length of unused axes at
    // 0.
    if (n >= 3 && dims[n] === 0)
      notes.push(`The header gives axis ${n} no length (dim[${n}] is 0); it was taken as 1.`);
    else if (!(dims[n] >= 1))
      throw invalid(file, `dim[${n}]`, dims[n], "An image has at least one voxel along each axis.");
  }
  const at = (n: number) => (n <= rank ? dims[n] || 1 : 1);
  const [nx, ny, nz, frames] = [at(1), at(2), at(3), at(4) * at(5) * at(6) * at(7)];
  if (nx * ny * nz > 2 ** 32 || !Number.isSafeInteger(nx * ny * nz * frames * 8)) {
    throw invalid(file, "dim", dims.slice(1, rank + 1), "That is more than 4 billion voxels in one volume.");
  }
  return { size: [nx, ny, nz], frames };
}

/** RGB24 and RGBA32 have three or four bytes per voxel. */
const colorChannels: Record<number, 3 | 4> = { 128: 3, 2304: 4 };

function voxelType(code: number, file: string): Pick<NiftiHeader, "dtype" | "channels"> {
  const dtype = dtypes[code];
  if (dtype) return { dtype, channels: 1 };
  const channels = colorChannels[code];
  if (channels) return { dtype: "uint8", channels };
  const refused = refusedTypes[code];
  if (refused) {
    throw new SamlabError("format-unsupported", `${file} holds ${refused[0]} (NIfTI datatype ${code}).`, {
      file,
      field: "datatype",
      value: code,
      remedy: refused[1],
    });
  }
  throw invalid(file, "datatype", code, "NIfTI has no such voxel type.");
}

/**
 * SPM stores the origin's voxel indices, from 1, in `originator`; nibabel reads them. Otherwise the center of the
 * volume.
 */
function analyzePlacement(
  view: DataView,
  size: readonly [number, number, number],
  form: NiftiForm,
  littleEndian: boolean,
): ChosenAffine {
  const placement = chooseAffine({ size, ...form });
  const origin = [253, 255, 257].map((at) => view.getInt16(at, littleEndian));
  const isSet = origin.some((n) => n !== 0) && origin.every((n, axis) => n > -size[axis] && n < 2 * size[axis]);
  if (!isSet) return placement;
  const affine = placement.affine.slice();
  origin.forEach((n, row) => {
    affine[4 * row + 3] = -(n - 1) * affine[4 * row + row];
  });
  return { ...placement, affine };
}

function dataOffset(value: number, headerBytes: number, file: string): number {
  // Some writers leave 0 in single files; the earliest possible offset is after the header and extension flag.
  const first = headerBytes === 0 ? 0 : headerBytes + 4;
  if (value === 0) return first;
  if (!Number.isInteger(value) || value < headerBytes) {
    throw invalid(file, "vox_offset", value, `Voxels start at byte ${first} or later.`);
  }
  return value;
}

function scaling(slope: number, intercept: number, file: string): NiftiHeader["scaling"] {
  if (slope === 0 || !Number.isFinite(slope) || (slope === 1 && intercept === 0)) return null;
  if (!Number.isFinite(intercept)) throw invalid(file, "scl_inter", intercept, "The intercept must be a number.");
  return { slope, intercept };
}

function invalid(file: string, field: string, value: unknown, why: string): SamlabError {
  return new SamlabError("format-invalid", `${file} has an invalid header: ${field} is ${show(value)}. ${why}`, {
    file,
    field,
    value,
    remedy: "Write the file again with the program that made it.",
  });
}
