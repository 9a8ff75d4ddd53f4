import type { BoxPrompt } from "../../core/prompt.js";
import type { Image2d } from "../../io/image/image.js";
import type { AutomaskSettings } from "./options.js";

/** A part of the image that is prompted on its own. */
export interface Crop {
  /** Pixels [left, top, right, bottom) of the image: the last two are outside. */
  readonly box: BoxPrompt;
  /** 0 for the whole image. */
  readonly layer: number;
}

/** The whole image, then the crops of each layer, column by column (amg.py, `generate_crop_boxes`). */
export function cropsOf(
  width: number,
  height: number,
  { cropNLayers, cropOverlapRatio }: Pick<AutomaskSettings, "cropNLayers" | "cropOverlapRatio">,
): Crop[] {
  const crops: Crop[] = [{ box: [0, 0, width, height], layer: 0 }];
  for (let layer = 1; layer <= cropNLayers; layer++) {
    const perSide = 2 ** layer;
    const overlap = Math.floor(cropOverlapRatio * Math.min(width, height) * (2 / perSide));
    const length = (whole: number) => Math.ceil((overlap * (perSide - 1) + whole) / perSide);
    const [cropWidth, cropHeight] = [length(width), length(height)];
    for (let column = 0; column < perSide; column++) {
      for (let row = 0; row < perSide; row++) {
        const [x, y] = [column * (cropWidth - overlap), row * (cropHeight - overlap)];
        crops.push({ box: [x, y, Math.min(x + cropWidth, width), Math.min(y + cropHeight, height)], layer });
      }
    }
  }
  return crops;
}

/** A crop as a separate image, with the window of the whole image. */
export function cropImage(image: Image2d, [x0, y0, x1, y1]: BoxPrompt): Image2d {
  const { width: fullWidth, height: fullHeight, channels } = image;
  const [width, height] = [x1 - x0, y1 - y0];
  if (width === fullWidth && height === fullHeight) return image;
  const data = image.data.slice(0, width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((y0 + y) * fullWidth + x0) * channels;
    data.set(image.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { ...image, width, height, data, source: `${image.source}, crop ${x0}–${x1} × ${y0}–${y1}` };
}

/** Points of a layer along one side, as fractions of the side: evenly spaced, half a step from the edges. */
export function gridFractions(
  { pointsPerSide, cropNPointsDownscaleFactor }: Pick<AutomaskSettings, "pointsPerSide" | "cropNPointsDownscaleFactor">,
  layer: number,
): number[] {
  const count = Math.floor(pointsPerSide / cropNPointsDownscaleFactor ** layer);
  const offset = 1 / (2 * count);
  const step = (1 - offset - offset) / (count - 1);
  // numpy's linspace, to the last bit: the last value is set, not computed.
  return Array.from({ length: count }, (_, n) => (n > 0 && n === count - 1 ? 1 - offset : offset + (n && n * step)));
}

/** The points of a crop in its own pixels, row by row. */
export function gridPoints(width: number, height: number, fractions: readonly number[]): { x: number; y: number }[] {
  return fractions.flatMap((fy) => fractions.map((fx) => ({ x: fx * width, y: fy * height })));
}
