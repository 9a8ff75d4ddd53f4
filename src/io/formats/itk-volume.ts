import type { NumericArray, TypedArray } from "../../core/dtype.js";
import { SamlabError, throwIfCanceled } from "../../core/errors.js";
import type { Affine } from "../../core/geometry.js";
import { isUsableAffine } from "../../core/geometry.js";
import { fileSize } from "../files/read-file.js";
import { chooseFrame } from "../image/frame.js";
import { grayNote, luminance } from "../image/luminance.js";
import { settleNonFinite } from "../image/non-finite.js";
import type { VoxelImage, VoxelReadOptions } from "../image/voxel-image.js";
import { checkItkSize, checkMgh } from "./itk-checks.js";
import { type ItkImage, type ItkReader, readWithItk } from "./itk-worker.js";
import { metaImageBytes } from "./metaimage-bytes.js";
import { type NrrdSpace, nrrdSpace } from "./nrrd-space.js";
import { checkStoredVoxels } from "./stored-voxels.js";
import { checkTiffPages, tiffNumbers } from "./tiff-numbers.js";
import { pageAffine, pageNotes, stripsRemedy, withStoredNumbers } from "./tiff-pages.js";

/** File types that ITK reads. */
export type ItkKind = "nrrd" | "metaimage" | "mgh" | "tiff";

const readers: Record<ItkKind, ItkReader> = { nrrd: "nrrd", metaimage: "meta", mgh: "mgh", tiff: "tiff" };

/**
 * Reads an NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd), FreeSurfer (.mgh, .mgz) or TIFF file with ITK, with the same
 * voxels and geometry as SimpleITK.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-invalid`, `format-unsupported`,
 * `image-not-finite`, `argument-invalid` (frame), `canceled`, `environment`
 */
export async function readItkVolume(path: string, kind: ItkKind, options: VoxelReadOptions): Promise<VoxelImage> {
  const { signal, name = path, nonFinite = "reject" } = options;
  const length = await fileSize(path, name);
  const checked = kind === "nrrd" || kind === "metaimage" ? await checkStoredVoxels(path, kind, name, signal) : null;
  const space = checked && kind === "nrrd" ? nrrdSpace(checked.fields, name) : null;
  const unplaced = kind === "mgh" ? await checkMgh(path, name, signal) : null;
  const stored = kind === "tiff" ? await tiffNumbers(path, name) : null;
  if (stored) await checkTiffPages(path, name);
  const bytes = kind === "metaimage" && checked ? await metaImageBytes(path, checked, name, signal) : null;
  const read = await readWithItk(readers[kind], bytes ?? path, {
    megabytes: (checked?.bytes ?? length) / 1e6,
    signal,
    name,
  });
  if ("error" in read) {
    if (stored) checkItkSize(name, length);
    throw unreadable(name, kind, read.error);
  }
  const image = stored ? await withStoredNumbers(read, stored, path, name) : read;
  throwIfCanceled(signal, `Reading ${name}`);
  const affine = stored ? pageAffine : (unplaced ?? affineOf(image, space, name));
  const size = sizeOf(image);
  const voxels = size[0] * size[1] * size[2];
  const isColor = /RGB/.test(image.imageType.pixelType);
  const { components } = image.imageType;
  const frames = image.size.slice(3).reduce((product, length) => product * length, 1) * (isColor ? 1 : components);
  if (voxels < 1 || image.data.length !== voxels * frames * (isColor ? components : 1)) {
    throw damaged(name, `it has ${image.data.length} values for ${image.size.join("×")} voxels`);
  }
  const frame = chooseFrame(frames, options.frame, name, "sizes");
  const numbers = asNumbers(image.data, name);
  const notes: string[] = [];
  if (stored) notes.push(...pageNotes(stored, image));
  if (space) notes.push(...space.notes);
  if (unplaced)
    notes.push(
      "The header does not say how the volume lies (goodRASFlag is 0); its slices were taken as coronal, as FreeSurfer does.",
    );
  if (checked?.note) notes.push(checked.note);
  if (frames > 1) notes.push(`Volume ${frame} of ${frames}, counted from 0.`);
  const colors = isColor ? rgbOf(numbers, components, name) : null;
  if (colors) notes.push(grayNote);
  const data = colors ? luminance(colors) : oneFrame(numbers, voxels, frame, components);
  const replaced = settleNonFinite(data, size, nonFinite, name);
  if (replaced) notes.push(replaced);
  const hasSpacing = !stored && !unplaced && (!checked || lengthFields.some((field) => checked.fields.has(field)));
  return { data, colors, size, affine, form: null, window: null, units: null, notes, hasSpacing };
}

/** Fields of NRRD and of MetaImage that say how large the voxels are; ITK takes 1 mm where there is none. */
const lengthFields = ["space directions", "spacings", "elementspacing", "elementsize"];

function sizeOf({ size }: ItkImage): [number, number, number] {
  return [size[0] ?? 1, size[1] ?? 1, size[2] ?? 1];
}

/** ITK's LPS to RAS: negates the first two rows, unless they are to be flipped. */
function affineOf(
  { spacing, origin, direction, imageType: { dimension } }: ItkImage,
  space: NrrdSpace | null,
  name: string,
): Affine {
  const { flips, unit } = space ?? { flips: [1, 1], unit: 1 };
  const at = (row: number, column: number) => {
    if (row >= dimension || column >= dimension) return row === column ? 1 : 0;
    return direction[row * dimension + column] * spacing[column];
  };
  const affine = [0, 1, 2].flatMap((row) => {
    const sign = -(flips[row] ?? -1) * unit;
    return [sign * at(row, 0), sign * at(row, 1), sign * at(row, 2), sign * (origin[row] ?? 0)];
  });
  const whole = [...affine, 0, 0, 0, 1].map((value) => (value === 0 ? 0 : value));
  if (isUsableAffine(whole)) return whole;
  throw new SamlabError("format-invalid", `${name} has an invalid orientation: its axes do not span space.`, {
    file: name,
    field: "space directions",
    value: whole,
    remedy: "Write the file again with the program that made it.",
  });
}

/** Converts 64-bit integers to floats where that is exact. */
function asNumbers(data: TypedArray, name: string): NumericArray {
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data;
  return Float64Array.from(data, (integer, n) => {
    const value = Number(integer);
    if (Number.isSafeInteger(value)) return value;
    throw new SamlabError("format-unsupported", `${name} holds the 64-bit integer ${integer} at voxel number ${n}.`, {
      file: name,
      field: "type",
      value: integer,
      remedy: "Integers beyond ±2^53 are not exact here; save the volume as float64 or int32.",
    });
  });
}

function oneFrame(data: NumericArray, voxels: number, frame: number, components: number): NumericArray {
  if (data.length === voxels) return data;
  // Components are interleaved; volumes of further axes follow one another.
  const [volume, component] = [Math.floor(frame / components), frame % components];
  const first = volume * voxels * components;
  if (components === 1) return data.slice(first, first + voxels);
  const out = new (data.constructor as new (length: number) => NumericArray)(voxels);
  for (let n = 0; n < voxels; n++) out[n] = data[first + n * components + component];
  return out;
}

function rgbOf(data: NumericArray, components: number, name: string): Uint8Array {
  if (!(data instanceof Uint8Array) || components < 3) {
    throw new SamlabError("format-unsupported", `${name} has colors of more than 8 bits.`, {
      file: name,
      field: "components",
      value: components,
      remedy: "Save it with 8 bits a color, or one channel alone.",
    });
  }
  if (components === 3) return data;
  const rgb = new Uint8Array((data.length / components) * 3);
  for (let n = 0, at = 0; n < rgb.length; n += 3, at += components) rgb.set(data.subarray(at, at + 3), n);
  return rgb;
}

/** ITK's exceptions come as the numbers of their addresses. */
function unreadable(name: string, kind: ItkKind, reason: string): SamlabError {
  if (!/^\d*$/.test(reason.trim())) return damaged(name, reason);
  return new SamlabError("format-invalid", `${name} cannot be read: ITK, which reads it, gives no reason.`, {
    file: name,
    remedy:
      kind === "tiff"
        ? stripsRemedy
        : "Compare its header with the format, or write it again with the program that made it.",
    cause: new Error(reason),
  });
}

function damaged(name: string, reason: string): SamlabError {
  return new SamlabError("format-invalid", `${name} cannot be read: ${plain(reason)}.`, {
    file: name,
    value: reason,
    remedy: "Copy or download it again, or write it again with the program that made it.",
  });
}

/** ITK's message without its leading source location. */
function plain(reason: string): string {
  const [, said] = /Description:\s*([^\n]+)/.exec(reason) ?? [];
  return (said ?? reason)
    .replace(/^ITK ERROR:\s*/, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/\.$/, "")
    .slice(0, 300);
}
