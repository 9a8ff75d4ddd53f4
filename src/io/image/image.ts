import type { NumericArray } from "../../core/dtype.js";
import type { Plane, PlaneView } from "../../core/plane.js";

/** The intensity range that becomes black to white: values ≤ `low` are 0, values ≥ `high` are 255. In the image's own units (HU for CT). */
export interface IntensityWindow {
  /** Becomes black, in the image's units. */
  readonly low: number;
  /** Becomes white, in the image's units. */
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
  /** 1 for gray, 3 for red, green, and blue. */
  readonly channels: 1 | 3;
  /** `width` · `height` · `channels` values, row-major, channels interleaved, in the file's own units. */
  readonly data: NumericArray;
  /** [x, y] in mm; `null` when the file does not say. */
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
  /** Slices of volumes are gray. */
  readonly channels: 1;
  /** The plane of the cut. */
  readonly plane: Plane;
  /** From 0, towards superior, anterior, and right. */
  readonly index: number;
  /** How to get back to the voxels. */
  readonly view: PlaneView;
}
