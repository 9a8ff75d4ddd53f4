import { unpackMask } from "../../../src/core/mask.js";
import type { WireBytes } from "../../../src/protocol/slices.js";
import { asUint8 } from "./bytes.js";
import { maskLoops } from "./contour.js";

/** A mask's outline in pixel edges, ready to be stroked or filled (even–odd), and its extent [x0, y0, x1, y1], or null when empty. */
export interface MaskPath {
  readonly path: Path2D;
  readonly extent: readonly [number, number, number, number] | null;
}

const cache = new WeakMap<WireBytes, MaskPath>();

/** The outline of a packed mask; traced once per mask. */
export function maskPath(bits: WireBytes, width: number, height: number): MaskPath {
  let known = cache.get(bits);
  if (!known) {
    known = trace(bits, width, height);
    cache.set(bits, known);
  }
  return known;
}

function trace(bits: WireBytes, width: number, height: number): MaskPath {
  const path = new Path2D();
  let [x0, y0, x1, y1] = [width, height, 0, 0];
  for (const loop of maskLoops(unpackMask(asUint8(bits), width, height))) {
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

/** The path as it lies on the stage, so that the line keeps its width at any zoom and spacing. */
export function placed(
  path: Path2D,
  { left, top, scaleX, scaleY }: { left: number; top: number; scaleX: number; scaleY: number },
): Path2D {
  const out = new Path2D();
  out.addPath(path, new DOMMatrix([scaleX, 0, 0, scaleY, left, top]));
  return out;
}
