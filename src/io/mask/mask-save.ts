import { SamlabError } from "../../core/errors.js";
import type { Mask2d } from "../../core/mask.js";
import { saveDicomSegmentation } from "../dicom/write-segmentation.js";
import { checkHoldsNoImage, noteWritten } from "../files/loaded-images.js";
import { saveNrrd } from "../formats/nrrd-write.js";
import { savePng } from "../formats/raster.js";
import { saveNifti } from "../nifti/write.js";
import { checkColor } from "./label-color.js";
import { LabelImage } from "./label-image.js";
import type { MaskVolume } from "./mask-volume.js";

/** Options of {@link saveMask}. */
export interface SaveMaskOptions {
  /** Label names. Default: the mask's names, else `object 1` and so on. */
  readonly names?: Readonly<Record<number, string>> | undefined;
  /** Label colors, `#rrggbb`. Default: the mask's colors. */
  readonly colors?: Readonly<Record<number, string>> | undefined;
  /**
   * DICOM SEG: the series that the mask belongs to, a folder or files. Default: the one that the mask's volume was
   * loaded from.
   */
  readonly series?: string | readonly string[] | undefined;
  /** DICOM SEG, for an enhanced image of several volumes: the one that the mask belongs to, from 0. */
  readonly frame?: number | undefined;
  /** Cancels the writing; no partial file remains. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a mask atomically, in the format given by the file extension. A {@link MaskVolume}: .nii or .nii.gz (with the
 * geometry fields of its image's header), .nrrd, .seg.nrrd (3D Slicer), .dcm (DICOM SEG, which references its series
 * and numbers its segments consecutively from 1). A {@link Mask2d}: a gray .png (0 and 255). A {@link LabelImage}: a
 * gray .png of its labels.
 *
 * Names and colors of labels are written to .nii and .nii.gz (a label table in a header extension, as Connectome
 * Workbench and TotalSegmentator write it), .seg.nrrd, and .dcm. {@link loadMask} reads them back.
 *
 * @example
 * const ct = await loadVolume("series-7/");
 * const mask = emptyMask(ct);
 * // …
 * await saveMask("liver.dcm", mask, { names: { 1: "liver" } });
 *
 * @throws {SamlabError} `argument-invalid` (wrong extension for the mask; a file that an image was loaded from in this
 * process; a SEG without a series; a color that is not `#rrggbb`; a label above 255 in a .png), `geometry-mismatch`
 * (not on the series' grid), `image-empty` (a SEG without an object), `disk-full`, `file-write-failed`, `canceled`
 */
export async function saveMask(
  path: string,
  mask: MaskVolume | Mask2d | LabelImage,
  options: SaveMaskOptions = {},
): Promise<void> {
  checkMaskPath(path, "size" in mask ? "volume" : "picture");
  await checkHoldsNoImage(path);
  await write(path, mask, options);
  await noteWritten(path);
}

async function write(path: string, mask: MaskVolume | Mask2d | LabelImage, options: SaveMaskOptions): Promise<void> {
  const { signal } = options;
  if ("size" in mask) {
    const names = withGiven(mask.names, options.names);
    const colors = withGiven(mask.colors, options.colors);
    for (const color of colors.values()) checkColor(color);
    const table = { names, colors };
    if (/\.nii(\.gz)?$/i.test(path)) {
      const { data, size, affine, form } = mask;
      const labelTable = names.size > 0 || colors.size > 0 ? table : null;
      return saveNifti(path, { data, size, affine, form, labelTable }, signal);
    }
    if (/\.nrrd$/i.test(path)) return saveNrrd(path, mask, table, signal);
    return saveDicomSegmentation(path, mask, { ...options, ...table });
  }
  const { width, height } = mask;
  const data = mask instanceof LabelImage ? labelBytes(path, mask) : mask.data.map((value) => (value === 0 ? 0 : 255));
  await savePng(path, width, height, data, signal);
}

function labelBytes(path: string, { data, labels }: LabelImage): Uint8Array {
  const last = labels.at(-1) ?? 0;
  if (last <= 255) return Uint8Array.from(data);
  throw new SamlabError("argument-invalid", `A gray .png has no room for the label ${last}.`, {
    file: path,
    field: "data",
    value: last,
    remedy: "Save the objects one by one: saveMask(path, image.only(label)).",
  });
}

function withGiven(
  own: ReadonlyMap<number, string>,
  given: Readonly<Record<number, string>> | undefined,
): ReadonlyMap<number, string> {
  return new Map([...own, ...Object.entries(given ?? {}).map(([label, text]) => [Number(label), text] as const)]);
}

/**
 * Rejects a file extension that does not support masks of a volume or of a 2D image. Call it before long work.
 * @throws {SamlabError} `argument-invalid`
 */
export function checkMaskPath(path: string, of: "volume" | "picture"): void {
  if (of === "volume" && !/\.(nii|nii\.gz|nrrd|dcm)$/i.test(path)) {
    throw wrongName(path, "a mask volume", ".nii.gz, .nii, .nrrd, .seg.nrrd or .dcm (DICOM SEG)");
  }
  if (of === "picture" && !/\.png$/i.test(path)) throw wrongName(path, "a 2D mask", ".png");
}

function wrongName(path: string, what: string, endings: string): SamlabError {
  return new SamlabError("argument-invalid", `${path} is not a name for ${what}.`, {
    field: "path",
    value: path,
    remedy: `Use the ending ${endings}.`,
  });
}
