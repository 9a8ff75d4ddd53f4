import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.js";
import { choosePoints, choosePrompts, surroundings } from "../../../src/evaluate/prompts/point-choice.js";
import { drawMask, maskRows } from "../../support/draw-mask.js";

const never = () => {
  throw new Error("not random");
};

const blob = drawMask(`
  ..........
  .#######..
  .#######..
  .#######..
  .#######..
  .#######..
  ..........`);

describe("choosePoints", () => {
  it("takes the deepest pixel, then the deepest between edge and points before", () => {
    const points = choosePoints(blob, 5, "deepest", never);
    expect(points.slice(0, 3)).toEqual([
      { x: 4, y: 3 },
      { x: 2, y: 3 },
      { x: 6, y: 3 },
    ]);
    expect(new Set(points.map(({ x, y }) => `${x} ${y}`)).size).toBe(5);
    for (const { x, y } of points) expect(blob.data[y * 10 + x]).toBe(1);
  });

  it("takes the centroid first, even outside, and the rest inside", () => {
    const ring = drawMask(`
      #####
      #...#
      #...#
      #####`);
    const [first, ...others] = choosePoints(ring, 3, "centroid", never);
    expect(first).toEqual({ x: 2, y: 1 });
    for (const { x, y } of others) expect(ring.data[y * 5 + x]).toBe(1);
  });

  it("draws different pixels at random, each as likely as another", () => {
    const random = seededRandom("choose");
    const row = drawMask(".####.");
    const counts = new Map<number, number>();
    for (let n = 0; n < 2000; n++) {
      const xs = choosePoints(row, 2, "random", random).map(({ x }) => x);
      expect(new Set(xs).size).toBe(2);
      for (const x of xs) counts.set(x, (counts.get(x) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4]);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it("gives as many as there are", () => {
    expect(choosePoints(drawMask(".#.#"), 5, "deepest", never)).toHaveLength(2);
    expect(choosePoints(drawMask(".#.#"), 5, "random", () => 0.5)).toHaveLength(2);
  });
});

describe("surroundings", () => {
  it("are the doubled box without the mask, clipped to the image", () => {
    const mask = drawMask(`
      .........
      .........
      ...##....
      ...#.....
      .........
      .........`);
    expect(maskRows(surroundings(mask))).toEqual([
      ".........",
      "..####...",
      "..#..#...",
      "..#.##...",
      "..####...",
      ".........",
    ]);
    const pixel = drawMask(`
      ......
      ......
      ..#...
      ......
      ......`);
    expect(maskRows(surroundings(pixel))).toEqual(["......", ".###..", ".#.#..", ".###..", "......"]);
    expect(maskRows(surroundings(drawMask("## ##")))).toEqual(["..", ".."]);
  });
});

it("labels points inside 1 and outside 0", () => {
  const points = choosePrompts(blob, { positive: 2, negative: 3 }, "deepest", never);
  expect(points.map(({ label }) => label)).toEqual([1, 1, 0, 0, 0]);
  for (const { x, y, label } of points) expect(blob.data[y * 10 + x]).toBe(label);
});
