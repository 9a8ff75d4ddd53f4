import type { NumericArray } from "../../core/dtype.js";
import { SamlabError, show } from "../../core/errors.js";
import type { Affine } from "../../core/geometry.js";
import type { WindowSpec } from "../../io/image/window.js";
import { distinctValues } from "../../io/mask/labels.js";
import { saveConvertedPicture, saveConvertedVolume } from "./files.js";
import type { NpyArray } from "./npy.js";

interface NpzArrays {
  readonly imgs: NpyArray;
  readonly gts: NpyArray;
  readonly spacing: NpyArray | undefined;
}

interface Converted {
  readonly image: string;
  readonly truth: string;
  /** Numbers that occur in the truth, without 0. */
  readonly labels: readonly number[];
  readonly window: WindowSpec | undefined;
}

/**
 * Writes the image and the truth of one .npz file to `<base>_image` and `<base>_truth`: .png for 8- and 16-bit
 * pictures, else .nii.gz. The arrays come from SimpleITK, so x grows to the left, y to the back and z upwards: rows
 * stay rows on the screen.
 * @throws {SamlabError} `geometry-mismatch`, `format-unsupported` (axes, labels), `format-invalid` (spacing), and as
 * the writers
 */
export async function convertCase(
  arrays: NpzArrays,
  base: string,
  file: string,
  signal?: AbortSignal,
): Promise<Converted> {
  const { imgs, gts } = arrays;
  const isColor = gts.shape.length === 2 && imgs.shape.length === 3 && imgs.shape[2] === 3;
  const grid = isColor ? imgs.shape.slice(0, 2) : imgs.shape;
  if (grid.length !== gts.shape.length || grid.some((length, axis) => length !== gts.shape[axis])) {
    throw new SamlabError(
      "geometry-mismatch",
      `${file}: imgs has ${imgs.shape.join("×")} values, gts ${gts.shape.join("×")}.`,
      { file, field: "gts", value: gts.shape, remedy: "Leave the file out, or write imgs and gts of the same shape." },
    );
  }
  if ((grid.length !== 2 && grid.length !== 3) || imgs.data.length === 0) {
    throw new SamlabError("format-unsupported", `${file}: imgs has the axes ${imgs.shape.join("×")}.`, {
      file,
      field: "imgs",
      value: imgs.shape,
      remedy: "Volumes are (D, H, W), pictures (H, W) or (H, W, 3).",
    });
  }
  const labels = checkLabels(gts.data, file);
  const [depth, height, width] = grid.length === 3 ? grid : [1, ...grid];
  if (grid.length === 2 && (imgs.data instanceof Uint8Array || imgs.data instanceof Uint16Array)) {
    const [image, truth] = [`${base}_image.png`, `${base}_truth.png`];
    await saveConvertedPicture(image, width, height, imgs.data, signal);
    await saveConvertedPicture(truth, width, height, asLabels(gts.data, labels), signal);
    return { image, truth, labels, window: undefined };
  }
  if (isColor) {
    throw new SamlabError("format-unsupported", `${file}: a color picture has 8 or 16 bits a channel.`, {
      file,
      field: "imgs",
      value: imgs.data.constructor.name,
      remedy: "Save it in Python as uint8, from 0 to 255.",
    });
  }
  const affine = affineOf(arrays.spacing, file);
  const size = [width, height, depth] as const;
  const [image, truth] = [`${base}_image.nii.gz`, `${base}_truth.nii.gz`];
  await saveConvertedVolume(image, { data: imgs.data, size, affine }, signal);
  await saveConvertedVolume(truth, { data: asLabels(gts.data, labels), size, affine }, signal);
  // 8 bits have been windowed already; another window would stretch them again.
  return { image, truth, labels, window: imgs.data instanceof Uint8Array ? { low: 0, high: 255 } : undefined };
}

function checkLabels(data: NumericArray, file: string): number[] {
  const values = distinctValues(data);
  const wrong = values.find((value) => !Number.isInteger(value) || value < 0 || value > 65535);
  if (wrong === undefined) return values.filter((value) => value > 0);
  throw new SamlabError("format-unsupported", `${file}: gts holds ${wrong}, which is not a label from 0 to 65535.`, {
    file,
    field: "gts",
    value: wrong,
    remedy: "Number the objects from 1 in whole numbers.",
  });
}

const asLabels = (data: NumericArray, labels: readonly number[]): Uint8Array | Uint16Array =>
  (labels.at(-1) ?? 0) > 255 ? Uint16Array.from(data) : Uint8Array.from(data);

/** LPS axes with the spacing (x, y, z), or (x, y) of a picture; 1 mm where the file gives none. */
function affineOf(spacing: NpyArray | undefined, file: string): Affine {
  const [x, y, z = 1] = spacing?.data ?? [1, 1, 1];
  if (![x, y, z].every((length) => Number.isFinite(length) && length > 0) || (spacing?.data.length ?? 3) > 3) {
    throw new SamlabError("format-invalid", `${file}: the spacing is ${show(spacing?.data)}.`, {
      file,
      field: "spacing",
      value: spacing?.data,
      remedy: "It must be three lengths in mm: x, y, z.",
    });
  }
  return [-x, 0, 0, 0, 0, -y, 0, 0, 0, 0, z, 0, 0, 0, 0, 1];
}
