import { SamlabError, show } from "../core/errors.js";
import { type Affine, affineSpacing, voxelVolume } from "../core/geometry.js";
import type { Mask2d } from "../core/mask.js";
import { checkSliceIndex, forEachInSlice, type Plane, type PlaneView, planeView } from "../core/plane.js";

export interface MaskVolumeInit {
  /** nx · ny · nz labels, i fastest. Kept, not copied. */
  readonly data: Uint8Array;
  readonly size: readonly [nx: number, ny: number, nz: number];
  readonly affine: Affine;
  readonly source: string;
}

/**
 * A mask over a volume: 0 outside, 1 inside, or small whole numbers for several objects (label 1 to 255). On the volume's own voxel grid: `data` has
 * i fastest, `affine` takes voxel indices to RAS millimetres. Slices are cut by the same views as {@link Volume.slice}, so pixel (x, y) of
 * a mask slice is pixel (x, y) of the image slice.
 */
export class MaskVolume {
  readonly data: Uint8Array;
  readonly size: readonly [nx: number, ny: number, nz: number];
  readonly affine: Affine;
  /** The file it came from, or what it was made for. */
  readonly source: string;
  readonly #views = new Map<Plane, PlaneView>();

  /** @throws {SamlabError} `geometry-mismatch` when the data do not fill the size */
  constructor(init: MaskVolumeInit) {
    const voxels = init.size[0] * init.size[1] * init.size[2];
    if (init.data.length !== voxels) {
      throw new SamlabError(
        "geometry-mismatch",
        `${init.source}: ${init.data.length} mask values for ${init.size.join("×")} voxels.`,
        { file: init.source, field: "size", value: init.size },
      );
    }
    this.data = init.data;
    this.size = init.size;
    this.affine = init.affine;
    this.source = init.source;
  }

  /** Size, spacing and orientation of the slices along a plane. */
  view(plane: Plane = "axial"): PlaneView {
    let view = this.#views.get(plane);
    if (!view) {
      view = planeView(this.size, this.affine, plane);
      this.#views.set(plane, view);
    }
    return view;
  }

  /** mm between voxels along i, j, k. */
  get spacing(): readonly [number, number, number] {
    return affineSpacing(this.affine);
  }

  /** The labels that occur, ascending, without 0. */
  get labels(): number[] {
    const seen = new Uint8Array(256);
    for (const label of this.data) seen[label] = 1;
    return Array.from(seen.keys()).filter((label) => label > 0 && seen[label] === 1);
  }

  /** Number of voxels that are not 0. */
  get voxels(): number {
    let count = 0;
    for (const label of this.data) if (label !== 0) count++;
    return count;
  }

  /** The volume of {@link voxels} in mm³. */
  get volumeMm3(): number {
    return this.voxels * voxelVolume(this.affine);
  }

  /**
   * One slice in radiological orientation, copied: 1 where the mask is not 0, or where it is `label`.
   * @throws {SamlabError} `argument-invalid` when the index is not a slice of the volume
   */
  slice(index: number, plane: Plane = "axial", options: { readonly label?: number } = {}): Mask2d {
    const view = this.view(plane);
    checkSliceIndex(view, index, this.source);
    const { width, height } = view;
    const data = new Uint8Array(width * height);
    const { label } = options;
    forEachInSlice(view, index, (pixel, voxel) => {
      const value = this.data[voxel];
      data[pixel] = (label === undefined ? value !== 0 : value === label) ? 1 : 0;
    });
    return { width, height, data };
  }

  /**
   * Replaces one object on one slice: its voxels there become those of `mask`. Other labels stay where `mask` is 0 and are overwritten where it is 1.
   * @param label the object's number, 1 to 255
   * @throws {SamlabError} `argument-invalid` (index, label), `geometry-mismatch` (the mask is not of the slice's size)
   */
  setSlice(index: number, plane: Plane, mask: Mask2d, label = 1): void {
    const view = this.view(plane);
    checkSliceIndex(view, index, this.source);
    checkLabel(label);
    if (mask.width !== view.width || mask.height !== view.height) {
      throw new SamlabError(
        "geometry-mismatch",
        `A ${mask.width}×${mask.height} mask does not fit the ${view.width}×${view.height} ${plane} slices of ${this.source}.`,
        { file: this.source, field: "mask", value: [mask.width, mask.height] },
      );
    }
    forEachInSlice(view, index, (pixel, voxel) => {
      if (mask.data[pixel] !== 0) this.data[voxel] = label;
      else if (this.data[voxel] === label) this.data[voxel] = 0;
    });
  }

  /** A binary copy of one object: 1 where this mask is `label`. */
  only(label: number): MaskVolume {
    checkLabel(label);
    const data = new Uint8Array(this.data.length);
    for (let n = 0; n < data.length; n++) data[n] = this.data[n] === label ? 1 : 0;
    return new MaskVolume({ data, size: this.size, affine: this.affine, source: `${this.source} label ${label}` });
  }
}

/** An empty mask on a volume's grid. */
export function emptyMask(volume: Omit<MaskVolumeInit, "data">): MaskVolume {
  const { size, affine, source } = volume;
  return new MaskVolume({
    data: new Uint8Array(size[0] * size[1] * size[2]),
    size,
    affine,
    source: `mask of ${source}`,
  });
}

function checkLabel(label: number): void {
  if (Number.isInteger(label) && label >= 1 && label <= 255) return;
  throw new SamlabError("argument-invalid", `${show(label)} is no label.`, {
    field: "label",
    value: label,
    remedy: "Labels are whole numbers from 1 to 255; 0 is the background.",
  });
}
