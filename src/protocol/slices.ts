import type { Affine, AnatomicalLetter } from "../core/geometry.js";
import type { Plane } from "../core/plane.js";
import type { SampleFormat } from "./samples.js";

/** Binary data in a message: a typed array in the kernel, a `DataView` in the browser. */
export type WireBytes = ArrayBufferView;

/**
 * A slice of the image. `index` counts from 0 toward superior, anterior and right; a picture has the one slice 0 and
 * `plane` null.
 */
export interface Place {
  /** Null for a picture. */
  readonly plane: Plane | null;
  /** From 0. */
  readonly index: number;
}

/** True for the same slice of the same plane. */
export function samePlace(a: Place, b: Place): boolean {
  return a.plane === b.plane && a.index === b.index;
}

/** The pixel grid of the slices along one plane; a `PlaneView` for volumes. */
export interface SliceFrame {
  /** Null for a picture. */
  readonly plane: Plane | null;
  readonly width: number;
  readonly height: number;
  /** Number of slices. */
  readonly count: number;
  /**
   * mm between pixels to the right, down, and between slices. All 1 when the image does not say (see
   * {@link Subject.unit}).
   */
  readonly spacing: readonly [number, number, number];
  /** The voxel axis behind each, and −1 where it runs in the opposite direction. */
  readonly axis: readonly [number, number, number];
  /** −1 where a slice axis runs opposite to the voxel axis. */
  readonly direction: readonly [1 | -1, 1 | -1, 1 | -1];
  /** Direction letters at the image edges; null where the image has no orientation. */
  readonly letters: {
    readonly left: AnatomicalLetter;
    readonly right: AnatomicalLetter;
    readonly top: AnatomicalLetter;
    readonly bottom: AnatomicalLetter;
  } | null;
}

/** The image that a widget shows. Fixed for the life of the widget. */
export interface Subject {
  /** A volume has planes and slices, a picture has one slice. */
  readonly kind: "volume" | "picture";
  /** Display name of its file. */
  readonly source: string;
  /** How samples are stored. */
  readonly format: SampleFormat;
  /** One for each plane; the only one for a picture. */
  readonly frames: readonly SliceFrame[];
  /** Voxel indices to RAS mm; null for pictures. */
  readonly affine: Affine | null;
  /** `px` when the image does not say how large its pixels are. */
  readonly unit: "mm" | "px";
  /** Unit of the values: `HU` for CT, empty if unknown. */
  readonly valueUnit: "HU" | "";
}

/** The samples of the current slice, row-major, as {@link Subject.format} says. */
export interface SliceSamples extends Place {
  /** `width` · `height` samples, row-major, as {@link Subject.format} says. */
  readonly data: WireBytes;
}

/**
 * The voxel under a pixel of a slice, i, j, k: used wherever a position is displayed. For a 2D image, i and j are the
 * pixel's coordinates.
 */
export function voxelAt(
  { width, height, count, axis, direction }: SliceFrame,
  place: Place,
  x: number,
  y: number,
): [number, number, number] {
  const sizes = [width, height, count];
  const voxel: [number, number, number] = [0, 0, 0];
  [x, y, place.index].forEach((position, n) => {
    voxel[axis[n]] = direction[n] === 1 ? position : sizes[n] - 1 - position;
  });
  return voxel;
}

/** The pixel of a slice, and the slice, under a voxel: x, y, index. The inverse of {@link voxelAt}. */
export function pixelUnder(
  { width, height, count, axis, direction }: SliceFrame,
  voxel: readonly [number, number, number],
): [x: number, y: number, index: number] {
  const sizes = [width, height, count];
  return [0, 1, 2].map((n) => {
    const at = voxel[axis[n]];
    return direction[n] === 1 ? at : sizes[n] - 1 - at;
  }) as [number, number, number];
}

/** The frame of a slice; the first one when the plane is unknown. */
export function frameOf(subject: Subject, plane: Plane | null): SliceFrame {
  return subject.frames.find((frame) => frame.plane === plane) ?? subject.frames[0];
}
