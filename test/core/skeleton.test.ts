import { describe, expect, it } from "vitest";
import { connectedComponents } from "../../src/core/components.js";
import type { Mask2d } from "../../src/core/mask.js";
import { longestWay, skeleton } from "../../src/core/skeleton.js";
import { drawMask } from "../support/draw-mask.js";
import { uniform } from "../support/drawn.js";

const shown = ({ width, data }: Mask2d) =>
  Array.from({ length: data.length / width }, (_, y) =>
    Array.from(data.subarray(y * width, (y + 1) * width), (value) => (value === 1 ? "#" : ".")).join(""),
  );

describe("the skeleton", () => {
  it("of a bar is its middle line", () => {
    const bar = drawMask(`
      ...........
      .#########.
      .#########.
      .#########.
      ...........`);
    expect(shown(skeleton(bar))).toEqual(["...........", "...........", "..######...", "...........", "..........."]);
  });

  it("reaches to the edge of the picture, and leaves a thin line as it is", () => {
    const line = drawMask(`
      ####....
      ....###.
      .......#`);
    expect(skeleton(line)).toEqual(line);
    const whole = { width: 9, height: 5, data: new Uint8Array(45).fill(1) };
    expect(skeleton(whole).data).toContain(1);
  });

  it("lies in the mask, is thin, and keeps its parts together", () => {
    const [width, height] = [60, 50];
    const discs = Array.from(uniform("discs", 36), (value) => (value + 1) / 2);
    const data = Uint8Array.from({ length: width * height }, (_, n) => {
      const [x, y] = [n % width, Math.floor(n / width)];
      for (let k = 0; k < 12; k++) {
        const [u, v, r] = discs.slice(3 * k, 3 * k + 3) as [number, number, number];
        if ((x - u * width) ** 2 + (y - v * height) ** 2 < (3 + 6 * r) ** 2) return 1;
      }
      return 0;
    });
    const mask = { width, height, data };
    const thin = skeleton(mask);
    const [before, after] = [connectedComponents(mask), connectedComponents(thin)];
    expect(after.areas).toHaveLength(before.areas.length);
    for (const [n, value] of thin.data.entries()) {
      if (value === 1) expect(data[n]).toBe(1);
      const block = [n, n + 1, n + width, n + width + 1].every((at) => thin.data[at] === 1);
      expect(block).toBe(false);
    }
  });
});

describe("the longest way through it", () => {
  it("goes from end to end, past a branch, of the longest part", () => {
    const thin = drawMask(`
      ....#.......
      ....#.......
      #####.......
      .....####...
      ............
      ##..........`);
    expect(
      longestWay(thin)
        .map(({ x, y }) => `${x} ${y}`)
        .join(", "),
    ).toBe("0 2, 1 2, 2 2, 3 2, 4 2, 5 3, 6 3, 7 3, 8 3");
  });

  it("is nothing in an empty mask, and one pixel in one", () => {
    expect(longestWay({ width: 3, height: 2, data: new Uint8Array(6) })).toEqual([]);
    expect(longestWay({ width: 3, height: 2, data: Uint8Array.of(0, 0, 0, 0, 1, 0) })).toEqual([{ x: 1, y: 1 }]);
  });
});
