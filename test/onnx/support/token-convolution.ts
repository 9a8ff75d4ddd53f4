import { toImage, toTokens } from "../../../src/models/neck.js";
import { GraphBuilder } from "../../../src/onnx/builder.js";
import type { Value } from "../../../src/onnx/graph.js";

const wave = (length: number, at: number) =>
  Float32Array.from({ length }, (_, n) => Math.sin(n * 0.37 + at) + 0.6 * Math.cos(n * 1.9));

interface Variant {
  /** Products before and after it. */
  readonly isFramed?: boolean;
  readonly pad?: number;
  readonly stride?: number;
  /** The convolution's picture is an output too. */
  readonly isPictureRead?: boolean;
}

/** A 3×3 convolution between tokens on a grid that is not square in channels, as in SAM's neck. */
export function betweenTokens({ isFramed = false, pad = 1, stride = 1, isPictureRead = false }: Variant = {}) {
  const [size, channels, outputs] = [18, 33, 34];
  const b = new GraphBuilder("convolution");
  const input = b.input("x", "float32", [size * size, channels]);
  const product = (x: Value, from: number, to: number, at: number) =>
    b.op("Gemm", [x, b.constant(wave(to * from, at), [to, from])], { transB: 1 });
  const x = isFramed ? product(input, channels, channels, 5) : input;
  const picture = b.op(
    "Conv",
    [
      toImage(b, x, size),
      b.constant(wave(outputs * channels * 9, 2), [outputs, channels, 3, 3]),
      b.constant(wave(outputs, 3), [outputs]),
    ],
    { kernel_shape: [3, 3], strides: [stride, stride], pads: [pad, pad, pad, pad], group: 1 },
  );
  b.output("y", toTokens(b, picture));
  if (isPictureRead) b.output("picture", picture);
  const data = wave(size * size * channels, 1);
  const feeds = { x: { type: "float32", dims: [size * size, channels], data } } as const;
  return { graph: b.build(), feeds, size, channels };
}
