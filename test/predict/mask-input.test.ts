import { describe, expect, it } from "vitest";
import type { Mask2d } from "../../src/core/mask.js";
import { iou } from "../../src/metrics/overlap.js";
import { lowResTarget, maskInputOf } from "../../src/predict/mask-input.js";
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

describe("a small object, of 7 by 7 of 2200 by 1100 pixels,", () => {
  const [width, height] = [2200, 1100];
  /** Two labels of 7×7 pixels between the pixels that are sampled, 8.59375 apart. */
  const data = new Uint8Array(width * height);
  for (let y = 0; y < 7; y++) {
    for (let x = 0; x < 7; x++) {
      data[(263 + y) * width + 177 + x] = 1;
      data[(701 + y) * width + 1002 + x] = 2;
    }
  }
  const cells = (values: Float32Array) =>
    [...values].flatMap((value, n) => (value > 0 ? [[n % 256, Math.floor(n / 256), value]] : []));

  it("is a cell of the target that a model is trained on", () => {
    const target = lowResTarget({ width, height, data }, modelFrame(width, height, 256, "lite-medsam"), 256);
    expect(cells(target)).toEqual([
      [21, 31, 1],
      [117, 81, 2],
    ]);
  });

  it("is a cell of the mask that a model is prompted with, even of one pixel", () => {
    const one = { width, height, data: new Uint8Array(width * height).fill(1, 265 * width + 176, 265 * width + 177) };
    const logits = maskInputOf(one, 256, "lite-medsam");
    expect(cells(logits)).toEqual([[20, 30, logits[30 * 256 + 20]]]);
  });

  it("leaves a neighbor the only cell that it has, and lies in the picture", () => {
    const crowded = new Uint8Array(width * height);
    // Label 1 has one sampled pixel; between the samples, 2 lies in its cell, 3 in that and the next.
    // 4 lies in the last row.
    crowded[262 * width + 176] = 1;
    crowded[264 * width + 174] = 2;
    crowded.fill(3, 259 * width + 177, 259 * width + 182);
    crowded[(height - 1) * width + 179] = 4;
    const target = lowResTarget({ width, height, data: crowded }, modelFrame(width, height, 256, "lite-medsam"), 256);
    const found = cells(target);
    expect(found.map(([, , label]) => label).sort()).toEqual([1, 3, 4]);
    expect(found.find(([, , label]) => label === 1)).toEqual([20, 30, 1]);
    expect(found.every(([, y]) => y! < 128)).toBe(true);
  });
});
