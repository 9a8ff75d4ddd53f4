import { expect, it } from "vitest";
import { maskArea } from "../../src/core/mask.js";
import { seededRandom } from "../../src/core/random.js";
import { syntheticPicture } from "../../src/distill/synthetic.js";

it("draws one to three objects that do not overlap, and the same ones for the same seed", () => {
  const counts = new Set<number>();
  for (let n = 0; n < 12; n++) {
    const make = () => syntheticPicture(64, seededRandom("synthetic", n), "s");
    const { image, masks } = make();
    expect(make().image.data).toEqual(image.data);
    counts.add(masks.length);
    const covered = new Uint8Array(64 * 64);
    for (const mask of masks) {
      expect(maskArea(mask)).toBeGreaterThanOrEqual(60);
      mask.data.forEach((value, at) => {
        covered[at] += value;
      });
    }
    expect(Math.max(...covered)).toBeLessThanOrEqual(1);
    expect(new Set(image.data).size).toBeGreaterThan(20);
  }
  expect(counts.size).toBeGreaterThan(1);
  expect(Math.max(...counts)).toBeLessThanOrEqual(3);
});
