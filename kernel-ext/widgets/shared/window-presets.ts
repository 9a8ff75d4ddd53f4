import type { NumericArray } from "../../../src/core/dtype.js";
import type { IntensityWindow } from "../../../src/io/image/image.js";
import { fullWindow, presetWindow, windowPresets } from "../../../src/io/image/window.js";
import type { WindowRange } from "../../../src/protocol/samples.js";

/** True for values that look like HU, or a window named after CT. */
function isCt(first: WindowRange, full: WindowRange): boolean {
  return /^CT\b/.test(first.name) || full.low <= -900;
}

/** What the values of an image are measured in, as far as can be told. */
export function valueUnit(presets: readonly WindowRange[]): "HU" | "" {
  return presets.length > 0 && isCt(presets[0], presets.at(-1)!) ? "HU" : "";
}

/**
 * The windows to choose from: the image's own first, CT's usual ones for values that look like HU (or a window named after CT), and the full
 * range. An 8-bit picture has no window of its own: it is shown from 0 to 255.
 */
export function windowChoices(data: NumericArray, own: IntensityWindow | null): WindowRange[] {
  const first = own ?? { low: 0, high: 255, name: "as it is" };
  const full = fullWindow(data);
  const others = [...(isCt(first, full) ? Object.keys(windowPresets).map(presetWindow) : []), full];
  return [first, ...others.filter((other) => other.low !== first.low || other.high !== first.high)];
}
