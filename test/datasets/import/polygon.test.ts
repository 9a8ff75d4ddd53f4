import { expect, it } from "vitest";
import { segmentationMask } from "../../../src/datasets/import/coco-segmentation.js";
import { fillPolygon } from "../../../src/datasets/import/polygon.js";
import { bytesOfBase64 } from "../../io/helpers.js";
import { golden } from "./helpers.js";

interface Polygons {
  name: string;
  size: [number, number];
  segmentation: number[][];
  mask: string;
}

it.each(golden<Polygons[]>("polygons.json"))("fills as pycocotools: $name", ({ size, segmentation, mask }) => {
  const [height, width] = size;
  const bits = bytesOfBase64(mask);
  const wanted = Uint8Array.from({ length: width * height }, (_, n) => (bits[n >> 3] >> (7 - (n & 7))) & 1);
  const place = { file: "a.json", field: "segmentation" };
  expect(segmentationMask(segmentation, { width, height }, place).data).toEqual(wanted);
});

it("adds to what is there", () => {
  const mask = { width: 3, height: 2, data: Uint8Array.of(1, 1, 0, 0, 0, 0) };
  fillPolygon(mask, [1, 0, 3, 0, 3, 2, 1, 2]);
  expect(Array.from(mask.data)).toEqual([1, 1, 1, 0, 1, 1]);
});
