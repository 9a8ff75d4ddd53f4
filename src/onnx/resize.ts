import type { GraphBuilder } from "./builder.js";
import { graphError, showDims, type Value } from "./graph.js";

export interface ResizeOptions {
  readonly mode: "linear" | "nearest";
  /**
   * How places of the result are found in the input, by ONNX's names. PyTorch's `align_corners=False` and
   * `nearest-exact` are `half_pixel`, its `nearest` is `asymmetric`. Default `half_pixel`.
   */
  readonly frame?: "half_pixel" | "align_corners" | "asymmetric";
}

/**
 * Resizes a tensor by interpolation (ONNX's Resize). `linear` takes [n, c, h, w] with the last two axes changed;
 * nothing is smoothed beforehand when it shrinks, as in PyTorch's `F.interpolate` without `antialias`.
 * @param dims the new sizes, as many as the old
 */
export function resize(b: GraphBuilder, x: Value, dims: readonly number[], options: ResizeOptions): Value {
  const { mode, frame = "half_pixel" } = options;
  const isKnown = x.dims.every((dim, n) => typeof dim === "number" && Number.isInteger(dims[n]) && dims[n] > 0);
  if (x.dims.length !== dims.length || !isKnown) throw graphError("Resize", `${showDims(x.dims)} to ${showDims(dims)}`);
  const nearest = { nearest_mode: frame === "asymmetric" ? "floor" : "round_prefer_ceil" };
  const attributes = { mode, coordinate_transformation_mode: frame, ...(mode === "nearest" ? nearest : {}) };
  return b.node("Resize", [x, null, null, b.int64(dims)], attributes, x.type, dims);
}
