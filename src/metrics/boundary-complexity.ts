import type { Mask2d } from "../core/mask.js";
import { CurveRaster } from "./curve-raster.js";
import { EllipticHarmonics } from "./elliptic-harmonics.js";
import { largestOutline } from "./outline.js";

/** The agreement at which a reconstruction counts as the shape itself. */
export const complexityDice = 0.97;

/**
 * How complex an object's boundary is: the number of elliptic Fourier harmonics (Kuhl and Giardina 1982) needed to
 * reconstruct the outline of its largest part, filled, with a Dice of at least 0.97 to the part itself (holes filled).
 * 1 is a disc, 3 a long ellipse or a square, a star takes as many as it has points. At most half the points of the
 * outline; NaN for an empty mask.
 *
 * After the Fourier order by which Huang et al. (SAM-SZU, 2024) relate Dice to boundary complexity. Their code for it
 * is not published, so figures compare within samlab, not with theirs.
 */
export function boundaryComplexity(mask: Mask2d): number {
  const outline = largestOutline(mask);
  if (!outline) return Number.NaN;
  const steps = outline.x.length;
  const raster = new CurveRaster(outline);
  const harmonics = new EllipticHarmonics(outline);
  const most = Math.floor(steps / 2);
  for (let order = 1; order < most; order++) {
    harmonics.add(order);
    if (raster.dice(harmonics.x, harmonics.y) >= complexityDice) return order;
  }
  return most;
}
