import type { Mask2d } from "../../../src/core/mask.js";
import { pixelsOfRuns, RunWriter } from "../../../src/core/mask-runs.js";

/** A mask of a slice as run lengths: a widget holds many of them, most of few pixels, and undo holds older ones. */
export interface PackedMask {
  /** As written by `RunWriter`. */
  readonly runs: Uint8Array;
  /** Number of pixels of the slice. */
  readonly pixels: number;
  /** Area in pixels. */
  readonly area: number;
}

export function packed({ data }: Pick<Mask2d, "data">): PackedMask {
  const writer = new RunWriter();
  const pixels = data.length;
  for (let end = 0; end < pixels; ) {
    let start = end;
    while (start < pixels && data[start] === 0) start++;
    end = start;
    while (end < pixels && data[end] !== 0) end++;
    if (end > start) writer.add(start, end);
  }
  return { runs: writer.runs(pixels), pixels, area: writer.area };
}

export function unpacked({ runs }: PackedMask, { width, height }: Pick<Mask2d, "width" | "height">): Mask2d {
  return { width, height, data: pixelsOfRuns(runs, width * height) };
}
