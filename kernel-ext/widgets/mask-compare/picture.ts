import type { Mask2d } from "../../../src/core/mask.js";
import { palette } from "../../../src/protocol/palette.js";
import { frameOf } from "../../../src/protocol/slices.js";
import { paintMask, parseColor, type SliceRaster, sliceRaster } from "../shared/raster.js";
import { copyRaster, withTexts } from "../shared/slice-panels.js";
import { frameSvg, layoutOf } from "./picture-frame.js";
import type { CompareSession } from "./session.js";
import type { Track } from "./track.js";

/** Opacity of disagreement: high, so that it stands out. */
const wrong = 0.6;

/**
 * The masks side by side on the current slice, each with its name and scores, and the strip of Dice over all slices
 * below: PNG bytes.
 */
export async function comparePicture(session: CompareSession): Promise<Uint8Array> {
  const { source, place, window, tracks } = session;
  const frame = frameOf(source.subject, place.plane);
  const slice = {
    frame,
    format: source.subject.format,
    samples: source.samples(place),
    window: window?.shown ?? null,
  };
  const panels = tracks.map((track) => {
    const raster = sliceRaster(slice, panelSize(tracks.length));
    paintTrack(raster, track, session);
    return raster;
  });
  const layout = layoutOf(panels[0], panels.length, session);
  const canvas = { width: layout.width, height: layout.height, data: new Uint8Array(layout.width * layout.height * 3) };
  panels.forEach((panel, n) => {
    copyRaster(panel, canvas, layout.cells[n].x, layout.cells[n].y);
  });
  return withTexts(canvas, frameSvg(layout, session));
}

/** Longer side of a panel in pixels; fewer panels are larger. */
function panelSize(panels: number): number {
  return panels <= 2 ? 420 : panels === 3 ? 360 : 300;
}

function paintTrack(raster: SliceRaster, track: Track, { scorer, display, place }: CompareSession): void {
  const mask = track.mask(place);
  if (!mask) return;
  const truth = display.paint === "agreement" && track !== scorer?.truth ? scorer?.truth.mask(place) : null;
  if (!truth) {
    paintMask(raster, mask, parseColor(track.info.color));
    return;
  }
  const { both, onlyPredicted, onlyTruth } = agreementOf(mask, truth);
  paintMask(raster, both, parseColor(palette.both));
  paintMask(raster, onlyPredicted, parseColor(palette.onlyPredicted), wrong);
  paintMask(raster, onlyTruth, parseColor(palette.onlyTruth), wrong);
}

/**
 * Agreement of a mask with the truth: pixels in both, only in the mask (false positives), only in the truth (false
 * negatives).
 */
export interface Agreement {
  readonly both: Mask2d;
  readonly onlyPredicted: Mask2d;
  readonly onlyTruth: Mask2d;
}

export function agreementOf(mask: Mask2d, truth: Mask2d): Agreement {
  const { width, height } = truth;
  const where = (inside: (mask: boolean, truth: boolean) => boolean): Mask2d => ({
    width,
    height,
    data: Uint8Array.from(truth.data, (value, n) => Number(inside(mask.data[n] !== 0, value !== 0))),
  });
  return {
    both: where((inMask, inTruth) => inMask && inTruth),
    onlyPredicted: where((inMask, inTruth) => inMask && !inTruth),
    onlyTruth: where((inMask, inTruth) => !inMask && inTruth),
  };
}
