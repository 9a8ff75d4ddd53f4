import { stat } from "node:fs/promises";
import { SamlabError } from "../../core/errors.js";
import { type Affine, affineShear, affineSpacing } from "../../core/geometry.js";
import { readDicomFile } from "../dicom/object.js";
import { dicomFilesIn, isDicomPicture, readDicomVolume, type SeriesOptions } from "../dicom/volume.js";
import { readError } from "../files/file-errors.js";
import { readHead } from "../files/read-file.js";
import { type FileKind, headBytes, isReadable, sniff, unsupportedFile } from "../files/sniff.js";
import { readItkVolume } from "../formats/itk-volume.js";
import { isPlainTiff } from "../formats/raster.js";
import { readNifti } from "../nifti/read.js";
import type { VoxelImage } from "./voxel-image.js";

/** The type of a path: a folder, or a file type detected by content. */
export type PathKind = FileKind | "folder";

/** @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated` */
export async function kindOfPath(path: string, name = path): Promise<PathKind> {
  const info = await stat(path).catch((error: unknown) => {
    throw readError(error, name);
  });
  if (info.isDirectory()) return "folder";
  const { kind } = await sniff(await readHead(path, headBytes, name));
  // The .img file of a pair has no magic bytes, so it is recognized by its name.
  return (kind === "unknown" || kind === "gzip-other") && /\.img(\.gz)?$/i.test(path) ? "nifti-pair" : kind;
}

/**
 * True for a 2D image: PNG, JPEG, single-page TIFF with 8 or 16 bits, single-frame DICOM without a position in the
 * patient (X-rays, photographs).
 * @throws {SamlabError} as {@link readVoxels}
 */
export async function isPicture(path: string, name = path, signal?: AbortSignal): Promise<boolean> {
  const kind = await kindOfPath(path, name);
  if (kind === "tiff") return isPlainTiff(path, name);
  if (kind === "dicom") return isDicomPicture(await readDicomFile(path, name, signal));
  if (kind !== "folder" && !isReadable(kind)) throw unsupportedFile(name, kind, await readHead(path, headBytes, name));
  return kind === "png" || kind === "jpeg";
}

/**
 * Reads the voxels of any supported volume format, detected by content.
 * @param path a file, a folder with a DICOM series, or the files of a series
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-unknown`, `format-unsupported`,
 * `format-invalid`, `geometry-mismatch`, `image-not-finite`, `argument-invalid` (frame, series), `canceled`,
 * `environment`
 */
export async function readVoxels(path: string | readonly string[], options: SeriesOptions = {}): Promise<VoxelImage> {
  const image = await readAnyFormat(path, options);
  const shear = shearNote(image.affine);
  return shear === null ? image : { ...image, notes: [...image.notes, shear] };
}

/** Degrees below which an angle is a matter of rounding, or too small for distances. */
const leastShear = 0.5;

/** A note on axes that are not at right angles, which distances take to be so. */
function shearNote(affine: Affine): string | null {
  const angle = affineShear(affine);
  if (angle < leastShear) return null;
  const steps = affineSpacing(affine).map((step) => Number(step.toPrecision(4)));
  return `The axes are ${angle.toFixed(1)}° off right angles, as with a gantry tilt. Volumes in mm³ account for it; distances between surfaces take the axes to be at right angles, with ${steps.join("×")} mm between voxels.`;
}

async function readAnyFormat(path: string | readonly string[], options: SeriesOptions): Promise<VoxelImage> {
  if (typeof path !== "string") {
    if (path.length > 0) {
      const kind = await kindOfPath(path[0]);
      if (kind === "dicom" || kind === "unknown") return readDicomVolume(path, options);
      throw new SamlabError("argument-invalid", `${path[0]} is no DICOM file; a list is the files of one series.`, {
        file: path[0],
        field: "path",
        value: path,
        remedy: "Give one path.",
      });
    }
    throw new SamlabError("argument-invalid", "No file was given.", {
      field: "path",
      value: path,
      remedy: "Give one path, or the paths of all files of a DICOM series.",
    });
  }
  const { name = path } = options;
  const kind = await kindOfPath(path, name);
  switch (kind) {
    case "folder":
      return readDicomVolume(await dicomFilesIn(path), { ...options, name });
    case "dicom":
      return readDicomVolume([path], options);
    case "nifti":
    case "nifti-pair":
    case "analyze":
    case "bzip2":
      return readNifti(path, options);
    case "nrrd":
    case "metaimage":
    case "mgh":
    case "tiff":
      return readItkVolume(path, kind, options);
    default:
      throw unsupportedFile(name, kind, await readHead(path, headBytes, name));
  }
}
