import { SamlabError } from "../../core/errors.js";
import { longWork } from "../../core/long-work.js";
import { forEachInSlice, planes } from "../../core/plane.js";
import type { SeriesOptions } from "../dicom/volume.js";
import { noteLoaded } from "../files/loaded-images.js";
import { isPlainTiff, type OrientationRule, readRaster } from "../formats/raster.js";
import type { Image2d } from "./image.js";
import { grayNote } from "./luminance.js";
import type { NonFinite } from "./non-finite.js";
import { kindOfPath, readVoxels } from "./read-voxels.js";
import { Volume } from "./volume.js";
import type { VoxelImage } from "./voxel-image.js";
import { resolveWindow, type WindowSpec } from "./window.js";

/** Options of all readers. */
export interface LoadOptions {
  /** The intensity window. Default `"auto"`: the window in the DICOM file, else `autoWindow`. */
  readonly window?: WindowSpec | undefined;
  /** Cancels the reading. */
  readonly signal?: AbortSignal | undefined;
  /** The file's name in messages and in the image's `source`. Default: the path. */
  readonly name?: string | undefined;
}

/** Options of {@link loadVolume}. */
export interface VolumeOptions extends LoadOptions {
  /** Which volume of a 4D file, from 0. */
  readonly frame?: number | undefined;
  /**
   * What to do with NaN and infinite voxels: reject the file (default), or set them to 0 and add a note to the volume's
   * `notes`.
   */
  readonly nonFinite?: NonFinite | undefined;
  /** Which series of a DICOM folder of several: its UID, number or description. */
  readonly series?: string | undefined;
  /** Called with the number of files of a DICOM series that are read so far, then with that of decoded slices. */
  readonly onProgress?: SeriesOptions["onProgress"];
}

/** Options of {@link loadImage}. */
export interface ImageOptions extends VolumeOptions {
  /** Whether a picture is turned as its EXIF orientation says (default), or taken as its pixels are stored. */
  readonly orientation?: OrientationRule | undefined;
}

/**
 * Loads a volume; the format is detected by content: NIfTI (.nii, .nii.gz, .hdr/.img), DICOM (a folder, a file, or a
 * list of files), NRRD, MetaImage, MGH/MGZ, or a TIFF of several pages. Colors are converted to gray, with a note in
 * `notes`.
 *
 * @example
 * const ct = await loadVolume("ct.nii.gz", { window: "lung" });
 * const mr = await loadVolume("series-7/");        // a folder of DICOM files
 * const slice = ct.slice(40);
 *
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-unknown`, `format-unsupported`,
 * `format-invalid`, `geometry-mismatch` (slices of a series that are not evenly spaced), `image-not-finite`,
 * `argument-invalid` (window, frame, series), `canceled`
 */
export async function loadVolume(path: string | readonly string[], options: VolumeOptions = {}): Promise<Volume> {
  const { window = "auto", name = typeof path === "string" ? path : path[0] } = options;
  const voxels = await longWork("reading the volume", options, ({ onProgress: show, ...work }) => {
    const onProgress =
      options.onProgress ??
      (show &&
        ((done, of, step) => show(`${step} ${done} of ${of}`, (step === "reading" ? 0 : 0.5) + (0.5 * done) / of)));
    return readVoxels(path, { ...options, ...work, name, onProgress });
  });
  await noteLoaded(typeof path === "string" ? [path, ...(voxels.series ?? [])] : path);
  return asVolume(voxels, window, name);
}

function asVolume(voxels: VoxelImage, window: WindowSpec, source: string): Volume {
  const { data, size, affine, form, units, series, hasSpacing = true } = voxels;
  const spec = window === "auto" ? (voxels.window ?? window) : window;
  const unknown = "It is not known how large the voxels are: distances are in voxels.";
  const notes = hasSpacing ? voxels.notes : [...voxels.notes, unknown];
  const resolved = resolveWindow(spec, data);
  return new Volume({ data, size, affine, notes, form, units, series, hasSpacing, window: resolved, source });
}

/**
 * Loads a 2D image from a PNG, JPEG or TIFF file or a DICOM file of one frame, or the only slice of a 2D volume; the
 * format is detected by content. 8-bit images have no window unless one is given; others get `"auto"`.
 * @throws {SamlabError} as {@link loadVolume}
 */
export async function loadImage(path: string, options: ImageOptions = {}): Promise<Image2d> {
  const { window, name = path, signal, orientation } = options;
  const kind = await kindOfPath(path, name);
  const isRaster = kind === "png" || kind === "jpeg" || (kind === "tiff" && (await isPlainTiff(path, name)));
  if (!isRaster) {
    const voxels = await readVoxels(path, { ...options, name });
    await noteLoaded([path]);
    return onlySlice(voxels, window, name);
  }
  const { width, height, channels, data, turned, notes } = await readRaster(path, { signal, name, orientation });
  await noteLoaded([path]);
  const spec = window ?? (data instanceof Uint16Array ? "auto" : undefined);
  return {
    width,
    height,
    channels,
    data,
    spacing: null,
    window: spec === undefined ? null : resolveWindow(spec, data),
    source: turned === null ? name : `${name} (turned by its EXIF orientation ${turned})`,
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function onlySlice(voxels: VoxelImage, window: WindowSpec | undefined, source: string): Image2d {
  const volume = asVolume(voxels, window ?? "auto", source);
  const plane = planes.find((candidate) => volume.view(candidate).count === 1);
  if (!plane) {
    throw new SamlabError("argument-invalid", `${source} is a volume of ${volume.size.join("×")} voxels.`, {
      file: source,
      field: "size",
      value: volume.size,
      remedy: "Load it with loadVolume and take a slice: volume.slice(index).",
    });
  }
  const slice: Image2d = volume.slice(0, plane);
  const { notes } = voxels;
  const placed = { ...slice, notes };
  const { colors } = voxels;
  if (!colors) return placed;
  const data = new Uint8Array(3 * slice.width * slice.height);
  forEachInSlice(volume.view(plane), 0, (pixel, voxel) => {
    for (let channel = 0; channel < 3; channel++) data[3 * pixel + channel] = colors[3 * voxel + channel];
  });
  const { width, height, spacing } = placed;
  const shown = window ? resolveWindow(window, data) : null;
  // 2D images keep their colors.
  const kept = notes.filter((note) => note !== grayNote);
  return { width, height, channels: 3, data, spacing, window: shown, source, notes: kept };
}
