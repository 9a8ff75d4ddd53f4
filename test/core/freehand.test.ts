import { describe, expect, it } from "vitest";
import { lassoedMask, scribblePoints } from "../../src/core/freehand.js";

describe("points of a scribble", () => {
  it("lie evenly along the line, from end to end", () => {
    const points = scribblePoints([10, 5, 20, 5, 20, 15], 100, 50);
    expect(points.map(({ x, y }) => [x, y])).toEqual([
      [10, 5],
      [15, 5],
      [20, 5],
      [20, 10],
      [20, 15],
    ]);
  });

  it("are at most eight, at least two, and one for a dot", () => {
    expect(scribblePoints([0, 0, 99, 0], 100, 50)).toHaveLength(8);
    expect(scribblePoints([3, 3, 5, 3], 100, 50)).toEqual([
      { x: 3, y: 3 },
      { x: 5, y: 3 },
    ]);
    expect(scribblePoints([7.4, 2.6], 100, 50)).toEqual([{ x: 7, y: 3 }]);
  });

  it("are on the picture, and none comes twice", () => {
    expect(scribblePoints([-20, 10, 20, 10], 100, 50).every(({ x }) => x >= 0)).toBe(true);
    expect(scribblePoints([-20, 10, -5, 10], 100, 50)).toEqual([]);
    expect(scribblePoints([4, 4, 4.3, 4.2], 100, 50)).toEqual([{ x: 4, y: 4 }]);
  });
});

describe("a lasso", () => {
  const empty = { width: 12, height: 10, data: new Uint8Array(120) };
  const inside = ({ data }: { data: Uint8Array }) => [...data.keys()].filter((n) => data[n] === 1);

  it("adds the pixels whose centers it goes around, in either direction, and takes them away", () => {
    const square = [1.5, 1.5, 5.5, 1.5, 5.5, 4.5, 1.5, 4.5];
    const added = lassoedMask(empty, square, false);
    expect(inside(added)).toEqual([26, 27, 28, 29, 38, 39, 40, 41, 50, 51, 52, 53]);
    const turned = [1.5, 4.5, 5.5, 4.5, 5.5, 1.5, 1.5, 1.5];
    expect(lassoedMask(empty, turned, false).data).toEqual(added.data);
    expect(inside(lassoedMask(added, [3.5, 0, 20, 0, 20, 20, 3.5, 20], true))).toEqual([26, 27, 38, 39, 50, 51]);
    expect(inside(empty)).toEqual([]);
  });

  it("counts what it goes around twice, and may leave the picture", () => {
    const square = [0.5, 0.5, 6.5, 0.5, 6.5, 6.5, 0.5, 6.5];
    expect(inside(lassoedMask(empty, [...square, ...square], false))).toHaveLength(36);
    expect(inside(lassoedMask(empty, [-50, -50, 50, -50, 50, 50, -50, 50], false))).toHaveLength(120);
  });
});
