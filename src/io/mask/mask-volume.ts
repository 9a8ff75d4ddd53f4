import { SamlabError, show } from "../../core/errors.js";
import { type Affine, affineSpacing, axisCodes, voxelVolume } from "../../core/geometry.js";
import { type Grid, type GridTurn, gridDifference, relateGrids, turnVoxels } from "../../core/grid.js";
import type { Mask2d } from "../../core/mask.js";
import { checkSliceIndex, forEachInSlice, type Plane, type PlaneView, planeView } from "../../core/plane.js";
import type { NiftiForm } from "../nifti/form.js";

/** Constructor arguments of {@link MaskVolume}. */
export interface MaskVolumeInit {
  /** nx · ny · nz labels, i fastest. Kept, not copied. */
  readonly data: Uint8Array | Uint16Array;
  /** Voxels along i, j, k. */
  readonly size: readonly [nx: number, ny: number, nz: number];
  /** Voxel indices to RAS millimeters. */
  readonly affine: Affine;
  /** Its source, for messages. */
  readonly source: string;
  /** Geometry fields of a NIfTI source. Default `null`. */
  readonly form?: NiftiForm | null | undefined;
  /** The files of the DICOM series that it belongs to. Default none. */
  readonly series?: readonly string[] | undefined;
  /** What the reader changed, one sentence each. Default none. */
  readonly notes?: readonly string[];
  /** Label number → name. Default none. */
  readonly names?: ReadonlyMap<number, string> | undefined;
  /** Label number → color, `#rrggbb`. Default none. */
  readonly colors?: ReadonlyMap<number, string> | undefined;
}

/**
 * A mask over a volume: 0 outside, 1 inside, or integer labels for several objects (1 to 255, or to 65535 where `data`
 * is a Uint16Array). On the volume's voxel grid: `data` has i fastest, `affine` takes voxel indices to RAS millimeters.
 * Slices use the same views as {@link Volume.slice}, so pixel (x, y) of a mask slice is pixel (x, y) of the image
 * slice.
 */
export class MaskVolume {
  /** nx · ny · nz labels, i fastest; 0 is the background. */
  readonly data: Uint8Array | Uint16Array;
  /** Voxels along i, j, k. */
  readonly size: readonly [nx: number, ny: number, nz: number];
  /** Voxel indices to RAS millimeters. */
  readonly affine: Affine;
  /** The file it was loaded from, or a description. */
  readonly source: string;
  /** Geometry fields of a NIfTI source, written unchanged when this mask is saved. `null` for other sources. */
  readonly form: NiftiForm | null;
  /** What the reader changed, one sentence each, e.g. that labels were rounded. Usually empty. */
  readonly notes: readonly string[];
  /** Label names, from the file or the constructor; may be empty. */
  readonly names: ReadonlyMap<number, string>;
  /** Label colors, `#rrggbb`, from the file or the constructor; may be empty. */
  readonly colors: ReadonlyMap<number, string>;
  /** The files of the DICOM series that it belongs to; empty for other images. */
  readonly series: readonly string[];
  readonly #views = new Map<Plane, PlaneView>();

  /** @throws {SamlabError} `geometry-mismatch` when the data do not match the size */
  constructor(init: MaskVolumeInit) {
    const voxels = init.size[0] * init.size[1] * init.size[2];
    if (init.data.length !== voxels) {
      throw new SamlabError(
        "geometry-mismatch",
        `${init.source}: ${init.data.length} mask values for ${init.size.join("×")} voxels.`,
        { file: init.source, field: "size", value: init.size, remedy: "Give x × y × z values, x fastest." },
      );
    }
    this.data = init.data;
    this.size = init.size;
    this.affine = init.affine;
    this.source = init.source;
    this.form = init.form ?? null;
    this.series = init.series ?? [];
    this.notes = init.notes ?? [];
    this.names = init.names ?? new Map();
    this.colors = init.colors ?? new Map();
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
    const { data } = this;
    const seen = new Uint8Array(65536);
    // Most voxels are like the one before.
    for (let n = 0, last = 0; n < data.length; n++) {
      const label = data[n]!;
      if (label === last) continue;
      seen[label] = 1;
      last = label;
    }
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
   * Replaces one object on one slice by `mask`. Other labels are kept where `mask` is 0 and overwritten where it is 1.
   * @param label the object's label, 1 to 255 (65535 where `data` is a Uint16Array)
   * @throws {SamlabError} `argument-invalid` (index, label), `geometry-mismatch` (the mask does not have the slice's
   * size)
   */
  setSlice(index: number, plane: Plane, mask: Mask2d, label = 1): void {
    const view = this.view(plane);
    checkSliceIndex(view, index, this.source);
    checkLabel(label, this.data);
    if (mask.width !== view.width || mask.height !== view.height) {
      throw new SamlabError(
        "geometry-mismatch",
        `A ${mask.width}×${mask.height} mask does not fit the ${view.width}×${view.height} ${plane} slices of ${this.source}.`,
        {
          file: this.source,
          field: "mask",
          value: [mask.width, mask.height],
          remedy: "Give a mask with the width and height of the slice.",
        },
      );
    }
    forEachInSlice(view, index, (pixel, voxel) => {
      if (mask.data[pixel] !== 0) this.data[voxel] = label;
      else if (this.data[voxel] === label) this.data[voxel] = 0;
    });
  }

  /** A binary copy of one object with its name and color: 1 where this mask is `label`. */
  only(label: number): MaskVolume {
    checkLabel(label, this.data);
    const data = new Uint8Array(this.data.length);
    for (let n = 0; n < data.length; n++) data[n] = this.data[n] === label ? 1 : 0;
    const { size, affine, form, series } = this;
    const [name, color] = [this.names.get(label), this.colors.get(label)];
    const names = name === undefined ? undefined : new Map([[1, name]]);
    const colors = color === undefined ? undefined : new Map([[1, color]]);
    return new MaskVolume({ data, size, affine, form, series, names, colors, source: `${this.source} label ${label}` });
  }
}

/**
 * An empty mask on a volume's grid.
 * @param most the largest label that it must hold, 1 to 65535. Above 255, `data` is a Uint16Array
 * @throws {SamlabError} `argument-invalid` for a larger label
 */
export function emptyMask(volume: Omit<MaskVolumeInit, "data">, most = 255): MaskVolume {
  const { size, affine, source, form, series } = volume;
  const data = new (most > 255 ? Uint16Array : Uint8Array)(size[0] * size[1] * size[2]);
  checkLabel(most, data);
  return new MaskVolume({
    data,
    size,
    affine,
    form,
    series,
    source: `mask of ${source}`,
  });
}

/**
 * A mask on the grid of an image: the mask itself if it is already on that grid, a reordered copy if its axes differ in
 * order or direction (RAS and LPS, for example).
 * @throws {SamlabError} `geometry-mismatch` saying that the sizes differ, or how far the corners lie apart, in mm
 */
export function maskOnGrid(mask: MaskVolume, image: Grid & { readonly form?: NiftiForm | null }): MaskVolume {
  const relation = relateGrids(mask, image);
  const { turn, shift, isSameSize } = relation;
  if (turn) return turnMask(mask, turn, image);
  const describe = ({ size, affine }: Grid) => `${size.join("×")} voxels (${axisCodes(affine)})`;
  throw new SamlabError(
    "geometry-mismatch",
    `The image has ${describe(image)}, the mask ${describe(mask)}; ${gridDifference(relation, 3)}.`,
    {
      file: mask.source,
      field: isSameSize ? "affine" : "size",
      value: isSameSize ? shift : mask.size,
      remedy: "Resample the mask onto the image's grid.",
    },
  );
}

/** The mask with its axes in the image's order and direction. */
export function turnMask(
  mask: MaskVolume,
  turn: GridTurn,
  image: Grid & { readonly form?: NiftiForm | null; readonly series?: readonly string[] },
): MaskVolume {
  if (turn.isIdentity) return mask;
  const { size, affine, form = null, series } = image;
  return new MaskVolume({ ...mask, data: turnVoxels(mask.data, mask.size, turn), size, affine, form, series });
}

/** @throws {SamlabError} `argument-invalid` for a label outside the range of the data type */
export function checkLabel(label: number, data: Uint8Array | Uint16Array): void {
  const most = data instanceof Uint16Array ? 65535 : 255;
  if (Number.isInteger(label) && label >= 1 && label <= most) return;
  throw new SamlabError("argument-invalid", `${show(label)} is not a label.`, {
    field: "label",
    value: label,
    remedy: `Labels are whole numbers from 1 to ${most} here; 0 is the background.`,
  });
}
