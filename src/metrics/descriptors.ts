import { type Mask2d, maskArea } from "../core/mask.js";
import { boundaryComplexity } from "./boundary-complexity.js";
import { type IntensityImage, objectContrast } from "./contrast.js";

export type { IntensityImage };

/** Properties of an object that affect segmentation difficulty; scores can be plotted against them. */
export interface ObjectDescription {
  /** Pixels. */
  readonly size: number;
  /**
   * d / (d + s), 0 to 1: d is the difference of the mean intensities inside and in a ring around the object, s the
   * noise of both. NaN when there is no object, or nothing around it.
   */
  readonly contrast: number;
  /**
   * Elliptic Fourier harmonics needed to redraw the outline of the largest part with Dice 0.97, 1 or more. NaN when
   * there is no object.
   */
  readonly complexity: number;
}

/**
 * Size, contrast to the surroundings and boundary complexity of the true object on a slice.
 * @throws {SamlabError} `geometry-mismatch` when the image's and the mask's grids differ
 */
export function describeObject(image: IntensityImage, truth: Mask2d): ObjectDescription {
  return { size: maskArea(truth), contrast: objectContrast(image, truth), complexity: boundaryComplexity(truth) };
}
