import { appendTo } from "../../core/append-to.js";
import { SamlabError } from "../../core/errors.js";
import { type Segment, type SegmentSet, takeMarked } from "../mask/segments.js";
import { colorOfCielab } from "./cielab.js";
import { frameGrid, frameGroup } from "./frames.js";
import { type DicomFile, tags, wrongElement } from "./object.js";
import { decodePixels, unpackBits } from "./pixels.js";
import { type FramePlace, heightOf, placeOf, stackAffine } from "./place.js";

export const segTags = {
  segments: "00620002",
  number: "00620004",
  label: "00620005",
  type: "00620001",
  identification: "0062000A",
  referencedNumber: "0062000B",
  color: "0062000D",
  maximumFraction: "0062000E",
} as const;

/** Positions closer than this, in mm, count as equal. */
const samePlace = 1e-3;

/**
 * The objects of a DICOM segmentation (binary, fractional or label map), on a separate grid that spans its frames.
 * @throws {SamlabError} `format-invalid`, `format-unsupported` (slide microscopy), `file-truncated`,
 * `geometry-mismatch`, `canceled`, `environment`
 */
export async function readDicomSegmentation(file: DicomFile, signal?: AbortSignal): Promise<SegmentSet> {
  const { rows, columns, frames } = frameGrid(file);
  const places = Array.from({ length: frames }, (_, frame) => placeOf(file, frame));
  if (!places.every((place): place is FramePlace => place !== null)) {
    throw new SamlabError(
      "format-unsupported",
      `${file.name} is a segmentation without a position in a patient (slide microscopy).`,
      {
        file: file.name,
        field: "PlanePositionSequence",
        remedy: "Save its frames as pictures, e.g. with highdicom or pydicom.",
      },
    );
  }
  const { stack, sliceOf, isSparse } = slicesOf(places, file);
  const affine = stackAffine(stack, file.name);
  const size = [columns, rows, stack.length] as const;
  const { inside, note } = await insideOf(file, signal);
  const perFrame = rows * columns;
  /** The frames of each object; a frame of a label map is of all that occur on it. */
  const framesOf = new Map<number, { frame: number; value: number }[]>();
  for (let frame = 0; frame < frames; frame++) {
    const own = frameGroup(file, frame, segTags.identification)?.number(segTags.referencedNumber) ?? null;
    const values = new Set<number>();
    for (let n = frame * perFrame; n < (frame + 1) * perFrame; n++) if (inside[n] !== 0) values.add(inside[n]);
    for (const value of values) appendTo(framesOf, own ?? value, { frame, value });
  }
  const marks = new Uint8Array(perFrame * stack.length);
  const voxelsOf = (number: number) => {
    for (const { frame, value } of framesOf.get(number) ?? []) {
      const first = sliceOf(places[frame]) * perFrame;
      for (let n = 0; n < perFrame; n++) if (inside[frame * perFrame + n] === value) marks[first + n] = 1;
    }
    return takeMarked(marks);
  };
  const colors = new Map<number, string>();
  const named = file.items(segTags.segments).map((item): [number, string] => {
    const number = item.number(segTags.number);
    if (number === null || !Number.isInteger(number) || number < 0) {
      throw wrongElement(file, "SegmentNumber", number, "must be a whole number");
    }
    const color = colorOfCielab(item.numbers(segTags.color));
    if (color) colors.set(number, color);
    return [number, item.text(segTags.label) ?? `segment ${number}`];
  });
  const names = new Map(named);
  for (const number of framesOf.keys()) if (!names.has(number)) names.set(number, `segment ${number}`);
  const segments: Segment[] = [...names]
    .filter(([number]) => number > 0)
    .sort(([a], [b]) => a - b)
    .map(([number, name]) => ({
      number,
      name,
      color: colors.get(number),
      voxels: voxelsOf(number),
    }));
  return { size, affine, segments, source: file.name, notes: note ? [note] : [], isSparse };
}

interface Slices {
  /** Evenly spaced from lowest to highest; may have no frame. */
  readonly stack: FramePlace[];
  readonly sliceOf: (place: FramePlace) => number;
  /** True if the file does not say the distance of slices, so that more may lie between. */
  readonly isSparse: boolean;
}

/** The slice index of each frame. */
function slicesOf(places: readonly FramePlace[], file: DicomFile): Slices {
  const sorted = [...places].sort((a, b) => heightOf(a) - heightOf(b));
  const distinct = sorted.filter((place, n) => n === 0 || heightOf(place) - heightOf(sorted[n - 1]) > samePlace);
  const [first, last] = [distinct[0], distinct[distinct.length - 1]];
  const span = heightOf(last) - heightOf(first);
  const gaps = distinct.slice(1).map((place, n) => heightOf(place) - heightOf(distinct[n]));
  const said = Math.abs(frameGroup(file, 0, tags.pixelMeasures)?.number(tags.spacingBetweenSlices) ?? 0);
  const least = gaps.length > 0 ? Math.min(...gaps) : first.thickness;
  const isSparse = said === 0 && (gaps.length === 0 || Math.abs(least - (sliceThickness(file) ?? 0)) > samePlace);
  const rough = stepOf(least, said);
  const even = (part: number) => {
    const between = Math.round((span * part) / rough);
    return between > 0 ? span / between : rough / part;
  };
  const isOn = (step: number) => distinct.every((place) => isWhole((heightOf(place) - heightOf(first)) / step));
  // Frames three and four slices apart lie on slices a third as far apart.
  const part = Array.from({ length: mostParts }, (_, n) => n + 1).find((parts) => isOn(even(parts))) ?? 1;
  const step = even(part);
  const count = Math.round(span / step) + 1;
  if (count > 65536) throw wrongElement(file, "ImagePositionPatient", span, "spreads the frames too far");
  const along = (axis: 0 | 1 | 2) => (last.position[axis] - first.position[axis]) / (count - 1);
  const stack = Array.from({ length: count }, (_, n): FramePlace => {
    if (count === 1) return { ...first, thickness: step };
    const at = (axis: 0 | 1 | 2) => first.position[axis] + n * along(axis);
    return { ...first, position: [at(0), at(1), at(2)] };
  });
  const sliceOf = (place: FramePlace) => {
    const slice = (heightOf(place) - heightOf(first)) / step;
    if (!isWhole(slice))
      throw wrongElement(file, "ImagePositionPatient", slice, "puts a frame between the slices of the others");
    return Math.round(slice);
  };
  return { stack, sliceOf, isSparse };
}

const sliceThickness = (file: DicomFile) =>
  frameGroup(file, 0, tags.pixelMeasures)?.number(tags.sliceThickness) ?? null;

/** Most slices between frames whose distances have no common step. */
const mostParts = 20;

/**
 * The distance between slices, from the least distance between frames and what the file says. Some programs say the
 * step from slice to slice, which is longer than the distance along the normal under a gantry tilt.
 */
function stepOf(least: number, said: number): number {
  const between = said > 0 && isWhole(least / said) ? Math.round(least / said) : 0;
  if (between < 1) return least;
  return Math.abs(least / between - said) < 0.01 * said ? said : least / between;
}

const isWhole = (value: number) => Math.abs(value - Math.round(value)) < 0.1;

/** 0 or 1 for each pixel of each frame; for a label map, the label. */
async function insideOf(
  file: DicomFile,
  signal: AbortSignal | undefined,
): Promise<{ inside: ArrayLike<number>; note: string | null }> {
  const type = file.text(segTags.type);
  const { rows, columns, frames } = frameGrid(file);
  if (type === "BINARY" && file.number(tags.bitsAllocated) === 1) {
    const bytes = file.bytes(tags.pixels);
    const count = rows * columns * frames;
    if (!bytes || bytes.length * 8 < count) {
      throw new SamlabError(
        "file-truncated",
        `${file.name} is cut off: ${(bytes?.length ?? 0) * 8} bits of ${count}.`,
        {
          file: file.name,
          field: "PixelData",
          value: bytes?.length ?? 0,
          remedy: "Copy or download it again.",
        },
      );
    }
    return { inside: unpackBits(bytes, count), note: null };
  }
  const { data } = await decodePixels(file, signal);
  if (type !== "FRACTIONAL") return { inside: data, note: null };
  const most = file.number(segTags.maximumFraction) ?? 255;
  return {
    inside: data.map((value) => (value >= most / 2 ? 1 : 0)),
    note: "The segmentation is fractional; voxels at least half inside count as inside.",
  };
}
