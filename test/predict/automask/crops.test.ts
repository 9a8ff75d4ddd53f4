import { expect, it } from "vitest";
import { cropImage, cropsOf, gridFractions, gridPoints } from "../../../src/predict/automask/crops.js";

it("lays crops column by column, the last ones ending with the image", () => {
  const crops = cropsOf(100, 60, { cropNLayers: 1, cropOverlapRatio: 0.5 });
  expect(crops.map(({ box, layer }) => [layer, ...box])).toEqual([
    [0, 0, 0, 100, 60],
    [1, 0, 0, 65, 45],
    [1, 0, 15, 65, 60],
    [1, 35, 0, 100, 45],
    [1, 35, 15, 100, 60],
  ]);
  expect(cropsOf(101, 61, { cropNLayers: 1, cropOverlapRatio: 0.5 }).at(-1)?.box).toEqual([36, 16, 101, 61]);
  expect(cropsOf(100, 60, { cropNLayers: 2, cropOverlapRatio: 0 })).toHaveLength(1 + 4 + 16);
});

it("cuts all channels of a crop and keeps the window", () => {
  const window = { low: 1, high: 2, name: "w" };
  const image = { width: 3, height: 2, spacing: null, window, source: "a.png" };
  const gray = cropImage({ ...image, channels: 1, data: Int16Array.of(1, 2, 3, 4, 5, 6) }, [1, 0, 3, 2]);
  expect(gray).toMatchObject({ width: 2, height: 2, data: Int16Array.of(2, 3, 5, 6), window });
  const color = cropImage({ ...image, channels: 3, data: Uint8Array.from({ length: 18 }, (_, n) => n) }, [2, 1, 3, 2]);
  expect(color).toMatchObject({
    width: 1,
    height: 1,
    data: Uint8Array.of(15, 16, 17),
    source: "a.png, crop 2–3 × 1–2",
  });
});

it("spreads points half a step from the edges, fewer of them in deeper layers", () => {
  expect(gridFractions({ pointsPerSide: 4, cropNPointsDownscaleFactor: 2 }, 0)).toEqual([0.125, 0.375, 0.625, 0.875]);
  expect(gridFractions({ pointsPerSide: 4, cropNPointsDownscaleFactor: 2 }, 2)).toEqual([0.5]);
  expect(gridPoints(10, 20, [0.25, 0.75])).toEqual([
    { x: 2.5, y: 5 },
    { x: 7.5, y: 5 },
    { x: 2.5, y: 15 },
    { x: 7.5, y: 15 },
  ]);
});
