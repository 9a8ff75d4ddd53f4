import { expect, it } from "vitest";
import { removeSmallRegions } from "../../../src/predict/automask/small-regions.js";
import { drawMask, maskRows } from "../../support/draw-mask.js";

it("fills small holes and takes away small parts", () => {
  const mask = drawMask(`
    .........#
    .#####....
    .#.###..##
    .#####..#.
    ..........`);
  expect(maskRows(removeSmallRegions(mask, 3))).toEqual([
    "..........",
    ".#####....",
    ".#####..##",
    ".#####..#.",
    "..........",
  ]);
  expect(maskRows(removeSmallRegions(mask, 4))[3]).toBe(".#####....");
});

it("fills only holes below the limit", () => {
  const holed = drawMask("##.##..##");
  expect(maskRows(removeSmallRegions(holed, 2))).toEqual(["#####..##"]);
});

it("keeps the largest part when all are small, and fills a background that is all small", () => {
  const mask = drawMask(`
    #...##
    ......
    ......
    ......`);
  expect(maskRows(removeSmallRegions(mask, 10))).toEqual(["....##", "......", "......", "......"]);
  expect(maskRows(removeSmallRegions(drawMask("#.#"), 9))).toEqual(["###"]);
});

it("gives the very same mask back when there is nothing to do", () => {
  const mask = drawMask("###...");
  expect(removeSmallRegions(mask, 3)).toBe(mask);
  const holed = drawMask("##.##");
  expect(removeSmallRegions(holed, 1)).toBe(holed);
});
