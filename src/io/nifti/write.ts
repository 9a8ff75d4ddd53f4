import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { bytesOf, bytesView, dtypeOf, type NumericArray } from "../../core/dtype.js";
import { SamlabError } from "../../core/errors.js";
import { type Affine, affineSpacing } from "../../core/geometry.js";
import { writeFileAtomic } from "../files/write-file.js";
import type { NiftiForm } from "./form.js";
import { encodeLabelTable, type LabelTable } from "./label-table.js";
import { quaternionOf } from "./quaternion.js";

/** The content of a NIfTI file: voxels, i fastest, and geometry. {@link Volume} and {@link MaskVolume} satisfy it. */
export interface NiftiContent {
  readonly data: NumericArray;
  readonly size: readonly [nx: number, ny: number, nz: number];
  /** Voxel indices to RAS millimeters. */
  readonly affine: Affine;
  /** Geometry fields of the source file, written unchanged so that every program aligns both files. */
  readonly form?: NiftiForm | null;
  /** Names and colors of labels, stored in a header extension. Default none. */
  readonly labelTable?: LabelTable | null;
}

const headerBytes = 352;
/** The byte that says whether extensions follow. */
const extensionFlag = 348;
const hostIsLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const datatypeCodes = {
  uint8: 2,
  int16: 4,
  int32: 8,
  float32: 16,
  float64: 64,
  int8: 256,
  uint16: 512,
  uint32: 768,
  uint64: 1280,
  int64: 1024,
} as const;

/**
 * A NIfTI-1 single file (.nii): the data in its type and the machine's byte order, unscaled. The geometry is written
 * from `form`; without it, sform and qform both hold the affine, in mm, and the qform is omitted (code 0) if the affine
 * has shear, which a quaternion cannot represent.
 * @throws {SamlabError} `format-unsupported` when an axis is longer than NIfTI-1's 32767, `geometry-mismatch`
 */
export function encodeNifti(content: NiftiContent): Uint8Array {
  const { data, size } = content;
  if (data.length !== size[0] * size[1] * size[2]) {
    throw new SamlabError("geometry-mismatch", `${data.length} values for ${size.join("×")} voxels.`, {
      field: "size",
      value: size,
      remedy: "Give x × y × z values, x fastest.",
    });
  }
  const axis = size.findIndex((length) => length > 32767);
  if (axis >= 0) {
    throw new SamlabError("format-unsupported", `A NIfTI-1 axis has at most 32767 voxels, not ${size[axis]}.`, {
      field: `size[${axis}]`,
      value: size[axis],
      remedy: "Crop the volume first.",
    });
  }
  const extension = content.labelTable ? encodeLabelTable(content.labelTable, hostIsLittle) : new Uint8Array();
  const offset = headerBytes + extension.length;
  const bytes = new Uint8Array(offset + data.byteLength);
  writeHeader(new DataView(bytes.buffer), content, offset);
  if (extension.length > 0) bytes[extensionFlag] = 1;
  bytes.set(extension, headerBytes);
  bytes.set(bytesView(data), offset);
  return bytes;
}

/** Field offsets as in the standard's nifti1.h. */
function writeHeader(view: DataView, { data, size, affine, form }: NiftiContent, offset: number): void {
  const { pixdim, qformCode, sformCode, quaternion, offset: origin, sform, units } = form ?? formOf(affine);
  const dtype = dtypeOf(data);
  const int16 = (at: number, ...values: number[]) => {
    values.forEach((value, n) => {
      view.setInt16(at + 2 * n, value, hostIsLittle);
    });
  };
  const float32 = (at: number, ...values: number[]) => {
    values.forEach((value, n) => {
      view.setFloat32(at + 4 * n, value, hostIsLittle);
    });
  };
  view.setInt32(0, 348, hostIsLittle);
  int16(40, 3, ...size, 1, 1, 1, 1);
  int16(70, datatypeCodes[dtype], 8 * bytesOf(dtype));
  float32(76, ...pixdim, 1, 1, 1, 1);
  float32(108, offset, 1, 0);
  view.setUint8(123, units);
  int16(252, qformCode, sformCode);
  float32(256, ...quaternion, ...origin, ...sform);
  new Uint8Array(view.buffer, 344, 4).set([0x6e, 0x2b, 0x31, 0]);
}

/** Both forms with code 1 (scanner), in mm. */
function formOf(affine: Affine): NiftiForm {
  const turn = quaternionOf(affine);
  const [x, y, z] = affineSpacing(affine);
  return {
    pixdim: [turn?.qfac ?? 1, x, y, z],
    qformCode: turn ? 1 : 0,
    sformCode: 1,
    quaternion: turn?.quaternion ?? [0, 0, 0],
    offset: turn ? [affine[3], affine[7], affine[11]] : [0, 0, 0],
    sform: affine.slice(0, 12),
    units: 2,
  };
}

/**
 * The bytes of a .nii, or of a .nii.gz when the name ends in `.gz`.
 * @throws {SamlabError} as {@link encodeNifti}; `argument-invalid` (another extension)
 */
async function niftiFile(path: string, content: NiftiContent): Promise<Uint8Array> {
  if (!/\.nii(\.gz)?$/i.test(path)) {
    throw new SamlabError("argument-invalid", `${path} is not a name for a volume.`, {
      field: "path",
      value: path,
      remedy: "Use the ending .nii.gz or .nii.",
    });
  }
  const bytes = encodeNifti(content);
  return /\.gz$/i.test(path) ? await promisify(gzip)(bytes) : bytes;
}

/**
 * Writes a .nii, or a .nii.gz when the name ends in `.gz`; the write is atomic.
 * @throws {SamlabError} as {@link niftiFile}; `disk-full`, `file-write-failed`, `canceled`
 */
export async function saveNifti(path: string, content: NiftiContent, signal?: AbortSignal): Promise<void> {
  await writeFileAtomic(path, await niftiFile(path, content), signal);
}
