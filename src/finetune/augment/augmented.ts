import { maskArea } from "../../core/mask.js";
import type { Image2d } from "../../io/image/image.js";
import { modelPicture } from "../../predict/preprocess.js";
import type { TrainingCase } from "../types.js";
import { plain, type Variant, variantName } from "./variant.js";

/**
 * An augmented training case: the 8-bit image that the model sees and the truth, transformed alike. The identity
 * variant returns the case itself. Changes that would make the case useless are omitted: a shift that moves the object
 * out of the image, gray values that all become equal.
 */
export function augmented(source: TrainingCase, variant: Variant): TrainingCase {
  if (variantName(variant) === "") return source;
  const { image, truth } = source;
  const picture = modelPicture(image);
  const moved = moveWith(picture.width, picture.height, variant);
  const hidden = { ...truth, ...moved.apply(truth.data, 1) };
  if (maskArea(hidden) === 0 && variant.shift !== plain.shift)
    return augmented(source, { ...variant, shift: plain.shift });
  const gray = grayTable(variant);
  const shown = moved.apply(
    picture.data.map((value) => gray[value]),
    picture.channels,
  );
  if (shown.data.every((value) => value === shown.data[0])) {
    const { flip, turns, shift } = variant;
    return augmented(source, { ...plain, flip, turns, shift });
  }
  const result: Image2d = {
    ...shown,
    channels: image.channels,
    spacing: image.spacing && variant.turns % 2 === 1 ? [image.spacing[1], image.spacing[0]] : image.spacing,
    window: null,
    source: `${image.source} (${variantName(variant)})`,
  };
  return { ...source, image: result, truth: hidden };
}

/** Source pixels of a variant. */
function moveWith(width: number, height: number, { flip, turns, shift }: Variant) {
  const isOnSide = turns % 2 === 1;
  const [outWidth, outHeight] = isOnSide ? [height, width] : [width, height];
  const longer = Math.max(width, height);
  const [dx, dy] = shift.map((share) => Math.round(share * longer));
  return {
    apply(data: Uint8Array, channels: number) {
      const out = new Uint8Array(outWidth * outHeight * channels);
      for (let y = 0; y < outHeight; y++) {
        for (let x = 0; x < outWidth; x++) {
          const from = sourceOf(x - dx, y - dy);
          if (from < 0) continue;
          for (let channel = 0; channel < channels; channel++) {
            out[(y * outWidth + x) * channels + channel] = data[from * channels + channel];
          }
        }
      }
      return { width: outWidth, height: outHeight, data: out };
    },
  };

  /** The original pixel that maps to x, y; −1 for none. */
  function sourceOf(x: number, y: number): number {
    if (x < 0 || y < 0 || x >= outWidth || y >= outHeight) return -1;
    const [u, v] = [
      [x, y],
      [y, height - 1 - x],
      [width - 1 - x, height - 1 - y],
      [width - 1 - y, x],
    ][turns];
    return v * width + (flip ? width - 1 - u : u);
  }
}

/** Lookup table of gray values: exponent, then contrast about the middle, then brightness. */
function grayTable({ gamma, contrast, brightness }: Variant): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, value) => {
    const bent = ((value / 255) ** gamma - 0.5) * contrast + 0.5 + brightness;
    return Math.round(255 * Math.min(Math.max(bent, 0), 1));
  });
}
