import type { NumericArray } from "../../../src/core/dtype.js";
import type { IntensityWindow } from "../../../src/io/image/image.js";
import { fullWindow, presetWindow, windowPresets } from "../../../src/io/image/window.js";
import type { WindowRange } from "../../../src/protocol/samples.js";

/** True if the values look like HU, or a window is named after CT. */
function isCt(first: WindowRange, full: WindowRange): boolean {
  return /^CT\b/.test(first.name) || full.low <= -900;
}

/** The unit of the image's values, if it can be determined. */
export function valueUnit(presets: readonly WindowRange[]): "HU" | "" {
  return presets.length > 0 && isCt(presets[0], presets.at(-1)!) ? "HU" : "";
}

/**
 * Available windows: the image's own first, CT presets if the values look like HU (or a window is named after CT), and
 * the full range. An 8-bit image has no window of its own and is shown from 0 to 255.
 */
export function windowChoices(data: NumericArray, own: IntensityWindow | null): WindowRange[] {
  const first = own ?? { low: 0, high: 255, name: "as it is" };
  const full = fullWindow(data);
  const others = [...(isCt(first, full) ? Object.keys(windowPresets).map(presetWindow) : []), full];
  return [first, ...others.filter((other) => other.low !== first.low || other.high !== first.high)];
}
