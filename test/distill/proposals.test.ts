import { describe, expect, it } from "vitest";
import { maskArea, maskBox } from "../../src/core/mask.js";
import { overlap, regionProposals } from "../../src/distill/proposals.js";

const side = 64;

/** Gray ground with discs of other grays; the image fills the left top `width` × `height`. */
function picture(discs: readonly { x: number; y: number; r: number; gray: number }[], width = side, height = side) {
  const data = new Float32Array(side * side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const disc = discs.find((one) => Math.hypot(x - one.x, y - one.y) <= one.r);
      data[y * side + x] = (disc?.gray ?? 0.35) + 0.03 * Math.sin(7 * x + 13 * y);
    }
  }
  return { side, width, height, data };
}

describe("region proposals", () => {
  it("find bright and dark objects, each once", () => {
    const bright = { x: 18, y: 20, r: 9, gray: 0.9 };
    const dark = { x: 46, y: 44, r: 8, gray: 0.05 };
    const found = regionProposals(picture([bright, dark]));
    for (const { x, y, r } of [bright, dark]) {
      const disc = picture([{ x, y, r, gray: 1 }]).data.map((gray) => (gray > 0.9 ? 1 : 0));
      const truth = { width: side, height: side, data: Uint8Array.from(disc) };
      const best = found.map((mask) => overlap(mask, truth).dice).sort((a, b) => b - a);
      // Quantiles hit an object roughly; its box is what the teacher is asked about.
      expect(best[0]).toBeGreaterThan(0.7);
    }
    found.forEach((mask, n) => {
      for (const other of found.slice(n + 1)) expect(overlap(mask, other).iou).toBeLessThan(0.8);
    });
  });

  it("leave out specks, the ground, and what lies beside the image", () => {
    const found = regionProposals(picture([{ x: 20, y: 10, r: 3, gray: 0.9 }], 64, 24));
    for (const mask of found) {
      expect(maskArea(mask)).toBeGreaterThanOrEqual(60);
      expect(maskArea(mask)).toBeLessThanOrEqual(0.75 * 64 * 24);
      expect(maskBox(mask)?.[3]).toBeLessThan(24);
    }
  });

  it("of a black image there are none", () => {
    expect(regionProposals({ ...picture([]), data: new Float32Array(side * side) })).toEqual([]);
  });
});

it("overlap counts pixels in both and in either", () => {
  const mask = (...data: number[]) => ({ width: 4, height: 1, data: Uint8Array.from(data) });
  expect(overlap(mask(1, 1, 1, 0), mask(0, 1, 1, 1))).toEqual({ iou: 0.5, dice: 4 / 6 });
});
