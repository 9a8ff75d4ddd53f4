import { SamlabError, show } from "../../core/errors.js";
import { affineSpacing, invertAffine, toWorld } from "../../core/geometry.js";
import type { Grid } from "../../core/grid.js";
import type { LabelChoice } from "./labels.js";
import { MaskVolume } from "./mask-volume.js";

/** One object of a segmentation file. */
export interface Segment {
  /** Its label, from 1. */
  readonly number: number;
  readonly name: string;
  /** `#rrggbb`; omitted if the file has none. */
  readonly color?: string | undefined;
  /** Indices of its voxels on the segmentation's grid (i fastest). */
  readonly voxels: Uint32Array;
}

/** A segmentation that stores each object separately, so that objects may overlap: DICOM SEG, RTSTRUCT, .seg.nrrd. */
export interface SegmentSet extends Grid {
  readonly segments: readonly Segment[];
  readonly source: string;
  readonly notes: readonly string[];
}

/** Which objects of a segmentation are chosen. */
export interface SegmentChoice extends LabelChoice {
  /** For a file whose objects may overlap: the labels to keep. They take precedence over the other objects. */
  readonly among?: readonly number[] | undefined;
}

/** Whether an object is asked for. Errors in the place of others do not matter. */
export function isAskedFor({ label, among }: SegmentChoice): (number: number) => boolean {
  const asked = label === undefined ? among : [label].flat();
  return (number) => !asked || asked.includes(number);
}

/**
 * The objects as one mask volume, each with its label; or the chosen ones merged as 1.
 * @throws {SamlabError} `argument-invalid` (no such object; a threshold), `format-unsupported` (objects that overlap,
 * none chosen)
 */
export function segmentMask(segmentation: SegmentSet, choice: SegmentChoice): MaskVolume {
  const { label, threshold, among } = choice;
  const { segments, size, affine, source } = segmentation;
  if (threshold !== undefined) {
    throw new SamlabError("argument-invalid", `${source} holds objects, which have no threshold.`, {
      file: source,
      field: "threshold",
      value: threshold,
      remedy: `Choose objects by number: { label: ${segments[0]?.number ?? 1} }.`,
    });
  }
  const known = segments.map(({ number, name }) => `${number} (${name})`).join(", ");
  const wanted = label === undefined ? null : [label].flat();
  const missing = wanted?.find((number) => !segments.some((segment) => segment.number === number));
  if (missing !== undefined) {
    throw new SamlabError("argument-invalid", `${source} has no object ${show(missing)}.`, {
      file: source,
      field: "label",
      value: missing,
      remedy: `It holds ${known}.`,
    });
  }
  const isWanted = (number: number) => !among || among.includes(number);
  // Requested objects are drawn last, so that they overwrite others.
  const chosen = segments
    .filter(({ number }) => wanted === null || wanted.includes(number))
    .sort((a, b) => Number(isWanted(a.number)) - Number(isWanted(b.number)));
  const most = Math.max(0, ...chosen.map(({ number }) => number));
  const voxels = size[0] * size[1] * size[2];
  const data = most > 255 && wanted === null ? new Uint16Array(voxels) : new Uint8Array(voxels);
  for (const { number, name, voxels: inside } of chosen) {
    for (const voxel of inside) {
      const isShared = data[voxel] !== 0 && isWanted(data[voxel]) && isWanted(number);
      if (wanted === null && isShared) throw overlapping(source, data[voxel], number, name, known);
      data[voxel] = wanted === null ? number : 1;
    }
  }
  const isLabeled = wanted === null;
  const names = isLabeled ? new Map(segments.map(({ number, name }) => [number, name])) : undefined;
  const colors = isLabeled
    ? new Map(segments.flatMap(({ number, color }) => (color ? [[number, color]] : [])))
    : undefined;
  const notes = [...segmentation.notes, `It holds the objects ${known}.`];
  return new MaskVolume({ data, size, affine, source, notes, names, colors });
}

function overlapping(source: string, one: number, other: number, name: string, known: string): SamlabError {
  return new SamlabError(
    "format-unsupported",
    `${source}: the objects ${one} and ${other} (${name}) overlap; a mask has one number a voxel.`,
    {
      file: source,
      field: "label",
      value: [one, other],
      remedy: `Load one at a time, { label: ${other} }, or several as one, { label: [${one}, ${other}] }. It holds ${known}.`,
    },
  );
}

/** Tolerance, in voxels of the target grid, for voxels of two grids to coincide. */
const onVoxel = 0.1;

/**
 * The objects on the grid of an image, of which the segmentation's grid may be a part (cropped to the objects, or with
 * reordered axes). Objects that are not asked for may reach beyond the image.
 * @throws {SamlabError} `geometry-mismatch` where the voxels of both grids do not coincide
 */
export function segmentationOn(segmentation: SegmentSet, image: Grid, choice: SegmentChoice): SegmentSet {
  const isAsked = isAskedFor(choice);
  const back = invertAffine(image.affine);
  const [nx, ny] = segmentation.size;
  const place = (voxel: readonly [number, number, number]) => toWorld(back, toWorld(segmentation.affine, voxel));
  const origin = place([0, 0, 0]);
  const steps = [place([1, 0, 0]), place([0, 1, 0]), place([0, 0, 1])].map((to) =>
    to.map((v, axis) => v - origin[axis]),
  );
  const lengths = image.size;
  let [worst, outside] = [0, 0];
  const segments = segmentation.segments.map(({ number, name, color, voxels }) => {
    const moved = new Uint32Array(voxels.length);
    let count = 0;
    for (const voxel of voxels) {
      const [i, j, k] = [voxel % nx, Math.floor(voxel / nx) % ny, Math.floor(voxel / (nx * ny))];
      const at = [0, 1, 2].map((axis) => origin[axis] + i * steps[0][axis] + j * steps[1][axis] + k * steps[2][axis]);
      const whole = at.map(Math.round);
      worst = Math.max(worst, ...at.map((value, axis) => Math.abs(value - whole[axis])));
      if (whole.every((value, axis) => value >= 0 && value < lengths[axis])) {
        moved[count++] = whole[0] + lengths[0] * (whole[1] + lengths[1] * whole[2]);
      } else if (isAsked(number)) {
        outside++;
      }
    }
    return { number, name, color, voxels: moved.subarray(0, count) };
  });
  // Each voxel of the segmentation must map to one voxel of the image.
  const isSameStep = steps.every((step) => Math.abs(Math.hypot(...step) - 1) < onVoxel);
  if (worst <= onVoxel && outside === 0 && isSameStep)
    return { ...segmentation, size: image.size, affine: image.affine, segments };
  const sizes = affineSpacing(image.affine);
  const what =
    outside > 0 && worst <= onVoxel
      ? `${outside} of its voxels lie outside the image`
      : `its voxels lie up to ${(worst * Math.max(...sizes)).toFixed(2)} mm beside the image's`;
  throw new SamlabError("geometry-mismatch", `${segmentation.source} does not lie on the image's grid: ${what}.`, {
    file: segmentation.source,
    field: "affine",
    value: outside > 0 ? outside : worst,
    remedy: "Load the image that it was drawn on, or resample it onto this image's grid.",
  });
}
