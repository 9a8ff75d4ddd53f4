import { describe, expect, it } from "vitest";
import { SamlabError } from "../../src/core/errors.js";
import { type Mask2d, maskArea, maskBox, packMask, unpackMask } from "../../src/core/mask.js";

const mask = (...rows: string[]): Mask2d => ({
  width: rows[0].length,
  height: rows.length,
  data: Uint8Array.from(rows.join(""), (cell) => (cell === "#" ? 1 : 0)),
});

describe("area and box", () => {
  it.each([
    [mask("....", "....", "...."), 0, null],
    [mask("....", "..#.", "...."), 1, [2, 1, 2, 1]],
    [mask("#...", "..#.", "...#"), 3, [0, 0, 3, 2]],
    [mask("....", ".##.", ".#.."), 3, [1, 1, 2, 2]],
  ])("case %#", (shape, area, box) => {
    expect([maskArea(shape), maskBox(shape)]).toEqual([area, box]);
  });
});

describe("packed masks", () => {
  it("hold the first pixel in the lowest bit", () => {
    expect(packMask(mask("#.......", "##......", ".......#"))).toEqual(Uint8Array.of(0b1, 0b11, 0b10000000));
  });

  it.each([
    [1, 1],
    [7, 1],
    [8, 1],
    [3, 3],
    [13, 17],
  ])("come back: %i×%i", (width, height) => {
    const data = Uint8Array.from({ length: width * height }, (_, n) => (Math.imul(n + 1, 2654435761) >>> 30) & 1);
    const packed = packMask({ width, height, data });
    expect(packed.length).toBe(Math.ceil((width * height) / 8));
    expect(unpackMask(packed, width, height)).toEqual({ width, height, data });
  });

  it("may be views into something larger", () => {
    const shape = mask("#.#", ".#.");
    const larger = new Uint8Array(10).fill(0xff);
    larger.set(packMask(shape), 4);
    expect(unpackMask(larger.subarray(4, 5), 3, 2)).toEqual(shape);
  });

  it("must have the right length", () => {
    expect(() => unpackMask(new Uint8Array(3), 8, 2)).toThrow(SamlabError);
  });
});
