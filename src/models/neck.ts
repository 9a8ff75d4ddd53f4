import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { affine, conv2d, layerNorm } from "./layers.js";
import { resizingMatrix } from "./resize-positions.js";
import type { Weights } from "./weights.js";

/** What an image encoder makes of an image. */
export interface Encoded {
  /** [1, width, embedSize, embedSize], the image embedding */
  readonly image: Value;
  /** Of stages on the way, early ones first: [1, channels, n·embedSize, n·embedSize] */
  readonly features: readonly Value[];
  /** [1, channels, embedSize, embedSize], early global features for HQ-SAM; null if there are none. */
  readonly early: Value | null;
}

/** SAM's neck: 1×1 and 3×3 convolutions, each followed by a norm over channels. */
export function neck(b: GraphBuilder, w: Weights, tokens: Value, channels: number, size: number): Value {
  const outputs = w.dims("0.weight")?.[0] ?? 0;
  const first = affine(
    b,
    tokens,
    b.reshape(w.value(b, "0.weight", [outputs, channels, 1, 1]), [outputs, channels]),
    null,
  );
  const normed = layerNorm(b, w.scope("1"), first, outputs, 1e-6);
  const kernel = w.value(b, "2.weight", [outputs, outputs, 3, 3]);
  const second = conv2d(b, toImage(b, normed, size), kernel, null, { kernel: 3, pad: 1 });
  return toImage(b, layerNorm(b, w.scope("3"), toTokens(b, second), outputs, 1e-6), size);
}

/**
 * [1, channels, h, w] → [h·w, channels]. Transposed as a batch of one: ONNX Runtime does a plain matrix six times
 * slower.
 */
export function toTokens(b: GraphBuilder, x: Value): Value {
  const [, channels, height, width] = x.dims as number[];
  const tokens = b.transpose(b.reshape(x, [1, channels, height * width]), [0, 2, 1]);
  return b.reshape(tokens, [height * width, channels]);
}

/** [size², channels] → [1, channels, size, size] */
export function toImage(b: GraphBuilder, tokens: Value, size: number): Value {
  const [count, channels] = tokens.dims as number[];
  const image = b.transpose(b.reshape(tokens, [1, count, channels]), [0, 2, 1]);
  return b.reshape(image, [1, channels, size, size]);
}

/**
 * PyTorch's interpolation of [1, channels, h, w] to a square, as a product along each axis: faster on the CPU than
 * ONNX's Resize, and with a gradient.
 */
export function resizeSquare(b: GraphBuilder, x: Value, size: number, mode: "bilinear" | "bicubic"): Value {
  const [, , height, width] = x.dims as number[];
  const matrix = (from: number) => b.constant(resizingMatrix(from, size, mode), [size, from]);
  return b.op("MatMul", [matrix(height), b.op("MatMul", [x, b.transpose(matrix(width), [1, 0])])]);
}
