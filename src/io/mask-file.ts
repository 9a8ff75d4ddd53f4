import { SamlabError, show } from "../core/errors.js";
import type { Mask2d } from "../core/mask.js";
import { chooseLabels, distinctValues, type LabelChoice } from "./labels.js";
import { MaskVolume } from "./mask-volume.js";
import { type NiftiImage, readNifti } from "./nifti-read.js";
import type { NonFinite } from "./nifti-voxels.js";
import { saveNifti } from "./nifti-write.js";
import { type Raster, readRaster, savePng } from "./raster.js";
import { readHead } from "./read-file.js";
import { headBytes, sniff } from "./sniff.js";

export interface MaskReadOptions extends LabelChoice {
  /** Which volume of a 4D file, from 0. */
  readonly frame?: number | undefined;
  /** What to do with NaN and infinite voxels: refuse the file (default), or take them for 0. */
  readonly nonFinite?: NonFinite | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What to call the file in messages and as the mask's source. Default: the path. */
  readonly name?: string | undefined;
}

/**
 * A mask from a file: a {@link MaskVolume} from NIfTI, a {@link Mask2d} from PNG or JPEG.
 * With `label` or `threshold` it is binary. Without, a NIfTI file keeps its labels (whole numbers 0 to 255), and a picture must have two values,
 * of which the smaller must be 0: which of several greys is the object is not guessed.
 * @throws {SamlabError} as {@link readNifti} and `readRaster`; `format-invalid` (values that are no labels), `format-unsupported` (labels
 * above 255, a colour picture), `argument-invalid` (a choice is needed, or is wrong)
 */
export async function loadMask(path: string, options: MaskReadOptions = {}): Promise<MaskVolume | Mask2d> {
  const { name = path, signal } = options;
  const { kind } = await sniff(await readHead(path, headBytes, name));
  if (kind === "png" || kind === "jpeg") return pictureMask(await readRaster(path, { signal, name }), options, name);
  return volumeMask(await readNifti(path, options), options, name);
}

function volumeMask(image: NiftiImage, choice: LabelChoice, source: string): MaskVolume {
  const data = chooseLabels(image.data, choice) ?? wholeLabels(image, source);
  return new MaskVolume({ data, size: image.size, affine: image.affine, source });
}

function wholeLabels(image: NiftiImage, source: string): Uint8Array {
  if (image.data instanceof Uint8Array) return image.data;
  const labels = new Uint8Array(image.data.length);
  for (let n = 0; n < labels.length; n++) {
    const value = image.data[n];
    labels[n] = value;
    if (labels[n] === value) continue;
    if (Number.isInteger(value) && value > 255) {
      throw new SamlabError("format-unsupported", `${source} has the label ${value}; a mask holds 1 to 255.`, {
        file: source,
        field: "label",
        value,
        remedy: `Load one object: { label: ${value} }.`,
      });
    }
    throw new SamlabError("format-invalid", `${source} holds ${value}, which is no label.`, {
      file: source,
      field: "voxels",
      value,
      remedy: "For a probability map or a grey mask give a threshold, e.g. { threshold: 0.5 }.",
    });
  }
  return labels;
}

function pictureMask(raster: Raster, choice: LabelChoice, source: string): Mask2d {
  const { width, height } = raster;
  const { label = [], threshold } = choice;
  const grey = maskValues(raster, threshold === undefined ? [label].flat() : [threshold], source);
  const chosen = chooseLabels(grey, choice);
  if (chosen) return { width, height, data: chosen };
  const values = distinctValues(grey, 10);
  if (values.length > 2 || (values.length === 2 && values[0] !== 0)) {
    throw new SamlabError("argument-invalid", `${source} has the values ${show(values)}: which are the object?`, {
      file: source,
      field: "label",
      value: values,
      remedy: "Give { label } for a label image, or { threshold }, e.g. 128, for a grey or JPEG mask.",
    });
  }
  return { width, height, data: Uint8Array.from(grey as ArrayLike<number>, (value) => (value > 0 ? 1 : 0)) };
}

/**
 * The numbers of a mask's pixels. What a PNG of 1, 2 or 4 bits holds is 0 to 1, 3 or 15 as it is stored, and the same stretched to 0–255 as it is shown, and people name either:
 * it is as stored where all the numbers that are asked for can be stored.
 * @param asked labels, or a threshold
 * @throws {SamlabError} `format-unsupported` (a colour picture)
 */
export function maskValues(raster: Raster, asked: readonly number[], source: string): Uint8Array | Uint16Array {
  const grey = greyValues(raster, source);
  const { storedMax } = raster;
  const isStored = storedMax < 255 && asked.length > 0 && asked.every((number) => number <= storedMax);
  return isStored ? grey.map((value) => (value * storedMax) / 255) : grey;
}

/** One channel; three equal ones count as one. */
export function greyValues(raster: Raster, source: string): Uint8Array | Uint16Array {
  const { data, channels } = raster;
  if (channels === 1) return data;
  const grey = new (data instanceof Uint16Array ? Uint16Array : Uint8Array)(data.length / 3);
  for (let n = 0; n < grey.length; n++) {
    const value = data[3 * n];
    if (value !== data[3 * n + 1] || value !== data[3 * n + 2]) {
      throw new SamlabError("format-unsupported", `${source} is a colour picture; a mask is grey.`, {
        file: source,
        field: "channels",
        value: channels,
        remedy: "Save it as a grey PNG with one number for each object.",
      });
    }
    grey[n] = value;
  }
  return grey;
}

/**
 * Writes a mask: a {@link MaskVolume} as .nii or .nii.gz (uint8, with its affine as sform and qform), a {@link Mask2d} as a grey .png (0 and 255).
 * Whole or not at all.
 * @throws {SamlabError} `argument-invalid` (the name does not suit the mask), `disk-full`, `file-write-failed`, `cancelled`
 */
export async function saveMask(path: string, mask: MaskVolume | Mask2d, signal?: AbortSignal): Promise<void> {
  if ("size" in mask) {
    await saveNifti(path, mask, signal);
    return;
  }
  if (!/\.png$/i.test(path)) {
    throw new SamlabError("argument-invalid", `${path} is no name for a 2D mask.`, {
      field: "path",
      value: path,
      remedy: "End it in .png.",
    });
  }
  const { width, height } = mask;
  await savePng(
    path,
    width,
    height,
    Uint8Array.from(mask.data, (value) => (value === 0 ? 0 : 255)),
    signal,
  );
}
