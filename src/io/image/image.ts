import type { NumericArray } from "../../core/dtype.js";
import type { Plane, PlaneView } from "../../core/plane.js";

/** The intensity range that becomes black to white: values ≤ `low` are 0, values ≥ `high` are 255. In the image's own units (HU for CT). */
export interface IntensityWindow {
  readonly low: number;
  readonly high: number;
  /** For people: how it was chosen, e.g. `CT abdomen (W 400, L 40)` or `percentiles 0.5–99.5`. */
  readonly name: string;
}

/**
 * A picture, or one slice of a volume. `data` is row-major with interleaved channels (height, width, channel); values are in the file's own units.
 * `spacing` is [x, y] in mm, or `null` when the file does not say.
 */
export interface Image2d {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: NumericArray;
  readonly spacing: readonly [number, number] | null;
  /** The window to show it with and to give it to a model with; `null` for 8-bit pictures, which are taken as they are. */
  readonly window: IntensityWindow | null;
  /** Where it came from, for provenance: a file name, and for a slice its plane and index. */
  readonly source: string;
  /** What the reader changed or left out, one sentence each; left out where there is nothing to say. */
  readonly notes?: readonly string[];
}

/** A slice of a volume in radiological orientation, and how to get back to the voxels. */
export interface SliceImage extends Image2d {
  readonly channels: 1;
  readonly plane: Plane;
  readonly index: number;
  readonly view: PlaneView;
}
