import { didYouMean } from "../../core/did-you-mean.js";
import type { NumericArray } from "../../core/dtype.js";
import { SamlabError, show } from "../../core/errors.js";
import type { Image2d, IntensityWindow } from "./image.js";
import { percentiles, valueRange } from "./percentile.js";

/**
 * Common CT windows in HU, width and level, from Radiopaedia, "Windowing (CT)". Abdomen is the window that MedSAM was
 * trained with (its `pre_CT_MR.py`: width 400, level 40).
 */
export const windowPresets = {
  abdomen: { width: 400, level: 40 },
  liver: { width: 150, level: 30 },
  mediastinum: { width: 350, level: 50 },
  lung: { width: 1500, level: -600 },
  bone: { width: 1800, level: 400 },
  brain: { width: 80, level: 40 },
  subdural: { width: 215, level: 75 },
  spine: { width: 250, level: 50 },
} as const satisfies Record<string, { width: number; level: number }>;

/** The name of a CT window, see {@link windowPresets}. */
export type WindowPreset = keyof typeof windowPresets;

/** Ways to specify an intensity window; resolved against the data by {@link resolveWindow}. */
export type WindowSpec =
  | "auto"
  | WindowPreset
  | IntensityWindow
  | { readonly low: number; readonly high: number }
  | { readonly width: number; readonly level: number }
  | { readonly percentiles: readonly [low: number, high: number]; readonly ignoreZero?: boolean };

/** Values at or below this indicate CT: air is about −1000 HU, and no other common modality has values this low. */
const ctMinimum = -900;

/**
 * The window of a CT preset.
 * @throws {SamlabError} `argument-invalid` for an unknown name
 */
export function presetWindow(name: string): IntensityWindow {
  if (!Object.hasOwn(windowPresets, name)) {
    throw new SamlabError(
      "argument-invalid",
      `There is no intensity window ${show(name)}.${didYouMean(name, Object.keys(windowPresets))}`,
      {
        field: "window",
        value: name,
        remedy: `Use auto, ${Object.keys(windowPresets).join(", ")}, or numbers: { low, high }, { width, level }, { percentiles }.`,
      },
    );
  }
  const { width, level } = windowPresets[name as WindowPreset];
  return levelWindow(width, level, `CT ${name} (W ${width}, L ${level})`);
}

/**
 * A window between two percentiles, as in MedSAM's preprocessing of everything but CT: over the values greater than 0
 * (`ignoreZero`, the default), so that the background is ignored. If there are no such values, or only one distinct
 * value, the full range is used.
 * @throws {SamlabError} `argument-invalid`, `image-not-finite`
 */
export function percentileWindow(
  data: NumericArray,
  low = 0.5,
  high = 99.5,
  options: { readonly ignoreZero?: boolean } = {},
): IntensityWindow {
  const ignoreZero = options.ignoreZero ?? true;
  if (!(low < high)) {
    throw new SamlabError("argument-invalid", `The percentiles ${show([low, high])} do not ascend.`, {
      field: "percentiles",
      value: [low, high],
      remedy: "Give the lower one first.",
    });
  }
  const [from, to] = percentiles(data, [low, high], ignoreZero ? { above: 0 } : {});
  if (from < to)
    return { low: from, high: to, name: `percentiles ${low}–${high}${ignoreZero ? " of values > 0" : ""}` };
  return fullWindow(data);
}

/**
 * From the smallest to the largest value; for constant data the unit interval around the value, which displays as
 * mid-gray.
 */
export function fullWindow(data: NumericArray): IntensityWindow {
  const { min, max } = valueRange(data);
  if (min < max) return { low: min, high: max, name: "full range" };
  const value = Number.isFinite(min) ? min : 0;
  // For very large values, adding a half has no effect.
  const margin = Math.max(0.5, Math.abs(value) * 1e-6);
  return { low: value - margin, high: value + margin, name: "constant image" };
}

/**
 * A window chosen from the data: data with values at or below −900 are treated as CT in HU and get the abdomen window;
 * anything else (including CT cropped to exclude air) gets the percentiles 0.5–99.5 of values > 0. The name ends in
 * `(auto)`.
 */
export function autoWindow(data: NumericArray): IntensityWindow {
  const isCt = valueRange(data).min <= ctMinimum;
  const window = isCt ? presetWindow("abdomen") : percentileWindow(data);
  return { ...window, name: `${window.name} (auto)` };
}

/**
 * Resolves a window specification for the given data.
 * @throws {SamlabError} `argument-invalid`, `image-not-finite`
 */
export function resolveWindow(spec: WindowSpec, data: NumericArray): IntensityWindow {
  if (spec === "auto") return autoWindow(data);
  if (typeof spec === "string") return presetWindow(spec);
  if ("percentiles" in spec) return percentileWindow(data, spec.percentiles[0], spec.percentiles[1], spec);
  if ("width" in spec) return levelWindow(spec.width, spec.level, `W ${spec.width}, L ${spec.level}`);
  const { low, high } = spec;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high))
    throw emptyWindow({ low, high }, "high must be above low");
  return { low, high, name: "name" in spec ? spec.name : `${low} to ${high}` };
}

function levelWindow(width: number, level: number, name: string): IntensityWindow {
  if (!(Number.isFinite(width) && Number.isFinite(level) && width > 0)) {
    throw emptyWindow({ width, level }, "the width must be above 0");
  }
  return { low: level - width / 2, high: level + width / 2, name };
}

function emptyWindow(value: object, why: string): SamlabError {
  return new SamlabError("argument-invalid", `${show(value)} is not an intensity window: ${why}.`, {
    field: "window",
    value,
  });
}

/**
 * The 8-bit image for display and for models: values clipped to the window, `(x − low) / (high − low) · 255`, truncated
 * to integers as numpy's `uint8()` cast does (not rounded); computed in float64. Equal to MedSAM's preprocessing if the
 * image (its whole volume) reaches both ends of the window, since MedSAM scales between the minimum and maximum of the
 * clipped data. 8-bit images without a window are returned unchanged.
 * @param window default: the image's window
 * @throws {SamlabError} `argument-invalid` when neither gives a window, or it is empty
 */
export function applyWindow<T extends Image2d>(
  image: T,
  window: IntensityWindow | null = image.window,
): T & { readonly data: Uint8Array; readonly window: null } {
  const { data } = image;
  if (!window) {
    if (data instanceof Uint8Array) return { ...image, data, window: null };
    throw new SamlabError("argument-invalid", `${image.source} has no intensity window.`, {
      field: "window",
      remedy: 'Give one, e.g. resolveWindow("auto", image.data).',
    });
  }
  const { low, high } = window;
  if (!(low < high)) throw emptyWindow({ low, high }, "high must be above low");
  const out = new Uint8Array(data.length);
  for (let n = 0; n < data.length; n++) {
    out[n] = ((Math.min(Math.max(data[n], low), high) - low) / (high - low)) * 255;
  }
  return { ...image, data: out, window: null };
}
