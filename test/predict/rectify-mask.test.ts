import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maskBox } from "../../src/core/mask.js";
import type { Bytes2d } from "../../src/core/resize.js";
import { loadSam, sampleVolume } from "../../src/index.js";
import { dice } from "../../src/metrics/overlap.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { modelPicture } from "../../src/predict/preprocess.js";
import { promptEnsemble } from "../../src/predict/prompt-ensemble.js";
import { type RectifyOptions, rectifyMask } from "../../src/predict/rectify-mask.js";
import { uniform } from "../support/drawn.js";
import { goldenPath } from "../support/golden.js";
import { describeWithWeights } from "../support/weights.js";

const entropy = (p: number) => [p, 1 - p].reduce((sum, q) => sum - (q > 0 ? q * Math.log2(q) : 0), 0);

/** One row of pixels. */
function row(grays: readonly number[], probabilities: readonly number[], options?: RectifyOptions): string {
  const picture: Bytes2d = { width: grays.length, height: 1, channels: 1, data: Uint8Array.from(grays) };
  const probability = Float32Array.from(probabilities);
  return rectifyMask(picture, probability, probability.map(entropy), options).data.join("");
}

describe("uncertain pixels are decided by gray values", () => {
  // The certain pixels of the object are the third to fifth, mean 100, standard deviation 8.2.
  const grays = [20, 105, 90, 110, 100, 112, 130, 105];
  const probability = [0, 0.4, 1, 1, 1, 0.6, 0.6, 0.45];

  it.each([
    [{}, "01111100"],
    [{ deviations: 1 }, "01111000"],
    [{ deviations: 4 }, "01111111"],
    [{ threshold: 0.99 }, "00111111"],
    [{ threshold: 1 }, "00111110"],
  ] as const)("%j", (options, expected) => {
    expect(row(grays, probability, options)).toBe(expected);
  });

  it("but nothing changes without a certain pixel of the object", () => {
    expect(row([10, 10, 200], [0, 0.6, 0.4])).toBe("010");
  });
});

describe("an ensemble with rectify", () => {
  let sam: LoadedSam;
  beforeAll(async () => {
    sam = await loadSam(goldenPath("tiny-sam.pth"), { device: "cpu" });
    const data = Uint8Array.from(uniform("rectify", 90 * 70), (value, n) => {
      return Math.floor(100 + 40 * value + ((n % 90) - 45 > Math.floor(n / 90) - 35 ? 60 : 0));
    });
    await sam.setImage({ width: 90, height: 70, channels: 1, data, spacing: null, window: null, source: "drawn" });
  });
  afterAll(() => sam.dispose());

  it("has a second mask that differs where the prompts disagree only", async () => {
    const box = [20, 15, 60, 50] as const;
    const ensemble = await promptEnsemble(sam, { box }, { count: 5, boxShift: 0.5, rectify: true });
    const { image, mask, probability, uncertainty, rectified } = ensemble;
    const plain = await promptEnsemble(sam, { box }, { count: 5, boxShift: 0.5 });
    expect([plain.rectified, plain.mask]).toEqual([null, mask]);
    expect(rectified).toEqual(rectifyMask(modelPicture(image), probability, uncertainty));
    const changed = [...mask.data.keys()].filter((n) => mask.data[n] !== rectified!.data[n]);
    expect(changed.length).toBeGreaterThan(0);
    const least = Math.min(...uncertainty);
    const limit = least + 0.8 * (Math.max(...uncertainty) - least);
    for (const n of changed) expect(uncertainty[n]).toBeGreaterThan(limit);
  });

  it.each([
    [{ threshold: 1.5 }, "rectify.threshold"],
    [{ deviations: Number.NaN }, "rectify.deviations"],
  ])("refuses %j", async (rectify, field) => {
    await expect(promptEnsemble(sam, { box: [1, 1, 9, 9] }, { rectify })).rejects.toMatchObject({
      code: "argument-invalid",
      field,
    });
  });
});

describeWithWeights("the rectified mask of a sample", () => {
  it.each([
    ["brain1", 16],
    ["lung1", 6],
  ] as const)("%s is about as good as the mean mask", async (id, slice) => {
    const sam = await loadSam("lite-medsam-clicks", { device: "cpu" });
    try {
      const { volume, truth } = await sampleVolume(id);
      const object = truth.slice(slice);
      await sam.setImage(volume.slice(slice));
      const found = await promptEnsemble(sam, { box: maskBox(object)! }, { rectify: true });
      const [mean, rectified] = [found.mask, found.rectified!].map((mask) => dice(mask, object));
      if (process.env.SAMLAB_SHOW) console.log(id, { mean, rectified });
      expect(rectified).toBeGreaterThan(mean! - 0.1);
    } finally {
      await sam.dispose();
    }
  });
});
