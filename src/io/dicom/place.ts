import { SamlabError } from "../../core/errors.js";
import { type Affine, isUsableAffine } from "../../core/geometry.js";
import { frameGroup } from "./frames.js";
import { type DicomFile, type DicomObject, givenNumbers, tags, wrongElement } from "./object.js";

type Vector = readonly [number, number, number];

/** The position of a frame, in DICOM's LPS millimeters. */
export interface FramePlace {
  /** The file that it is from, for messages. */
  readonly source: string;
  readonly position: Vector;
  /** Unit vectors of increasing column and row index, and their cross product. */
  readonly across: Vector;
  readonly down: Vector;
  readonly normal: Vector;
  /** mm between columns, and between rows. */
  readonly spacing: readonly [number, number];
  /** mm between slices as the file states it; used for single slices. */
  readonly thickness: number;
}

/** One slice of a series: a frame of one of its files. */
export interface Slice {
  readonly file: DicomFile;
  readonly frame: number;
  readonly place: FramePlace | null;
}

const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** The position along the slice normal, in mm. */
export const heightOf = ({ position, normal }: FramePlace): number => dot(position, normal);

/**
 * The position of a frame; `null` for images without a position in the patient, such as X-rays and photographs.
 * @throws {SamlabError} `format-invalid`
 */
export function placeOf(file: DicomFile, frame: number): FramePlace | null {
  const group = (tag: string) => frameGroup(file, frame, tag) ?? file;
  const detector = isReconstruction(file) ? (file.item(tags.detectors) ?? file) : file;
  const position =
    givenNumbers(file, group(tags.planePositions), "ImagePositionPatient") ??
    givenNumbers(file, detector, "ImagePositionPatient");
  const turn =
    givenNumbers(file, group(tags.planeOrientations), "ImageOrientationPatient") ??
    givenNumbers(file, detector, "ImageOrientationPatient");
  if (!position || !turn) return null;
  const steps = pixelSpacing(file, frame) ?? [1, 1];
  const across = unit([turn[0], turn[1], turn[2]]);
  const down = unit([turn[3], turn[4], turn[5]]);
  if (!across || !down || Math.abs(dot(across, down)) > 0.01) {
    throw wrongElement(file, "ImageOrientationPatient", turn, "must be two directions at right angles");
  }
  if (!steps.every((step) => step > 0)) throw wrongElement(file, "PixelSpacing", steps, "must be above 0");
  const normal = cross(across, down);
  const offset = frameOffset(file, frame);
  return {
    source: file.name,
    position: [position[0] + offset * normal[0], position[1] + offset * normal[1], position[2] + offset * normal[2]],
    across,
    down,
    normal,
    // DICOM lists the distance between rows first.
    spacing: [steps[1], steps[0]],
    thickness: thicknessOf(group(tags.pixelMeasures), file),
  };
}

/**
 * mm between rows, and between columns; `null` when the file does not say.
 * @throws {SamlabError} `format-invalid`
 */
export function pixelSpacing(file: DicomFile, frame: number): readonly number[] | null {
  const measures = frameGroup(file, frame, tags.pixelMeasures) ?? file;
  return givenNumbers(file, measures, "PixelSpacing") ?? file.numbers(tags.imagerPixelSpacing, 2);
}

/** Whether a file of nuclear medicine holds slices, whose place is that of a detector. */
const isReconstruction = (file: DicomFile) =>
  file.values(tags.imageType).some((value) => /^(GATED )?RECON TOMO$/.test(String(value)));

/**
 * mm along the normal from the first frame where frames share a position: in an RT Dose (PS3.3 C.8.8.3.2), and in
 * slices of nuclear medicine (C.8.4.15), which lie in front of the first one where their distance is negative.
 */
function frameOffset(file: DicomFile, frame: number): number {
  const frames = file.number(tags.numberOfFrames) ?? 1;
  const offsets = file.numbers(tags.frameOffsets, frames);
  if (offsets) return offsets[frame] - offsets[0];
  if (!isReconstruction(file)) return 0;
  const step = file.number(tags.spacingBetweenSlices) ?? file.number(tags.sliceThickness) ?? 0;
  const slices = file.numbers(tags.sliceVector, frames);
  return step * (slices ? slices[frame] - slices[0] : frame);
}

function thicknessOf(measures: DicomObject, file: DicomFile): number {
  for (const from of [measures, file]) {
    for (const tag of [tags.spacingBetweenSlices, tags.sliceThickness]) {
      const said = Math.abs(from.number(tag) ?? 0);
      if (said > 0) return said;
    }
  }
  return 1;
}

function unit(vector: Vector): Vector | null {
  const length = Math.hypot(...vector);
  return length > 0.5 && length < 2 ? [vector[0] / length, vector[1] / length, vector[2] / length] : null;
}

/** Relative tolerance for evenly spaced slices, as a fraction of the slice distance. */
const evenness = 0.1;

/** Relative tolerance for the pixel spacing of a series: half a pixel in 512. */
const sameSpacing = 1e-3;

/**
 * The affine of stacked slices, in RAS millimeters.
 * @throws {SamlabError} `geometry-mismatch` when they are not parallel, not evenly spaced (one is missing), or have
 * pixels of different sizes
 */
export function stackAffine(places: readonly FramePlace[], name: string): Affine {
  const [first, last] = [places[0], places[places.length - 1]];
  const gaps = places.length - 1;
  const step = (axis: 0 | 1 | 2) =>
    gaps > 0 ? (last.position[axis] - first.position[axis]) / gaps : first.normal[axis] * first.thickness;
  const slice: Vector = [step(0), step(1), step(2)];
  const distance = Math.hypot(...slice);
  for (const [n, place] of places.entries()) {
    if (dot(place.across, first.across) < 0.9999 || dot(place.down, first.down) < 0.9999) {
      throw uneven(name, `Slice ${n} is turned against the first`, "Load one orientation at a time.");
    }
    if (place.spacing.some((size, axis) => Math.abs(size - first.spacing[axis]) > sameSpacing * first.spacing[axis])) {
      throw otherSpacing(place, first, name);
    }
  }
  places.forEach((place, n) => {
    const off = Math.hypot(...place.position.map((value, axis) => value - first.position[axis] - n * slice[axis]));
    if (off > evenness * distance) {
      const heights = places.map(heightOf);
      const steps = heights.slice(1).map((height, at) => height - heights[at]);
      const [least, most] = [Math.min(...steps), Math.max(...steps)];
      throw uneven(
        name,
        `The slices are not evenly spaced: ${least.toFixed(2)} to ${most.toFixed(2)} mm apart, most after slice ${steps.indexOf(most)}`,
        "Add the slice that is missing, or load the files of an even part.",
      );
    }
  });
  const { across, down, spacing, position } = first;
  const rows = [0, 1, 2].flatMap((row) => {
    const sign = row < 2 ? -1 : 1;
    const values = [across[row] * spacing[0], down[row] * spacing[1], slice[row], position[row]];
    return values.map((value) => sign * value || 0);
  });
  const affine = [...rows, 0, 0, 0, 1];
  if (isUsableAffine(affine)) return affine;
  throw uneven(name, "Its slices all have the same position", "Export the series again from where it came from.");
}

function otherSpacing(place: FramePlace, first: FramePlace, name: string): SamlabError {
  // Between rows first, as in the file.
  const told = ({ spacing }: FramePlace) => `${spacing[1]}×${spacing[0]} mm`;
  return new SamlabError(
    "geometry-mismatch",
    `${name}: the pixels of ${place.source} are ${told(place)}, those of ${first.source} ${told(first)}.`,
    {
      file: place.source,
      field: "PixelSpacing",
      value: [place.spacing[1], place.spacing[0]],
      remedy: "Load the files of one spacing at a time.",
    },
  );
}

function uneven(name: string, what: string, remedy: string): SamlabError {
  return new SamlabError("geometry-mismatch", `${name}: ${what}.`, {
    file: name,
    field: "ImagePositionPatient",
    remedy,
  });
}
