import { expect, it } from "vitest";
import { componentMask, connectedComponents } from "../../src/core/components.js";
import { drawMask, maskRows } from "../support/draw-mask.js";

it("numbers 8-connected parts in the order of their first pixels", () => {
  const mask = drawMask(`
    ...#.
    #.#.#
    #...#
    ..#..`);
  const components = connectedComponents(mask);
  expect(components.areas).toEqual([4, 2, 1]);
  expect(maskRows(componentMask(mask, components, 1))).toEqual(["...#.", "..#.#", "....#", "....."]);
  expect(maskRows(componentMask(mask, components, 3))).toEqual([".....", ".....", ".....", "..#.."]);
});

it("does not join pixels across the ends of rows", () => {
  const mask = drawMask(`
    ..#
    #..`);
  expect(connectedComponents(mask).areas).toEqual([1, 1]);
  expect(connectedComponents(drawMask("#.# ...")).areas).toEqual([1, 1]);
});
