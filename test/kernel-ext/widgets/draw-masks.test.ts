import { describe, expect, it } from "vitest";
import { drawMasks } from "../../../kernel-ext/widgets/draw-masks.js";
import type { Mask2d } from "../../../src/core/mask.js";
import type { Image2d } from "../../../src/io/image/image.js";
import { failure } from "../../io/helpers.js";

const image: Image2d = {
  width: 4,
  height: 2,
  channels: 1,
  data: new Uint8Array(8).fill(100),
  spacing: null,
  source: "gray.png",
  window: null,
};

const pixels = (...inside: readonly number[]): Mask2d => ({
  width: 4,
  height: 2,
  data: Uint8Array.from({ length: 8 }, (_, n) => (inside.includes(n) ? 1 : 0)),
});

/** The picture's colors, one for each pixel of the image. */
async function colors(png: Uint8Array): Promise<string[]> {
  const sharp = (await import("sharp")).default;
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([4, 2]);
  return Array.from({ length: 8 }, (_, n) => [...data.subarray(n * 3, n * 3 + 3)].join());
}

describe("drawMasks", () => {
  it("gives masks colors of their own, the small one on top, whatever their order, and leaves the rest as it is", async () => {
    const [large, small] = [pixels(0, 1, 4, 5), { mask: pixels(1) }];
    const drawn = await colors(await drawMasks(image, [small, large], { longest: 4 }));
    const same = await colors(await drawMasks(image, [large, small], { longest: 4 }));
    expect(drawn).toEqual(same);
    expect([2, 3, 6, 7].map((n) => drawn[n])).toEqual(Array(4).fill("100,100,100"));
    expect(new Set([drawn[0], drawn[1], "100,100,100"]).size).toBe(3);
    expect([drawn[4], drawn[5]]).toEqual([drawn[0], drawn[0]]);
  });

  it("draws the outline in white over the masks", async () => {
    const drawn = await colors(await drawMasks(image, [pixels(0, 1)], { outline: pixels(1), longest: 4 }));
    expect(drawn[1]).toBe("255,255,255");
    expect(drawn[0]).not.toBe("255,255,255");
  });

  it("refuses a mask on another grid", async () => {
    const other: Mask2d = { width: 2, height: 4, data: new Uint8Array(8) };
    await failure(drawMasks(image, [other]), "geometry-mismatch");
  });
});
