import type { NumericArray } from "../../core/dtype.js";
import { SamlabError } from "../../core/errors.js";
import type { Affine } from "../../core/geometry.js";
import { checkSliceIndex, type Plane, type PlaneView, planeView, readSlice } from "../../core/plane.js";
import type { NiftiForm } from "../nifti/form.js";
import type { IntensityWindow, SliceImage } from "./image.js";

/** Constructor arguments of {@link Volume}. */
export interface VolumeInit {
  /** nx · ny · nz values, i fastest. Kept, not copied. */
  readonly data: NumericArray;
  /** Voxels along i, j, k. */
  readonly size: readonly [number, number, number];
  /** Voxel indices to RAS millimeters. */
  readonly affine: Affine;
  /** The window of its slices. */
  readonly window: IntensityWindow;
  /** Its source, for messages and provenance. */
  readonly source: string;
  /** What the reader changed or omitted; see {@link Volume.notes}. */
  readonly notes?: readonly string[];
  /** Geometry fields of a NIfTI source. Default `null`. */
  readonly form?: NiftiForm | null;
  /** The files of the DICOM series it came from. Default none. */
  readonly series?: readonly string[] | undefined;
  /** The unit of the values, e.g. `HU`. Default `null`: unknown. */
  readonly units?: string | null;
  /** False if the file does not say how large its voxels are; the affine is then in voxels. Default true. */
  readonly hasSpacing?: boolean | undefined;
}

/**
 * A 3D image on a regular grid. `size` is [nx, ny, nz] voxels along i, j, k; `data` has i fastest (as in a NIfTI file),
 * values in the file's own units after slope and intercept; `affine` takes voxel indices to RAS millimeters.
 */
export class Volume {
  /** nx · ny · nz values, i fastest, in the file's own units after slope and intercept. */
  readonly data: NumericArray;
  /** Voxels along i, j, k. */
  readonly size: readonly [nx: number, ny: number, nz: number];
  /** Voxel indices to RAS millimeters. */
  readonly affine: Affine;
  /** The window of its slices; change it with {@link withWindow}. */
  readonly window: IntensityWindow;
  /** The file it came from. */
  readonly source: string;
  /**
   * What the reader changed or omitted, one sentence each, e.g. that non-finite voxels were set to 0. Usually empty.
   */
  readonly notes: readonly string[];
  /** Geometry fields of a NIfTI source, for masks saved on this grid. `null` for other sources. */
  readonly form: NiftiForm | null;
  /** The unit of the values, e.g. `HU` or `BQML`, from a DICOM file; `null` if unknown. */
  readonly units: string | null;
  /** False if the file does not say how large its voxels are: distances are then in voxels, not in mm. */
  readonly hasSpacing: boolean;
  /**
   * The files of the DICOM series that it came from; empty for other sources. Masks on it can be saved as DICOM SEG.
   */
  readonly series: readonly string[];
  readonly #views = new Map<Plane, PlaneView>();

  constructor(init: VolumeInit) {
    const voxels = init.size[0] * init.size[1] * init.size[2];
    if (init.data.length !== voxels) {
      throw new SamlabError(
        "geometry-mismatch",
        `${init.source}: ${init.data.length} values for ${init.size.join("×")} voxels.`,
        {
          file: init.source,
          field: "size",
          value: init.size,
          remedy: "Give x × y × z values, x fastest.",
        },
      );
    }
    this.data = init.data;
    this.size = init.size;
    this.affine = init.affine;
    this.window = init.window;
    this.source = init.source;
    this.notes = init.notes ?? [];
    this.form = init.form ?? null;
    this.series = init.series ?? [];
    this.units = init.units ?? null;
    this.hasSpacing = init.hasSpacing ?? true;
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

  /** mm between voxels along i, j, k; 1 without {@link hasSpacing}. */
  get spacing(): readonly [number, number, number] {
    const { axis, spacing } = this.view();
    const out: [number, number, number] = [0, 0, 0];
    axis.forEach((voxelAxis, n) => {
      out[voxelAxis] = spacing[n];
    });
    return out;
  }

  /**
   * One slice in radiological orientation (see {@link PlaneView}), copied.
   * @throws {SamlabError} `argument-invalid` when the index is not a slice of the volume
   */
  slice(index: number, plane: Plane = "axial"): SliceImage {
    const view = this.view(plane);
    checkSliceIndex(view, index, this.source);
    const { width, height } = view;
    const data = new (this.data.constructor as new (length: number) => NumericArray)(width * height);
    readSlice(view, index, this.data, data);
    return {
      width,
      height,
      channels: 1,
      data,
      spacing: this.hasSpacing ? [view.spacing[0], view.spacing[1]] : null,
      window: this.window,
      source: `${this.source} ${plane} ${index}`,
      plane,
      index,
      view,
    };
  }

  /** The same voxels with another window. Shares memory. */
  withWindow(window: IntensityWindow): Volume {
    const { data, size, affine, source, notes, form, units, series, hasSpacing } = this;
    return new Volume({ data, size, affine, window, source, notes, form, units, series, hasSpacing });
  }
}
