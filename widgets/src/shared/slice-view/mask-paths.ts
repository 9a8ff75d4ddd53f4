import { type Mask2d, unpackMask } from "../../../../src/core/mask.js";
import { pixelsOfRuns } from "../../../../src/core/mask-runs.js";
import type { WireBytes } from "../../../../src/protocol/slices.js";
import { asUint8 } from "../bytes.js";
import { maskLoops } from "./contour.js";

/**
 * A mask's outline in pixel edges, to be stroked or filled (even–odd), and its extent [x0, y0, x1, y1], or null if
 * empty.
 */
export interface MaskPath {
  readonly path: Path2D;
  readonly extent: readonly [number, number, number, number] | null;
}

const cache = new WeakMap<WireBytes, MaskPath>();

/** The outline of a packed mask (see `packMask`); cached per mask. */
export function maskPath(bits: WireBytes, width: number, height: number): MaskPath {
  return once(bits, () => trace(unpackMask(asUint8(bits), width, height)));
}

/** The outline of a run-length mask (see `runsOfBits`); cached per mask. */
export function runsPath(runs: WireBytes, width: number, height: number): MaskPath {
  return once(runs, () => trace({ width, height, data: pixelsOfRuns(asUint8(runs), width * height) }));
}

function once(bytes: WireBytes, make: () => MaskPath): MaskPath {
  const known = cache.get(bytes) ?? make();
  cache.set(bytes, known);
  return known;
}

function trace(mask: Mask2d): MaskPath {
  const path = new Path2D();
  let [x0, y0, x1, y1] = [mask.width, mask.height, 0, 0];
  for (const loop of maskLoops(mask)) {
    for (let i = 0; i < loop.length; i += 2) {
      const [x, y] = [loop[i], loop[i + 1]];
      if (i === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
      [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
    }
    path.closePath();
  }
  return { path, extent: x1 > x0 ? [x0, y0, x1, y1] : null };
}

/** The path in stage coordinates, so that line width is independent of zoom and spacing. */
export function placed(
  path: Path2D,
  { left, top, scaleX, scaleY }: { left: number; top: number; scaleX: number; scaleY: number },
): Path2D {
  const out = new Path2D();
  out.addPath(path, new DOMMatrix([scaleX, 0, 0, scaleY, left, top]));
  return out;
}
