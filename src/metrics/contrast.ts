import { SamlabError } from "../core/errors.js";
import { type Mask2d, maskArea, maskBox } from "../core/mask.js";
import { nearestDistances } from "./nearest.js";

/** A gray image: row-major, one value a pixel, of any range. */
export interface IntensityImage {
  readonly width: number;
  readonly height: number;
  /** `width` · `height` values, row-major. */
  readonly data: ArrayLike<number>;
}

/**
 * The contrast of an object to its surroundings, 0 (not at all) to 1 (a flat object in flat surroundings): d / (d + s),
 * where d is the difference of the mean intensities inside and in a ring round the object, and s the noise, the root of
 * the mean of both variances. So 0.5 means a contrast-to-noise ratio d / s of 1. Unlike |a − b| / (a + b) it does not
 * change with offset and scale of the intensities (CT numbers may be negative, windows differ).
 *
 * The ring is a tenth of the object's diameter wide (that of a disc of its area), at least 3 pixels, and ends at the
 * image's border. NaN when the mask is empty or leaves no ring.
 *
 * @throws {SamlabError} `geometry-mismatch` when the image's and the mask's grids differ
 */
export function objectContrast(image: IntensityImage, mask: Mask2d): number {
  const { width, height, data } = image;
  if (width !== mask.width || height !== mask.height || data.length !== width * height) {
    throw new SamlabError(
      "geometry-mismatch",
      `A ${width}×${height} image with ${data.length} values does not fit a ${mask.width}×${mask.height} mask.`,
      { field: "image", value: [width, height, data.length], remedy: "Give one intensity for each pixel of the mask." },
    );
  }
  const box = maskBox(mask);
  if (!box) return Number.NaN;
  const reach = Math.max(3, Math.round(0.2 * Math.sqrt(maskArea(mask) / Math.PI)));
  const [x0, y0] = [Math.max(0, box[0] - reach), Math.max(0, box[1] - reach)];
  const [x1, y1] = [Math.min(width - 1, box[2] + reach), Math.min(height - 1, box[3] + reach)];
  const size = [x1 - x0 + 1, y1 - y0 + 1, 1] as const;
  const object = new Uint8Array(size[0] * size[1]);
  const outside = new Uint8Array(size[0] * size[1]);
  const [within, around] = [new Moments(), new Moments()];
  for (let y = y0, n = 0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++, n++) {
      const isInside = mask.data[y * width + x] !== 0;
      object[n] = isInside ? 1 : 0;
      outside[n] = isInside ? 0 : 1;
      if (isInside) within.add(data[y * width + x]);
    }
  }
  const distances = nearestDistances(
    { size, data: outside, count: outside.length - within.count },
    { size, data: object, count: within.count },
    [1, 1, 1],
  );
  for (let n = 0, k = 0; n < outside.length; n++) {
    if (outside[n] === 0 || distances[k++] > reach) continue;
    around.add(data[(y0 + Math.floor(n / size[0])) * width + x0 + (n % size[0])]);
  }
  if (around.count === 0) return Number.NaN;
  const difference = Math.abs(within.mean - around.mean);
  const noise = Math.sqrt((within.variance + around.variance) / 2);
  return difference === 0 ? 0 : difference / (difference + noise);
}

/** Mean and variance of numbers as they come (Welford's method). */
class Moments {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    const delta = value - this.mean;
    this.mean += delta / ++this.count;
    this.#squares += delta * (value - this.mean);
  }

  get variance(): number {
    return this.#squares / this.count;
  }
}
