import { expect, it } from "vitest";
import { layersOf } from "../../../src/datasets/import/coco-layers.js";

const size = { width: 4, height: 1 };
const mask = (...data: number[]) => ({ ...size, data: Uint8Array.from(data) });

it("numbers objects, and gives those that overlap an image of their own", () => {
  const layers = layersOf(
    [mask(1, 1, 0, 0), mask(0, 1, 1, 0), mask(0, 0, 0, 1), mask(0, 0, 0, 0), mask(0, 0, 1, 1)],
    size,
  );
  expect(layers.map((layer) => Array.from(layer))).toEqual([
    [1, 1, 0, 2],
    [0, 1, 1, 0],
    [0, 0, 1, 1],
  ]);
});

it("goes to 16 bits above 255 objects", () => {
  const wide = { width: 300, height: 1 };
  const masks = Array.from({ length: 300 }, (_, n) => {
    const data = new Uint8Array(300);
    data[n] = 1;
    return { ...wide, data };
  });
  const [layer] = layersOf(masks, wide);
  expect(layer).toBeInstanceOf(Uint16Array);
  expect(layer[299]).toBe(300);
});
