import { isSamlabError } from "../core/errors.js";
import { randomInteger } from "../core/random.js";
import type { Image2d } from "../io/image/image.js";
import type { Volume } from "../io/image/volume.js";
import { presetWindow, type WindowPreset } from "../io/image/window.js";
import { modelPicture } from "../predict/preprocess.js";

/** Windows that CT slices are shown in; the abdomen's twice, as most organs are looked at in it. */
const ctWindows: readonly WindowPreset[] = ["abdomen", "abdomen", "lung", "mediastinum", "bone"];

/** The share of a volume's slices at either end that are left out: often air alone. */
const margin = 0.06;

/** Least share of pixels that are not black. */
const leastContent = 0.02;

/**
 * Axial slices of a volume, evenly spread, to learn from without labels. CT is shown in a window drawn at random for each.
 * @returns at most `count`; those with next to nothing on them are left out
 */
export function unlabelledSlices(volume: Volume, count: number, random: () => number): Image2d[] {
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
