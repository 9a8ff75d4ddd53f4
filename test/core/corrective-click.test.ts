import { describe, expect, it } from "vitest";
import { correctiveClick } from "../../src/core/corrective-click.js";
import { drawMask } from "../support/draw-mask.js";

describe("correctiveClick", () => {
  const truth = drawMask(`
    .........
    .###.###.
    .###.###.
    .###.###.
    .........`);

  it("goes to the middle of the largest region that was missed", () => {
    const half = drawMask(`
      .........
      .###.....
      .###..#..
      .###.....
      .........`);
    expect(correctiveClick(truth, half)).toMatchObject({ label: 1 });
    expect(correctiveClick(truth, { ...half, data: half.data.map((v, n) => (n === 2 * 9 + 6 ? 0 : v)) })).toEqual({
      x: 6,
      y: 2,
      label: 1,
    });
  });

  it("goes to the largest region that was wrongly added", () => {
    const bridged = drawMask(`
      .........
      .###.###.
      .########
      .########
      ....#..##`);
    expect(correctiveClick(truth, bridged)).toEqual({ x: 8, y: 3, label: 0 });
  });

  it("prefers a missed one among equals, and gives nothing where nothing is wrong", () => {
    expect(correctiveClick(drawMask("#..."), drawMask("...#"))).toEqual({ x: 0, y: 0, label: 1 });
    expect(correctiveClick(truth, truth)).toBeNull();
  });
});
