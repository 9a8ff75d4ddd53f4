import { SamlabError } from "../core/errors.js";
import { planes } from "../core/plane.js";
import type { Image2d } from "./image.js";
import { readNifti } from "./nifti-read.js";
import type { NonFinite } from "./nifti-voxels.js";
import { readRaster } from "./raster.js";
import { readHead } from "./read-file.js";
import { headBytes, sniff, unsupportedFile } from "./sniff.js";
import { Volume } from "./volume.js";
import { resolveWindow, type WindowSpec } from "./window.js";

export interface LoadOptions {
  /** How values become black to white. Default `"auto"`: see `autoWindow`. */
  readonly window?: WindowSpec | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What to call the file in messages and as the image's source. Default: the path. */
  readonly name?: string | undefined;
}

export interface VolumeOptions extends LoadOptions {
  /** Which volume of a 4D file, from 0. */
  readonly frame?: number | undefined;
  /** What to do with NaN and infinite voxels: refuse the file (default), or set them to 0 and say so in the volume's `notes`. */
  readonly nonFinite?: NonFinite | undefined;
}

/**
 * A volume from a .nii or .nii.gz file, told by its bytes.
 *
 * @example
 * const ct = await loadVolume("ct.nii.gz", { window: "lung" });
 * const slice = ct.slice(40);
 *
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-unknown`, `format-unsupported`, `format-invalid`,
 * `image-not-finite`, `argument-invalid` (window, frame), `cancelled`
 */
export async function loadVolume(path: string, options: VolumeOptions = {}): Promise<Volume> {
  const { window = "auto", name = path } = options;
  const { data, size, affine, notes } = await readNifti(path, options);
  return new Volume({ data, size, affine, notes, window: resolveWindow(window, data), source: name });
}

/**
 * A picture from a PNG or JPEG file, or the one slice of a 2D NIfTI file; told by its bytes.
 * 8-bit pictures carry no window unless one is asked for; 16-bit ones get `"auto"`.
 * @throws {SamlabError} as {@link loadVolume}
 */
export async function loadImage(path: string, options: VolumeOptions = {}): Promise<Image2d> {
  const { window, name = path, signal } = options;
  const head = await readHead(path, headBytes, name);
  const { kind } = await sniff(head);
  if (kind === "nifti") return onlySlice(await loadVolume(path, options));
  if (kind !== "png" && kind !== "jpeg") throw unsupportedFile(name, kind, head);
  const { width, height, channels, data, turned } = await readRaster(path, { signal, name });
  const spec = window ?? (data instanceof Uint16Array ? "auto" : undefined);
  return {
    width,
    height,
    channels,
    data,
    spacing: null,
    window: spec === undefined ? null : resolveWindow(spec, data),
    source: turned === null ? name : `${name} (turned by its EXIF orientation ${turned})`,
  };
}

function onlySlice(volume: Volume): Image2d {
  const plane = planes.find((candidate) => volume.view(candidate).count === 1);
  if (plane) return volume.slice(0, plane);
  throw new SamlabError("argument-invalid", `${volume.source} is a volume of ${volume.size.join("×")} voxels.`, {
    file: volume.source,
    field: "size",
    value: volume.size,
    remedy: "Load it with loadVolume and take a slice: volume.slice(index).",
  });
}
