import { type Mask2d, maskArea } from "../core/mask.js";
import { boundaryComplexity } from "./boundary-complexity.js";
import { type IntensityImage, objectContrast } from "./contrast.js";

export type { IntensityImage };

/** What makes an object easy or hard to find, by which scores are charted. */
export interface ObjectDescription {
  /** Pixels. */
  readonly size: number;
  /** 0 to 1; see {@link objectContrast}. NaN when there is no object, or nothing round it. */
  readonly contrast: number;
  /** Fourier harmonics, 1 or more; see {@link boundaryComplexity}. NaN when there is no object. */
  readonly complexity: number;
}

/**
 * Size, contrast to the surroundings and boundary complexity of the true object on a slice.
 * @throws {SamlabError} `geometry-mismatch` when the image's and the mask's grids differ
 */
export function describeObject(image: IntensityImage, truth: Mask2d): ObjectDescription {
  return { size: maskArea(truth), contrast: objectContrast(image, truth), complexity: boundaryComplexity(truth) };
}
