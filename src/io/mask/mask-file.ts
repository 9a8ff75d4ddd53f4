import { SamlabError, show } from "../../core/errors.js";
import type { Grid } from "../../core/grid.js";
import type { Mask2d } from "../../core/mask.js";
import { frameOfReferenceNote } from "../dicom/frame-of-reference.js";
import { readDicomFile, tags } from "../dicom/object.js";
import { readDicomSegmentation } from "../dicom/segmentation.js";
import { readStructures } from "../dicom/structures.js";
import { describePalette } from "../formats/indexed-png.js";
import type { OrientationRule, Raster } from "../formats/raster.js";
import { readSegNrrd, segmentEntries } from "../formats/seg-nrrd.js";
import type { NonFinite } from "../image/non-finite.js";
import { isPicture, kindOfPath, readVoxels } from "../image/read-voxels.js";
import type { VoxelImage } from "../image/voxel-image.js";
import type { NiftiForm } from "../nifti/form.js";
import { joinSegments } from "./join-segments.js";
import { absentNote, chooseLabels, distinctValues, type LabelChoice, storedLabels, wholeNumbers } from "./labels.js";
import { checkGray, maskValues, readMaskRaster } from "./mask-raster.js";
import { MaskVolume, maskOnGrid } from "./mask-volume.js";
import { isAskedFor, type SegmentChoice, type SegmentSet, segmentationOn, segmentMask } from "./segments.js";

/** Which values of a file belong to the object, and on which grid. */
export interface MaskReadOptions extends SegmentChoice {
  /** Which volume of a 4D file, from 0. */
  readonly frame?: number | undefined;
  /** What to do with NaN and infinite voxels: reject the file (default), or read them as 0. */
  readonly nonFinite?: NonFinite | undefined;
  /** For a 2D image: whether its EXIF orientation is applied (default) or ignored. */
  readonly orientation?: OrientationRule | undefined;
  /**
   * The image that the mask belongs to; the mask is placed on its grid. Required for an RTSTRUCT. A DICOM SEG or
   * .seg.nrrd cropped to its objects is padded to the grid; objects that are not asked for are cut off
   * there. Other masks are reordered if their axes differ in order or
   * direction, or rejected, as 2D images are.
   */
  readonly on?: (Grid & { readonly form?: NiftiForm | null; readonly series?: readonly string[] }) | undefined;
  /** For a file whose objects may overlap: labels that are taken as one object, under the smallest of each group. */
  readonly together?: readonly (readonly number[])[] | undefined;
  /** Cancels the reading. */
  readonly signal?: AbortSignal | undefined;
  /** The file's name in messages and in the mask's `source`. Default: the path. */
  readonly name?: string | undefined;
}

/**
 * Loads a mask: a {@link Mask2d} from a 2D image (PNG, JPEG, TIFF of one page), a {@link MaskVolume} from any volume,
 * DICOM SEG, RTSTRUCT or .seg.nrrd. With `label` or `threshold` it is binary. Without these, a volume keeps its labels
 * (whole numbers 0 to 65535; `data` is a Uint16Array where one is above 255), and a 2D image must have two values, the
 * smaller of them 0. For a PNG with a palette the values are the palette indices. Values within 0.01 of an integer are
 * rounded, with a note in `notes`, as for a label that no voxel has. With `on` it is always a volume.
 * @throws {SamlabError} as `loadVolume` and `readRaster`; `format-invalid` (values that are not labels),
 * `format-unsupported` (labels above 65535, colors, a mask in the alpha channel, objects that overlap),
 * `geometry-mismatch` (not on the grid of `on`, or a 2D image), `argument-invalid` (`label` or `threshold` is needed or
 * invalid)
 */
export async function loadMask(
  path: string,
  options: MaskReadOptions & { readonly on: NonNullable<MaskReadOptions["on"]> },
): Promise<MaskVolume>;
export async function loadMask(path: string, options?: MaskReadOptions): Promise<MaskVolume | Mask2d>;
export async function loadMask(path: string, options: MaskReadOptions = {}): Promise<MaskVolume | Mask2d> {
  const { name = path, signal, orientation, on, together = [] } = options;
  if (await isPicture(path, name, signal)) {
    if ((await kindOfPath(path, name)) !== "dicom") {
      if (on) throw hasNoPlace(name);
      return pictureMask(await readMaskRaster(path, { signal, name, orientation }), options, name);
    }
  }
  const segmentation = await readSegmentation(path, { ...options, name });
  if (segmentation) {
    const choice = objectChoice(options, segmentation);
    const placed = on ? segmentationOn(segmentation, on, choice) : segmentation;
    return ofSeries(segmentMask(joinSegments(placed, together), choice), on?.series);
  }
  const mask = volumeMask(await readVoxels(path, { ...options, name }), options, name);
  return on ? ofSeries(maskOnGrid(mask, on), on.series) : mask;
}

/** A whole threshold, such as the `>=1` of a manifest, asks for the objects from that number on. */
function objectChoice(choice: MaskReadOptions, { segments }: SegmentSet): SegmentChoice {
  const { threshold, label } = choice;
  if (threshold === undefined || label !== undefined || !Number.isInteger(threshold) || threshold < 1) return choice;
  const numbers = segments.flatMap(({ number }) => (number >= threshold ? [number] : []));
  return numbers.length > 0 ? { label: numbers } : choice;
}

/** The mask of an image can be saved as a DICOM SEG of its series. */
const ofSeries = (mask: MaskVolume, series: readonly string[] = []) =>
  series.length > 0 ? new MaskVolume({ ...mask, series }) : mask;

function hasNoPlace(name: string): SamlabError {
  return new SamlabError("geometry-mismatch", `${name} is a picture, which has no place in a volume.`, {
    file: name,
    field: "on",
    remedy: "Load it without { on } and put it on its slice: emptyMask(volume).setSlice(index, plane, mask).",
  });
}

/** The objects of a file that stores them separately; `null` for a label image. */
async function readSegmentation(
  path: string,
  options: MaskReadOptions & { readonly name: string },
): Promise<SegmentSet | null> {
  const { name, signal, on, frame } = options;
  const kind = await kindOfPath(path, name);
  if (kind === "nrrd") {
    const entries = await segmentEntries(path, name);
    return entries.length > 0 && frame === undefined ? readSegNrrd(path, entries, { name, signal }) : null;
  }
  if (kind !== "dicom") return null;
  const file = await readDicomFile(path, name, signal);
  const modality = file.text(tags.modality);
  if (modality !== "SEG" && modality !== "RTSTRUCT") return null;
  const note = await frameOfReferenceNote(file, on?.series ?? []);
  const noted = (set: SegmentSet) => (note ? { ...set, notes: [note, ...set.notes] } : set);
  if (modality === "SEG") return noted(await readDicomSegmentation(file, signal));
  if (on) return noted(readStructures(file, on, isAskedFor(options)));
  throw new SamlabError("argument-invalid", `${name} holds contours, which need the grid of their image.`, {
    file: name,
    field: "on",
    remedy: "Load the image first, and give it: loadMask(path, { on: volume }).",
  });
}

function volumeMask(image: VoxelImage, choice: LabelChoice, source: string): MaskVolume {
  const { size, affine, form } = image;
  if (image.colors) checkGray(image.colors, source);
  const notes = [...image.notes];
  const whole = choice.threshold === undefined ? wholeNumbers(image.data, source) : null;
  if (whole?.note) notes.push(whole.note);
  const data = chooseLabels(whole?.data ?? image.data, choice) ?? storedLabels(whole?.data ?? image.data, source);
  const absent = absentNote(whole?.data ?? image.data, choice);
  if (absent) notes.push(absent);
  const isLabeled = choice.label === undefined && choice.threshold === undefined;
  const { names, colors } = (isLabeled && image.labelTable) || {};
  return new MaskVolume({ data, size, affine, form, source, notes, names, colors });
}

function pictureMask(raster: Raster, choice: LabelChoice, source: string): Mask2d {
  const { width, height, indexed } = raster;
  const { label = [], threshold } = choice;
  const gray = maskValues(raster, threshold === undefined ? [label].flat() : [threshold], source);
  const chosen = chooseLabels(gray, choice);
  if (chosen) return { width, height, data: chosen };
  const values = distinctValues(gray, 10);
  if (values.length > 2 || (values.length === 2 && values[0] !== 0)) {
    const told = indexed ? `a palette with the numbers ${describePalette(indexed)}` : `the values ${show(values)}`;
    throw new SamlabError("argument-invalid", `${source} has ${told}: which are the object?`, {
      file: source,
      field: "label",
      value: values,
      remedy: "Give { label } for a label image, or { threshold }, e.g. 128, for a gray or JPEG mask.",
    });
  }
  return { width, height, data: Uint8Array.from(gray as ArrayLike<number>, (value) => (value > 0 ? 1 : 0)) };
}
