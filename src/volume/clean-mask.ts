import { connectedComponents3d } from "../core/components-3d.js";
import { SamlabError, show } from "../core/errors.js";
import { checkOptionNames } from "../core/option-names.js";
import { gaussian3d } from "../core/smooth-3d.js";
import { MaskVolume } from "../io/mask/mask-volume.js";

/** What {@link cleanMask} does to each object of a mask, in this order. By default, nothing. */
export interface CleanOptions {
  /** Keep only the largest connected part. Voxels that touch at a corner are connected. */
  readonly largest?: boolean;
  /** Fill holes that are enclosed on all sides. Other objects in them stay. */
  readonly holes?: boolean;
  /**
   * Smooth the surface with a Gaussian of this standard deviation in mm, whatever the spacing. The threshold is chosen
   * so that the object keeps its volume (with one half, small objects would shrink).
   */
  readonly smoothing?: number;
}

type Size = readonly [number, number, number];

/**
 * Cleans a mask, each object by itself: removes small parts, fills holes, and smooths the surface. Lower labels go
 * first and keep voxels that a later object would also fill; no object takes a voxel of another.
 * @returns a new mask on the same grid
 * @throws {SamlabError} `argument-invalid` (smoothing, an unknown option)
 * @example
 * const clean = cleanMask(mask, { largest: true, holes: true, smoothing: 1.5 });
 */
export function cleanMask(mask: MaskVolume, options: CleanOptions): MaskVolume {
  checkCleaning(options);
  const { size, affine, source, form, series, notes, names, colors } = mask;
  const data = mask.data.slice();
  for (const label of mask.labels) cleanLabel(data, mask, label, options);
  return new MaskVolume({ data, size, affine, source, form, series, notes, names, colors });
}

/** @throws {SamlabError} `argument-invalid` */
export function checkCleaning(options: CleanOptions): void {
  checkOptionNames("clean", options, { largest: true, holes: true, smoothing: true });
  const { smoothing = 0 } = options;
  if (smoothing >= 0 && Number.isFinite(smoothing)) return;
  throw new SamlabError("argument-invalid", `smoothing is ${show(smoothing)}.`, {
    field: "smoothing",
    value: smoothing,
    remedy: "Give millimeters from 0.",
  });
}

/** The steps in words, for a footnote; empty if there are none. */
export function cleaningText({ smoothing = 0, largest, holes }: CleanOptions): string {
  const steps = [largest && "largest part", holes && "holes filled", smoothing > 0 && `smoothed by ${smoothing} mm`];
  return steps.filter(Boolean).join(", ");
}

function cleanLabel(
  data: Uint8Array | Uint16Array,
  { size, spacing }: MaskVolume,
  label: number,
  { smoothing = 0, largest, holes }: CleanOptions,
): void {
  const sigma = spacing.map((step) => smoothing / step) as [number, number, number];
  const box = boxOf(
    data,
    size,
    label,
    sigma.map((voxels) => Math.ceil(voxels) + 1),
  );
  let inside = cut(data, box, (value) => value === label);
  if (largest) inside = largestPart(inside, box.size);
  if (holes) inside = filled(inside, box.size);
  if (smoothing > 0) inside = smoothed(inside, box.size, sigma);
  forEachVoxel(box, (voxel, n) => {
    if (inside[n] !== 0 && data[voxel] === 0) data[voxel] = label;
    else if (inside[n] === 0 && data[voxel] === label) data[voxel] = 0;
  });
}

/** A box of voxels in a grid. */
interface Box {
  readonly from: Size;
  readonly size: Size;
  readonly grid: Size;
}

/** Bounding box of a label's voxels with a margin, clipped to the grid. */
function boxOf(data: ArrayLike<number>, grid: Size, label: number, margin: readonly number[]): Box {
  const [low, high] = [[...grid], [-1, -1, -1]];
  for (let n = 0; n < data.length; n++) {
    if (data[n] !== label) continue;
    const at = [n % grid[0], Math.floor(n / grid[0]) % grid[1], Math.floor(n / (grid[0] * grid[1]))];
    for (const axis of [0, 1, 2]) {
      low[axis] = Math.min(low[axis]!, at[axis]!);
      high[axis] = Math.max(high[axis]!, at[axis]!);
    }
  }
  const from = low.map((value, axis) => Math.max(value - margin[axis]!, 0)) as [number, number, number];
  const size = high.map((value, axis) => Math.min(value + margin[axis]!, grid[axis]! - 1) - from[axis]! + 1);
  return { from, size: size as [number, number, number], grid };
}

function forEachVoxel({ from, size, grid }: Box, visit: (voxel: number, n: number) => void): void {
  let n = 0;
  for (let z = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      let voxel = ((from[2] + z) * grid[1] + from[1] + y) * grid[0] + from[0];
      for (let x = 0; x < size[0]; x++) visit(voxel++, n++);
    }
  }
}

function cut(data: ArrayLike<number>, box: Box, isIn: (value: number) => boolean): Uint8Array {
  const inside = new Uint8Array(box.size[0] * box.size[1] * box.size[2]);
  forEachVoxel(box, (voxel, n) => {
    inside[n] = isIn(data[voxel]!) ? 1 : 0;
  });
  return inside;
}

function smoothed(inside: Uint8Array, size: Size, sigma: Size): Uint8Array {
  const means = gaussian3d(Float32Array.from(inside), size, sigma);
  const voxels = inside.reduce((sum, value) => sum + value, 0);
  const least = means.slice().sort()[means.length - voxels]!;
  return Uint8Array.from(means, (mean) => (mean >= least ? 1 : 0));
}

function largestPart(inside: Uint8Array, size: Size): Uint8Array {
  const { labels, sizes } = connectedComponents3d(inside, size, 26);
  const largest = sizes.indexOf(sizes.reduce((most, count) => Math.max(most, count), 0)) + 1;
  return Uint8Array.from(labels, (label) => (label !== 0 && label === largest ? 1 : 0));
}

/** Fills what cannot be reached from the faces of the box. A hole that is open at the grid's own face stays open. */
function filled(inside: Uint8Array, size: Size): Uint8Array {
  const { labels, sizes } = connectedComponents3d(inside, size, 6, (value) => value === 0);
  const isOpen = new Uint8Array(sizes.length + 1);
  labels.forEach((label, n) => {
    const [x, y, z] = [n % size[0], Math.floor(n / size[0]) % size[1], Math.floor(n / (size[0] * size[1]))];
    if (x === 0 || y === 0 || z === 0 || x === size[0] - 1 || y === size[1] - 1 || z === size[2] - 1) isOpen[label] = 1;
  });
  return inside.map((value, n) => (value !== 0 || isOpen[labels[n]!] === 0 ? 1 : 0));
}
