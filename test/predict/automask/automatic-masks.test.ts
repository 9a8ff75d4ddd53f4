import { describe, expect, it } from "vitest";
import { SamlabError } from "../../../src/core/errors.js";
import { type AutoMask, automaticMasks } from "../../../src/predict/automask/automatic-masks.js";
import type { AutomaskOptions } from "../../../src/predict/automask/options.js";
import { AnalyticSam, type Scene, sceneImage } from "../../support/analytic-sam.js";

const scene: Scene = {
  width: 64,
  height: 48,
  ellipses: [
    [20, 20, 9, 7, 50, 0.9],
    [46, 30, 8, 9, 50, 0.88],
  ],
  speck: [60, 4],
};

const newSam = (provider = "CPU") => Object.assign(new AnalyticSam(scene, 128, 32), { provider });
const find = (sam: AnalyticSam, options: AutomaskOptions): Promise<AutoMask[]> =>
  automaticMasks(sam, sceneImage(scene), options);

describe("automaticMasks", () => {
  it("finds the objects of a scene, once each, with all that is known of them", async () => {
    const masks = await find(newSam(), { pointsPerSide: 10 });
    const middle = masks.find(({ box: [x0, y0, x1, y1] }) => x0 < 20 && x1 > 20 && y0 < 20 && y1 > 20);
    expect(masks.length).toBeGreaterThanOrEqual(2);
    expect(middle).toMatchObject({ cropBox: [0, 0, 64, 48], mask: { width: 64, height: 48 } });
    for (const { mask, area, predictedIou, stabilityScore } of masks) {
      expect(mask.data.reduce((sum, value) => sum + value, 0)).toBe(area);
      expect(predictedIou).toBeGreaterThan(0.88);
      expect(stabilityScore).toBeGreaterThanOrEqual(0.95);
    }
  });

  it("decodes in batches, smaller ones on the CPU, and reports how far it is", async () => {
    const cpu = newSam();
    const done: (number | undefined)[] = [];
    await find(cpu, { pointsPerSide: 5, onProgress: (_, fraction) => done.push(fraction) });
    expect(cpu.batches).toEqual([8, 8, 8, 1]);
    expect(done).toEqual([0.32, 0.64, 0.96, 1]);
    const cuda = newSam("CUDA");
    await find(cuda, { pointsPerSide: 9 });
    expect(cuda.batches).toEqual([64, 17]);
  });

  it("stops when canceled, between crops and within", async () => {
    const controller = new AbortController();
    const sam = newSam();
    const work = find(sam, {
      pointsPerSide: 8,
      cropNLayers: 1,
      signal: controller.signal,
      onProgress: (_, fraction = 0) => {
        if (fraction >= 0.2) controller.abort();
      },
    });
    await expect(work).rejects.toMatchObject({ code: "canceled" });
    expect(sam.batches).toEqual(new Array(8).fill(8));
  });

  it("passes over crops in which there is nothing to see, but not over an image", async () => {
    const sam = newSam();
    const embed = sam.embed.bind(sam);
    const blind = (sizes: readonly number[]) => {
      sam.embed = async (image) => {
        if (sizes.includes(image.width)) throw new SamlabError("image-empty", "black");
        return embed(image);
      };
    };
    const cropWidth = Math.ceil((64 + 16) / 2);
    blind([cropWidth]);
    const masks = await find(sam, { pointsPerSide: 10, cropNLayers: 1 });
    expect(new Set(masks.map(({ cropBox }) => cropBox.join()))).toEqual(new Set(["0,0,64,48"]));
    blind([64]);
    await expect(find(sam, { cropNLayers: 1 })).rejects.toMatchObject({ code: "image-empty" });
  });

  it("gives no mask without a pixel even where both thresholds are off", async () => {
    const sam = newSam();
    const low = new Float32Array(32 * 32).fill(-9);
    const predictBatch = sam.predictBatch.bind(sam);
    sam.predictBatch = async (prompts, options) =>
      (await predictBatch(prompts, options)).map((prediction) => {
        const candidate = { ...prediction.candidates[0], lowResLogits: low };
        candidate.mask = { ...candidate.mask, data: new Uint8Array(candidate.mask.data.length) };
        return { ...prediction, candidates: [candidate] };
      });
    expect(await find(sam, { pointsPerSide: 3, predIouThresh: 0, stabilityScoreThresh: 0 })).toEqual([]);
  });

  it("refuses a model without points, and settings out of range", async () => {
    const boxOnly = Object.assign(newSam(), {
      prompts: { points: false, box: true, mask: false, note: "Boxes only." },
    });
    await expect(find(boxOnly, {})).rejects.toMatchObject({ code: "prompt-unsupported" });
    const wrong: AutomaskOptions[] = [
      { pointsPerSide: 0 },
      { pointsPerSide: 2.5 },
      { predIouThresh: 1.1 },
      { stabilityScoreThresh: Number.NaN },
      { cropNLayers: -1 },
      { cropOverlapRatio: 1 },
      { minMaskRegionArea: -1 },
    ];
    for (const options of wrong) {
      const [field] = Object.keys(options);
      await expect(find(newSam(), options)).rejects.toMatchObject({ code: "argument-invalid", field });
    }
    await expect(find(newSam(), { pointsPerSide: 3, cropNLayers: 1, cropNPointsDownscaleFactor: 4 })).rejects.toThrow(
      "leave none",
    );
  });
});
