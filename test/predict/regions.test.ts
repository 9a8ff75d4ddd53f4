import { expect, it } from "vitest";
import { automaticMasks } from "../../src/predict/automask/automatic-masks.js";
import { regionsOf } from "../../src/predict/regions.js";
import { AnalyticSam, type Scene, sceneImage } from "../support/analytic-sam.js";

const scene: Scene = {
  width: 64,
  height: 48,
  ellipses: [
    [20, 20, 9, 7, 50, 0.9],
    [46, 30, 8, 9, 50, 0.88],
  ],
  speck: [60, 4],
};

it("numbers what everything mode finds by size, the smaller ones on top", async () => {
  const sam = new AnalyticSam(scene, 128, 32);
  const found = await regionsOf(sam, sceneImage(scene), { pointsPerSide: 10 });
  const masks = await automaticMasks(sam, sceneImage(scene), { pointsPerSide: 10 });
  const areas = masks.map(({ area }) => area).sort((a, b) => b - a);
  expect(found).toMatchObject({ width: 64, height: 48, kind: "regions" });
  expect(found.classNames).toEqual(["background", ...areas.map((_, n) => `region ${n + 1}`)]);
  const smallest = masks.find(({ area }) => area === areas.at(-1));
  expect(found.only(`region ${areas.length}`)).toEqual(smallest?.mask);
  expect(found.mask.data.some((value) => value === 0)).toBe(true);
});
