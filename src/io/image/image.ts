import type { NumericArray } from "../../core/dtype.js";
import type { Plane, PlaneView } from "../../core/plane.js";

/**
 * The intensity range that is mapped to black through white: values ≤ `low` are 0, values ≥ `high` are 255. In the
 * image's own units (HU for CT).
 */
export interface IntensityWindow {
  /** Mapped to black, in the image's units. */
  readonly low: number;
  /** Mapped to white, in the image's units. */
  readonly high: number;
  /** Human-readable name or rule, e.g. `CT abdomen (W 400, L 40)` or `percentiles 0.5–99.5`. */
  readonly name: string;
}

/**
 * A 2D image, or one slice of a volume. `data` is row-major with interleaved channels (height, width, channel); values
 * are in the file's own units. `spacing` is [x, y] in mm, or `null` when the file does not say.
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
  /** The window for display and for the model; `null` for 8-bit images, which are used unchanged. */
  readonly window: IntensityWindow | null;
  /** Provenance: a file name, and for a slice its plane and index. */
  readonly source: string;
  /** What the reader changed or omitted, one sentence each; `undefined` if nothing. */
  readonly notes?: readonly string[];
}

/** A slice of a volume in radiological orientation, and how to map it back to voxels. */
export interface SliceImage extends Image2d {
  /** Slices of volumes are grayscale. */
  readonly channels: 1;
  /** The plane of the cut. */
  readonly plane: Plane;
  /** From 0, toward superior, anterior, and right. */
  readonly index: number;
  /** How to map slice pixels back to voxels. */
  readonly view: PlaneView;
}
