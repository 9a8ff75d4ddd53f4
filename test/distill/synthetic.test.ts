import { expect, it } from "vitest";
import { type Mask2d, maskArea } from "../../src/core/mask.js";
import { seededRandom } from "../../src/core/random.js";
import { syntheticPicture } from "../../src/distill/synthetic.js";

it("draws one to four objects that do not overlap, and the same ones for the same seed", () => {
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
  expect(Math.max(...counts)).toBeLessThanOrEqual(4);
});

it("puts a small object on a larger one in half of the pictures", () => {
  const nested = Array.from({ length: 60 }, (_, n) => {
    const { masks } = syntheticPicture(256, seededRandom("nested", n), "s");
    return masks.some((mask) => maskArea(mask) < 800 && masks.some((other) => surrounds(other, mask)));
  });
  const share = nested.filter(Boolean).length / nested.length;
  expect(share).toBeGreaterThan(0.3);
  expect(share).toBeLessThan(0.6);
});

/** Whether most pixels beside a mask are another one's. */
function surrounds({ data, width }: Mask2d, mask: Mask2d): boolean {
  let [beside, own] = [0, 0];
  for (let n = width; n < data.length - width; n++) {
    if (mask.data[n] !== 0) continue;
    if (!mask.data[n - 1] && !mask.data[n + 1] && !mask.data[n - width] && !mask.data[n + width]) continue;
    beside++;
    own += data[n]!;
  }
  return own > 0.5 * beside;
}
