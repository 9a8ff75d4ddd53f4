import { expect, it } from "vitest";
import type { Mask2d } from "../../src/core/mask.js";
import { iou } from "../../src/metrics/overlap.js";
import { maskInputOf } from "../../src/predict/mask-input.js";
import { logitsToMask } from "../../src/predict/postprocess.js";
import { modelFrame } from "../../src/predict/preprocess.js";

function ellipse(width: number, height: number): Mask2d {
  const data = Uint8Array.from({ length: width * height }, (_, n) => {
    const [x, y] = [n % width, Math.floor(n / width)];
    return ((x - 0.6 * width) / (0.3 * width)) ** 2 + ((y - 0.4 * height) / (0.2 * height)) ** 2 <= 1 ? 1 : 0;
  });
  return { width, height, data };
}

it.each([
  ["lite-medsam", 256],
  ["sam", 256],
  ["medsam", 256],
] as const)("a mask as a prompt of a %s model lies where the model would give it", (preprocessing, side) => {
  for (const [width, height] of [
    [131, 77],
    [60, 200],
    [513, 301],
  ] as const) {
    const mask = ellipse(width, height);
    const logits = maskInputOf(mask, side, preprocessing);
    expect(logits).toHaveLength(side * side);
    expect(new Set(logits.map((logit) => Math.round(Math.abs(logit) * 10)))).toEqual(new Set([69]));
    const back = logitsToMask(logits, side, modelFrame(width, height, side, preprocessing));
    expect(iou(back, mask)).toBeGreaterThan(0.96);
  }
});
