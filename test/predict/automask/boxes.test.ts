import { expect, it } from "vitest";
import { isCutByCrop, nonMaximumSuppression } from "../../../src/predict/automask/boxes.js";

it("keeps of overlapping boxes the one with the best score, by descending score", () => {
  const boxes = [
    [0, 0, 10, 10],
    [0, 0, 10, 9],
    [20, 20, 30, 30],
    [0, 0, 10, 4],
  ] as const;
  expect(nonMaximumSuppression(boxes, [0.8, 0.9, 0.95, 0.1], 0.7)).toEqual([2, 1, 3]);
  expect(nonMaximumSuppression(boxes, [0.8, 0.9, 0.95, 0.1], 0.4)).toEqual([2, 1]);
  const [whole, half] = [[0, 0, 10, 10] as const, [0, 0, 10, 5] as const];
  expect(nonMaximumSuppression([whole, half], [1, 0], 0.5)).toEqual([0, 1]);
  expect(nonMaximumSuppression([], [], 0.5)).toEqual([]);
});

it("keeps boxes without area: their overlap is undefined", () => {
  const point = [3, 3, 3, 3] as const;
  expect(nonMaximumSuppression([point, point], [1, 1], 0)).toEqual([0, 1]);
});

it("finds boxes that end at the crop's edge, not at the image's", () => {
  const image = [0, 0, 400, 300] as const;
  const crop = [0, 0, 250, 200] as const;
  expect(isCutByCrop([100, 100, 229, 150], crop, image)).toBe(false);
  expect(isCutByCrop([100, 100, 230, 150], crop, image)).toBe(true);
  expect(isCutByCrop([0, 0, 100, 100], crop, image)).toBe(false);
  expect(isCutByCrop([0, 0, 399, 299], image, image)).toBe(false);
});
