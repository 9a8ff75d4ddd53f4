import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { appendTo } from "../../core/append-to.js";
import type { NumericArray } from "../../core/dtype.js";
import { SamlabError, throwIfCanceled } from "../../core/errors.js";
import { type Affine, scalingAffine } from "../../core/geometry.js";
import { readError } from "../files/file-errors.js";
import { readHead } from "../files/read-file.js";
import { headBytes, kindOf } from "../files/sniff.js";
import { chooseFrame } from "../image/frame.js";
import { grayNote, luminance } from "../image/luminance.js";
import { settleNonFinite } from "../image/non-finite.js";
import type { VoxelImage, VoxelReadOptions } from "../image/voxel-image.js";
import { frameGrid } from "./frames.js";
import { checkFramesAreSlices, imagesAmong } from "./images.js";
import { isMonochrome1, isTurned, mirrorOf } from "./monochrome1.js";
import { type DicomFile, readDicomFile, tags } from "./object.js";
import { decodePixels } from "./pixels.js";
import { heightOf, pixelSpacing, placeOf, type Slice, stackAffine } from "./place.js";
import { tellApart } from "./tell-apart.js";
import { dicomUnits, dicomWindow } from "./values.js";

/** How a DICOM series is read. */
export interface SeriesOptions extends VoxelReadOptions {
  /** Which series to read from a folder with several: its UID, number or description. */
  readonly series?: string | undefined;
}

/**
 * Reads a DICOM series as one volume: a folder, or its files. Slices are sorted by position; values are rescaled to the
 * file's units; several volumes at the same position (times, echoes) make a 4D image.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-invalid`, `format-unsupported`,
 * `geometry-mismatch` (slices not evenly spaced), `argument-invalid` (several series, frame), `image-not-finite`,
 * `canceled`, `environment`
 */
export async function readDicomVolume(paths: readonly string[], options: SeriesOptions): Promise<VoxelImage> {
  const { signal, name = paths[0], nonFinite = "reject", onProgress } = options;
  const files = chooseSeries(await readFiles(paths, options), options.series, name);
  const slices = files.flatMap((file) => slicesOf(file));
  const { stack, affine, notes: stackNotes } = stackOf(slices, options.frame, name);
  const [first] = stack;
  const decoded = new Map<DicomFile, Awaited<ReturnType<typeof decodePixels>>>();
  let voxels: NumericArray | null = null;
  let [columns, rows, channels]: [number, number, 1 | 3] = [0, 0, 1];
  for (const [n, { file, frame: at }] of stack.entries()) {
    throwIfCanceled(signal, `Reading ${name}`);
    const pixels = decoded.get(file) ?? (await decodePixels(file, signal));
    if (pixels.frames > 1) decoded.set(file, pixels);
    if (!voxels) {
      ({ columns, rows, channels } = pixels);
      voxels = allocate(pixels.data, columns * rows * channels * stack.length, name);
    }
    if (pixels.columns !== columns || pixels.rows !== rows || pixels.channels !== channels)
      throw mixed(name, first, file);
    const length = columns * rows * channels;
    voxels = widened(voxels, pixels.data);
    voxels.set(pixels.data.subarray(at * length, (at + 1) * length), n * length);
    onProgress?.(n + 1, stack.length, "decoding");
  }
  if (!voxels)
    throw new SamlabError("format-invalid", `${name} holds no image.`, {
      file: name,
      remedy: "Give a file or a folder of CT, MR, PET, or other images.",
    });
  const notes = [...stackNotes, ...notesOf(first.file)];
  if (!first.place && stack.length > 1)
    notes.push("The frames have no position in the patient; they are stacked in file order.");
  const colors = channels === 3 ? rgbOf(voxels, name) : null;
  if (colors) notes.push(grayNote);
  const data = colors ? luminance(colors) : voxels;
  const size = [columns, rows, stack.length] as const;
  const replaced = settleNonFinite(data, size, nonFinite, name);
  if (replaced) notes.push(replaced);
  const hasSpacing = knownSpacing(first.file) !== null;
  const middle = stack[stack.length >> 1];
  const said = dicomWindow(middle.file, middle.frame);
  const mirror = mirrorOf(middle.file);
  const window =
    said && isTurned(first.file) ? { low: mirror - said.high, high: mirror - said.low, name: said.name } : said;
  return {
    data,
    colors,
    size,
    affine,
    form: null,
    window,
    units: dicomUnits(first.file, first.frame),
    notes,
    hasSpacing,
    series: [...new Set(stack.map(({ file }) => file.path))],
  };
}

/**
 * The sorted slices of a series and their geometry, without pixels. `frame` matters only where it holds several
 * volumes.
 * @throws {SamlabError} as {@link readDicomVolume}; `format-unsupported` for a series without a position in the
 * patient, or with several volumes of which none is chosen
 */
export async function readSeriesPlace(
  paths: readonly string[],
  options: SeriesOptions = {},
): Promise<{ slices: readonly Slice[]; affine: Affine }> {
  const { name = paths[0] } = options;
  const files = chooseSeries(await readFiles(paths, options), options.series, name);
  const slices = files.flatMap(slicesOf);
  if (slices.some(({ place }) => place === null)) {
    throw new SamlabError(
      "format-unsupported",
      `${name} has no position in a patient, which a DICOM segmentation needs.`,
      {
        file: name,
        field: "ImagePositionPatient",
        remedy: "Save the mask as .nii.gz or .nrrd.",
      },
    );
  }
  const { stack, affine } = stackOf(slices, options.frame, name, true);
  return { slices: stack, affine };
}

/** True for a single-frame image without a position in the patient: an X-ray, a photograph. */
export function isDicomPicture(file: DicomFile): boolean {
  return (
    (file.number(tags.rows) ?? 0) > 0 && (file.number(tags.numberOfFrames) ?? 1) === 1 && placeOf(file, 0) === null
  );
}

/** The DICOM files in a folder, detected by content, sorted by name. */
export async function dicomFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw readError(error, folder);
  });
  const found: string[] = [];
  for (const { name } of entries.filter((entry) => entry.isFile() && !entry.name.startsWith(".")).sort(byName)) {
    if (name === "DICOMDIR") continue;
    const path = join(folder, name);
    const head = await readHead(path, headBytes).catch(() => new Uint8Array());
    if (kindOf(head) === "dicom") found.push(path);
  }
  if (found.length > 0) return found;
  throw new SamlabError("file-missing", `The folder ${folder} holds no DICOM file.`, {
    file: folder,
    remedy: "Give the folder that the files of the series lie in, or a file.",
  });
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

async function readFiles(paths: readonly string[], { signal, name, onProgress }: SeriesOptions): Promise<DicomFile[]> {
  const files: DicomFile[] = [];
  for (const [n, path] of paths.entries()) {
    files.push(await readDicomFile(path, paths.length === 1 ? (name ?? path) : path, signal));
    onProgress?.(n + 1, paths.length, "reading");
  }
  return imagesAmong(files, name);
}

function chooseSeries(files: readonly DicomFile[], wanted: string | undefined, name: string): DicomFile[] {
  const series = new Map<string, DicomFile[]>();
  for (const file of files) {
    appendTo(series, file.text(tags.seriesInstance) ?? "", file);
  }
  const described = [...series].map(([uid, [first, ...more]]) => {
    const number = first.number(tags.seriesNumber);
    const description = first.text(tags.seriesDescription) ?? first.text(tags.modality) ?? "";
    return { uid, number, description, files: [first, ...more] };
  });
  const fitting =
    wanted === undefined
      ? described
      : described.filter(({ uid, number, description }) => [uid, String(number), description].includes(wanted));
  if (fitting.length === 1) {
    fitting[0].files.forEach(checkFramesAreSlices);
    return fitting[0].files;
  }
  /** What chooses a series and no other. */
  const keyOf = ({ uid, number, description }: (typeof described)[number]) => {
    const isAlone = (key: string) =>
      described.filter((one) => [one.uid, String(one.number), one.description].includes(key)).length === 1;
    return [String(number ?? ""), description].find((key) => key !== "" && isAlone(key)) ?? uid;
  };
  const list = described.map((one) => `${keyOf(one)} (${one.description}, ${one.files.length} files)`).join("; ");
  throw new SamlabError(
    "argument-invalid",
    wanted === undefined
      ? `${name} holds several series: ${list}.`
      : `${name} has no one series "${wanted}", but ${list}.`,
    {
      file: name,
      field: "series",
      value: wanted,
      remedy: `Choose one, e.g. { series: ${JSON.stringify(keyOf(described[0]))} }.`,
    },
  );
}

function slicesOf(file: DicomFile): Slice[] {
  const { frames } = frameGrid(file);
  return Array.from({ length: frames }, (_, frame) => ({ file, frame, place: placeOf(file, frame) }));
}

interface Stack {
  /** Sorted by position. */
  readonly stack: readonly Slice[];
  readonly affine: Affine;
  readonly notes: readonly string[];
}

/**
 * Sorts slices by position. Slices at the same position belong to different volumes, of which one is chosen.
 * @param isLenient whether any frame may be chosen of one volume
 */
function stackOf(slices: readonly Slice[], frame: number | undefined, name: string, isLenient = false): Stack {
  const field = "NumberOfFrames";
  if (slices.some(({ place }) => place === null)) {
    chooseFrame(1, frame, name, field);
    return { stack: inOrder(slices), affine: flatAffine(slices), notes: [] };
  }
  const groups: { height: number; slices: Slice[] }[] = [];
  const height = ({ place }: Slice) => (place ? heightOf(place) : 0);
  for (const slice of [...inOrder(slices)].sort((a, b) => height(a) - height(b))) {
    const group = groups.at(-1);
    if (group && Math.abs(group.height - height(slice)) < 1e-3) group.slices.push(slice);
    else groups.push({ height: height(slice), slices: [slice] });
  }
  const counts = groups.map((group) => group.slices.length);
  if (Math.min(...counts) !== Math.max(...counts)) {
    throw new SamlabError(
      "geometry-mismatch",
      `${name}: some places have ${Math.min(...counts)} slices and others ${Math.max(...counts)}.`,
      {
        file: name,
        field: "ImagePositionPatient",
        value: counts,
        remedy: "Load the files of one volume at a time, or remove the duplicates.",
      },
    );
  }
  const { volumes, by } = tellApart(
    groups.map((group) => group.slices),
    name,
  );
  const chosen = isLenient && volumes.length === 1 ? 0 : chooseFrame(volumes.length, frame, name, field);
  const stack = volumes[chosen];
  const affine = stackAffine(
    stack.flatMap(({ place }) => place ?? []),
    name,
  );
  const notes = by === null ? [] : [`Volume ${chosen} of ${volumes.length}, counted from 0, told apart by ${by}.`];
  return { stack, affine, notes };
}

function inOrder(slices: readonly Slice[]): Slice[] {
  return [...slices].sort(
    (a, b) =>
      (a.file.number(tags.instanceNumber) ?? 0) - (b.file.number(tags.instanceNumber) ?? 0) || a.frame - b.frame,
  );
}

const knownSpacing = (file: DicomFile) => {
  const steps = pixelSpacing(file, 0);
  return steps?.every((step) => step > 0) ? steps : null;
};

/** Columns point left and rows point posterior, so that slices are displayed as stored. */
function flatAffine([{ file }]: readonly Slice[]): Affine {
  const [down, across] = knownSpacing(file) ?? [1, 1];
  const affine = [...scalingAffine([across, down, Math.abs(file.number(tags.spacingBetweenSlices) ?? 0) || 1])];
  affine[0] = -affine[0];
  affine[5] = -affine[5];
  return affine;
}

function allocate(like: NumericArray, length: number, name: string): NumericArray {
  try {
    return new (like.constructor as new (length: number) => NumericArray)(length);
  } catch (cause) {
    throw new SamlabError("format-unsupported", `${name} does not fit in memory: ${length} voxels.`, {
      file: name,
      value: length,
      remedy: "Crop or downsample it first.",
      cause,
    });
  }
}

/**
 * Files of one series can have different rescaling (PET), so that only some need fractional values. Integers stay
 * exact.
 */
function widened(voxels: NumericArray, next: NumericArray): NumericArray {
  if (voxels.constructor === next.constructor || voxels instanceof Float64Array) return voxels;
  const isExact = isExactInFloat32(voxels) && isExactInFloat32(next);
  if (isExact && voxels instanceof Float32Array) return voxels;
  return (isExact ? Float32Array : Float64Array).from(voxels as ArrayLike<number>);
}

function isExactInFloat32(data: NumericArray): boolean {
  if (data instanceof Float64Array) return false;
  if (!(data instanceof Int32Array || data instanceof Uint32Array)) return true;
  return data.every((value) => Math.abs(value) <= 2 ** 24);
}

function rgbOf(voxels: NumericArray, name: string): Uint8Array {
  if (voxels instanceof Uint8Array) return voxels;
  throw new SamlabError("format-unsupported", `${name} has colors of more than 8 bits.`, {
    file: name,
    field: "BitsAllocated",
    remedy: "Export it with 8 bits a color.",
  });
}

function mixed(name: string, { file }: Slice, other: DicomFile): SamlabError {
  const size = (one: DicomFile) => `${one.number(tags.columns)}×${one.number(tags.rows)}`;
  return new SamlabError(
    "geometry-mismatch",
    `${name}: ${file.name} has ${size(file)} pixels, ${other.name} ${size(other)}.`,
    { file: other.name, field: "Rows", remedy: "Load the files of one size at a time." },
  );
}

function notesOf(file: DicomFile): string[] {
  const notes: string[] = [];
  if (isMonochrome1(file)) {
    notes.push(
      isTurned(file)
        ? "Low values are meant to be bright (MONOCHROME1); the values were inverted, as ITK does."
        : `Low values are meant to be bright (MONOCHROME1); they are in ${dicomUnits(file, 0) ?? "the units of a LUT"} and were kept, so the image is shown as its negative.`,
    );
  }
  if (file.item(tags.voiLut) && !dicomWindow(file, 0))
    notes.push(
      "The file asks for its VOI LUT in the place of a window, which is not applied; the window is from the data.",
    );
  const lut = file.item(tags.modalityLut);
  if (lut) notes.push(`Values went through the file's modality LUT (${lut.text(tags.lutType) ?? "of no type"}).`);
  return notes;
}
