import { describe, expect, it } from "vitest";
import { chamferDistance, euclideanDistance } from "../../src/core/distance-transform.js";
import { centroidPixel, deepestPixel, deepestPixels, pixelsOf, randomDeepestPixel } from "../../src/core/pixels.js";
import { drawMask } from "../support/draw-mask.js";

const bar = drawMask(`
  ........
  .######.
  .######.
  .######.
  ........`);
const nothing = drawMask("....");

describe("the deepest pixels", () => {
  it("are all that are equally far from the edge, in raster order", () => {
    expect(deepestPixels(bar, euclideanDistance)).toEqual([2, 3, 4, 5].map((x) => ({ x, y: 2 })));
    expect(deepestPixels(drawMask("###"), chamferDistance)).toEqual([0, 1, 2].map((x) => ({ x, y: 0 })));
    expect(deepestPixels(nothing, euclideanDistance)).toEqual([]);
  });

  it("count what lies outside the image as outside the mask", () => {
    const atEdge = drawMask(`
      ###..
      ###..
      ###..`);
    expect(deepestPixels(atEdge, euclideanDistance)).toEqual([{ x: 1, y: 1 }]);
  });

  it("are narrowed to the one nearest to their mean, of those the first", () => {
    expect(deepestPixel(bar)).toEqual({ x: 3, y: 2 });
    expect(deepestPixel(drawMask("#...#.##"))).toEqual({ x: 4, y: 0 });
    expect(deepestPixel(nothing)).toBeNull();
  });

  it("are drawn from at random for Mazurowski's prompts", () => {
    expect(randomDeepestPixel(bar, () => 0)).toEqual({ x: 2, y: 2 });
    expect(randomDeepestPixel(bar, () => 0.999)).toEqual({ x: 5, y: 2 });
    expect(randomDeepestPixel(nothing, () => 0)).toBeNull();
  });
});

it("cuts the centroid to whole numbers, and lets it lie outside", () => {
  expect(centroidPixel(drawMask("##.#"))).toEqual({ x: 1, y: 0 });
  expect(centroidPixel(drawMask("#...#"))).toEqual({ x: 2, y: 0 });
  expect(centroidPixel(nothing)).toBeNull();
});

it("lists pixels row by row", () => {
  expect(pixelsOf(drawMask(".# #."))).toEqual([
    { x: 1, y: 0 },
    { x: 0, y: 1 },
  ]);
});
