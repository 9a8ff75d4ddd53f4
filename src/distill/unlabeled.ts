import { isSamlabError } from "../core/errors.js";
import { randomInteger } from "../core/random.js";
import type { Image2d } from "../io/image/image.js";
import type { Volume } from "../io/image/volume.js";
import { presetWindow, type WindowPreset } from "../io/image/window.js";
import { modelPicture } from "../predict/preprocess.js";

/** Windows applied to CT slices; abdomen twice, since it suits most organs. */
const ctWindows: readonly WindowPreset[] = ["abdomen", "abdomen", "lung", "mediastinum", "bone"];

/** Fraction of slices at each end of a volume that are skipped, since they often contain only air. */
const margin = 0.06;

/** Minimum fraction of non-black pixels. */
const leastContent = 0.02;

/**
 * Evenly spaced axial slices of a volume for training without labels. CT slices get a random window each.
 * @returns at most `count`; nearly empty slices are omitted
 */
export function unlabeledSlices(volume: Volume, count: number, random: () => number): Image2d[] {
  const total = volume.view("axial").count;
  const [first, last] = [Math.round(total * margin), Math.round((total - 1) * (1 - margin))];
  const wanted = Math.min(count, last - first + 1);
  const isCt = volume.window.name.startsWith("CT ");
  return Array.from({ length: wanted }, (_, n) => {
    const index = first + Math.floor(((n + random()) * (last - first + 1)) / wanted);
    const slice = volume.slice(Math.min(index, last));
    return isCt ? { ...slice, window: presetWindow(ctWindows[randomInteger(random, 0, ctWindows.length - 1)]) } : slice;
  }).filter(hasContent);
}

function hasContent(image: Image2d): boolean {
  try {
    const { data } = modelPicture(image);
    let shown = 0;
    for (const value of data) if (value > 10) shown++;
    return shown > leastContent * data.length;
  } catch (error) {
    if (isSamlabError(error, "image-empty")) return false;
    throw error;
  }
}
