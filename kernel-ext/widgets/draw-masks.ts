import { SamlabError } from "../../src/core/errors.js";
import type { Mask2d } from "../../src/core/mask.js";
import { maskArea } from "../../src/core/mask.js";
import { encodePng } from "../../src/io/formats/raster.js";
import type { Image2d } from "../../src/io/image/image.js";
import { distinctColor, paintMask, type Rgb, sliceRaster } from "./shared/raster.js";
import { SliceSource } from "./shared/slice-source.js";

/** Options of {@link drawMasks}. */
export interface DrawMasksOptions {
  /** Drawn as a white outline on top, for instance the truth. */
  readonly outline?: Mask2d | undefined;
  /** Longer side of the picture in pixels. Default 480. */
  readonly longest?: number | undefined;
}

const white: Rgb = [255, 255, 255];
/** Low enough that the image stays visible under several masks. */
const opacity = 0.4;

/**
 * An image with masks drawn over it, each in its own color, largest first: PNG bytes with square pixels, displayed when
 * they are the last value of a cell.
 *
 * @param masks on the image's grid; the result of `automaticMasks` can be passed directly
 * @example
 * const slice = volume.slice(15);
 * await drawMasks(slice, await automaticMasks(sam, slice))
 * @throws {SamlabError} `geometry-mismatch` for a mask on another grid
 */
export async function drawMasks(
  image: Image2d,
  masks: readonly (Mask2d | { readonly mask: Mask2d })[],
  { outline, longest = 480 }: DrawMasksOptions = {},
): Promise<Uint8Array> {
  const source = new SliceSource(image);
  const frame = source.subject.frames[0];
  const place = { plane: frame.plane, index: 0 };
  const raster = sliceRaster(
    { frame, format: source.subject.format, samples: source.samples(place), window: image.window },
    longest,
  );
  const plain = masks.map((mask) => ("mask" in mask ? mask.mask : mask));
  for (const mask of outline ? [...plain, outline] : plain) requireGrid(mask, image);
  const largestFirst = plain.map((mask) => ({ mask, area: maskArea(mask) })).sort((a, b) => b.area - a.area);
  for (const [n, { mask }] of largestFirst.entries()) paintMask(raster, mask, distinctColor(n), opacity);
  if (outline) paintMask(raster, outline, white, 0);
  return encodePng(raster.width, raster.height, raster.data);
}

function requireGrid({ width, height }: Mask2d, image: Image2d): void {
  if (width === image.width && height === image.height) return;
  throw new SamlabError(
    "geometry-mismatch",
    `A ${width}×${height} mask does not lie on the ${image.width}×${image.height} image ${image.source}.`,
    { field: "masks", remedy: "Give masks of the image that is drawn." },
  );
}
