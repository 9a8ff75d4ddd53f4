import type { NumericArray } from "./dtype.js";
import { SamlabError, show } from "./errors.js";
import { type Affine, type AnatomicalLetter, affineSpacing, axisLetter, orientationOf } from "./geometry.js";

/** A plane along which a volume is cut. */
export type Plane = "axial" | "coronal" | "sagittal";

/** All planes. */
export const planes: readonly Plane[] = ["axial", "coronal", "sagittal"];

type Direction = 1 | -1;

/**
 * How a volume is cut along one plane and shown in radiological convention: the patient's right is on the left of the
 * screen in axial and coronal slices, anterior is up in axial and on the left in sagittal ones, superior is up in
 * coronal and sagittal ones. Slice numbers increase toward superior, anterior and right.
 */
export interface PlaneView {
  /** The plane of the cut. */
  readonly plane: Plane;
  /** Pixels along the slice's horizontal and vertical axis, and the number of slices. */
  readonly width: number;
  readonly height: number;
  /** Number of slices. */
  readonly count: number;
  /** mm between pixels horizontally, vertically, and between slices. */
  readonly spacing: readonly [number, number, number];
  /** The voxel axis (0 = i, 1 = j, 2 = k) behind the horizontal, vertical and slice axis. */
  readonly axis: readonly [number, number, number];
  /** −1 where the slice axis runs opposite to the voxel axis. */
  readonly direction: readonly [1 | -1, 1 | -1, 1 | -1];
  /** The direction letters at the edges of the slice. */
  readonly letters: {
    readonly left: AnatomicalLetter;
    readonly right: AnatomicalLetter;
    readonly top: AnatomicalLetter;
    readonly bottom: AnatomicalLetter;
  };
}

/** Per plane: the RAS axis and the direction in which the horizontal, vertical (downwards) and slice axis grow. */
const conventions: Record<Plane, readonly (readonly [ras: 0 | 1 | 2, direction: Direction])[]> = {
  axial: [
    [0, -1],
    [1, -1],
    [2, 1],
  ],
  coronal: [
    [0, -1],
    [2, -1],
    [1, 1],
  ],
  sagittal: [
    [1, -1],
    [2, -1],
    [0, 1],
  ],
};

/**
 * The view of a volume of `size` voxels [i, j, k] along a plane. Oblique volumes are cut along their nearest voxel
 * axes, without resampling.
 * @throws {SamlabError} `argument-invalid` for another plane
 */
export function planeView(size: readonly [number, number, number], affine: Affine, plane: Plane): PlaneView {
  if (!planes.includes(plane)) {
    throw new SamlabError("argument-invalid", `There is no plane ${show(plane)}.`, {
      field: "plane",
      value: plane,
      remedy: `Use ${planes.join(", ")}.`,
    });
  }
  const orientation = orientationOf(affine);
  const voxelSpacing = affineSpacing(affine);
  const convention = conventions[plane];
  const axis = convention.map(([ras]) => orientation.axis[ras]) as [number, number, number];
  const direction = convention.map(([ras, towards]) => (orientation.sign[ras] * towards) as Direction);
  const [[hAxis, hDirection], [vAxis, vDirection]] = convention as [
    readonly [0 | 1 | 2, Direction],
    readonly [0 | 1 | 2, Direction],
  ];
  return {
    plane,
    width: size[axis[0]],
    height: size[axis[1]],
    count: size[axis[2]],
    spacing: [voxelSpacing[axis[0]], voxelSpacing[axis[1]], voxelSpacing[axis[2]]],
    axis,
    direction: direction as [Direction, Direction, Direction],
    letters: {
      left: axisLetter(hAxis, -hDirection as Direction),
      right: axisLetter(hAxis, hDirection),
      top: axisLetter(vAxis, -vDirection as Direction),
      bottom: axisLetter(vAxis, vDirection),
    },
  };
}

/**
 * Slice coordinates (x right, y down, slice index) to voxel indices (i, j, k). Also works for fractional coordinates.
 */
export function sliceToVoxel(view: PlaneView, x: number, y: number, index: number): [number, number, number] {
  const voxel: [number, number, number] = [0, 0, 0];
  const sizes = [view.width, view.height, view.count];
  [x, y, index].forEach((value, n) => {
    voxel[view.axis[n]] = view.direction[n] === 1 ? value : sizes[n] - 1 - value;
  });
  return voxel;
}

/** Voxel indices (i, j, k) to slice coordinates [x, y, slice index]. */
export function voxelToSlice(view: PlaneView, voxel: readonly [number, number, number]): [number, number, number] {
  const sizes = [view.width, view.height, view.count];
  const at = (n: number) => {
    const value = voxel[view.axis[n]];
    return view.direction[n] === 1 ? value : sizes[n] - 1 - value;
  };
  return [at(0), at(1), at(2)];
}

/**
 * Offset and strides, in elements of the volume's data (i fastest), to walk one slice: element (x, y) is at
 * `offset + x·strideX + y·strideY`.
 */
export function sliceStrides(view: PlaneView, index: number): { offset: number; strideX: number; strideY: number } {
  const size = [0, 0, 0];
  [view.width, view.height, view.count].forEach((length, n) => {
    size[view.axis[n]] = length;
  });
  const stride = [1, size[0], size[0] * size[1]];
  const [i, j, k] = sliceToVoxel(view, 0, 0, index);
  return {
    offset: i + j * stride[1] + k * stride[2],
    strideX: stride[view.axis[0]] * view.direction[0],
    strideY: stride[view.axis[1]] * view.direction[1],
  };
}

/**
 * Checks a slice number against a view. `source` names the volume in the message.
 * @throws {SamlabError} `argument-invalid`
 */
export function checkSliceIndex(view: PlaneView, index: number, source: string): void {
  if (Number.isInteger(index) && index >= 0 && index < view.count) return;
  throw new SamlabError("argument-invalid", `There is no ${view.plane} slice ${show(index)} in ${source}.`, {
    file: source,
    field: "index",
    value: index,
    remedy: `Slices are numbered 0 to ${view.count - 1}.`,
  });
}

/** Copies one slice out of a volume's voxels (i fastest) into `slice` (row-major, `view.width` × `view.height`). */
export function readSlice<T extends NumericArray>(view: PlaneView, index: number, voxels: T, slice: T): T {
  const { offset, strideX, strideY } = sliceStrides(view, index);
  for (let y = 0, n = 0; y < view.height; y++) {
    for (let x = 0, at = offset + y * strideY; x < view.width; x++, n++, at += strideX) slice[n] = voxels[at];
  }
  return slice;
}

/**
 * Calls `visit(pixel, voxel)` with the element numbers in the slice (row-major) and in the volume's data (i fastest),
 * row by row.
 */
export function forEachInSlice(view: PlaneView, index: number, visit: (pixel: number, voxel: number) => void): void {
  const { offset, strideX, strideY } = sliceStrides(view, index);
  for (let y = 0, n = 0; y < view.height; y++) {
    for (let x = 0, at = offset + y * strideY; x < view.width; x++, n++, at += strideX) visit(n, at);
  }
}
