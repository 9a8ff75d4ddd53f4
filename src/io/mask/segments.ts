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
  /**
   * True if the file does not say how far apart its slices are: other slices of the image may lie between those of its
   * grid. Default false.
   */
  readonly isSparse?: boolean;
}

/** The indices of the voxels that are 1, which become 0. */
export function takeMarked(marks: Uint8Array): Uint32Array {
  const bytes = Buffer.from(marks.buffer, marks.byteOffset, marks.length);
  const next = (from: number) => (marks[from] === 1 ? from : bytes.indexOf(1, from));
  let count = 0;
  for (let at = next(0); at >= 0; at = next(at + 1)) count++;
  const voxels = new Uint32Array(count);
  for (let n = 0, at = next(0); n < count; n++, at = next(at + 1)) voxels[n] = at;
  marks.fill(0);
  return voxels;
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
  const { isSparse = false, source } = segmentation;
  const isAsked = isAskedFor(choice);
  const toImage = gridToGrid(segmentation, image);
  let [worst, outside] = [0, 0];
  const segments = segmentation.segments.map((segment) => {
    const { voxels, off } = moved(segment.voxels, segmentation.size, toImage, image.size);
    worst = Math.max(worst, off);
    if (isAsked(segment.number)) outside += segment.voxels.length - voxels.length;
    return { ...segment, voxels };
  });
  // Each voxel of the segmentation must map to one voxel of the image.
  const isSameStep = toImage.steps.map((step) => Math.abs(Math.hypot(...step) - 1) < onVoxel);
  const isWhole = isSameStep[0] && isSameStep[1] && (isSameStep[2] || isSparse);
  if (worst <= onVoxel && outside === 0 && isWhole) {
    const notes = isSameStep[2] ? segmentation.notes : [...segmentation.notes, sparseNote];
    return { ...segmentation, size: image.size, affine: image.affine, segments, notes };
  }
  const steps = affineSpacing(image.affine);
  const millimeters = (spacing: readonly number[]) =>
    `${spacing.map((step) => Number(step.toPrecision(4))).join("×")} mm`;
  const what = !isWhole
    ? `its voxels are ${millimeters(affineSpacing(segmentation.affine))}, the image's ${millimeters(steps)}`
    : outside > 0 && worst <= onVoxel
      ? `${outside} of its voxels lie outside the image`
      : `its voxels lie up to ${(worst * Math.max(...steps)).toFixed(2)} mm beside the image's`;
  throw new SamlabError("geometry-mismatch", `${source} does not lie on the image's grid: ${what}.`, {
    file: source,
    field: "affine",
    value: outside > 0 ? outside : worst,
    remedy: "Load the image that it was drawn on, or resample it onto this image's grid.",
  });
}

const sparseNote =
  "The file does not say how far apart its slices are; each was put on the slice of the image where it lies.";

type Vector = readonly [number, number, number];

/** Where the first voxel of one grid lies on another, and the steps to the next along each axis. */
interface GridToGrid {
  readonly origin: Vector;
  readonly steps: readonly [Vector, Vector, Vector];
}

function gridToGrid(from: Grid, to: Grid): GridToGrid {
  const back = invertAffine(to.affine);
  const place = (voxel: Vector) => toWorld(back, toWorld(from.affine, voxel));
  const origin = place([0, 0, 0]);
  const step = (voxel: Vector): Vector => {
    const [x, y, z] = place(voxel);
    return [x - origin[0], y - origin[1], z - origin[2]];
  };
  return { origin, steps: [step([1, 0, 0]), step([0, 1, 0]), step([0, 0, 1])] };
}

/** Voxels on another grid, without those beyond it, and how far they lie from its voxels at most. */
function moved(
  voxels: Uint32Array,
  [nx, ny]: Grid["size"],
  { origin: [x, y, z], steps: [a, b, c] }: GridToGrid,
  [mx, my, mz]: Grid["size"],
): { voxels: Uint32Array; off: number } {
  const out = new Uint32Array(voxels.length);
  let [count, off] = [0, 0];
  for (const voxel of voxels) {
    const [i, j, k] = [voxel % nx, Math.floor(voxel / nx) % ny, Math.floor(voxel / (nx * ny))];
    const u = x + i * a[0] + j * b[0] + k * c[0];
    const v = y + i * a[1] + j * b[1] + k * c[1];
    const w = z + i * a[2] + j * b[2] + k * c[2];
    const [p, q, r] = [Math.round(u), Math.round(v), Math.round(w)];
    off = Math.max(off, Math.abs(u - p), Math.abs(v - q), Math.abs(w - r));
    if (p >= 0 && p < mx && q >= 0 && q < my && r >= 0 && r < mz) out[count++] = p + mx * (q + my * r);
  }
  return { voxels: out.subarray(0, count), off };
}
