import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.js";
import { drawObjects } from "../../../src/predict/distill/draw-objects.js";

const random = seededRandom("objects");
const areaOf = ({ area }: { area: number }) => area;
const all = [100, 400, 900, 1600].map((area) => ({ area }));

describe("drawing the objects of a step", () => {
  it("makes each as likely as the root of its area", () => {
    const counts = new Map(all.map((one) => [one, 0]));
    for (let n = 0; n < 10_000; n++) {
      const [one] = drawObjects(all, areaOf, 1, random);
      counts.set(one, (counts.get(one) ?? 0) + 1);
    }
    // 10, 20, 30 and 40 of 100; the standard error is at most 0.005.
    for (const [n, one] of all.entries()) {
      expect(Math.abs((counts.get(one) ?? 0) / 10_000 - (n + 1) / 10)).toBeLessThan(0.02);
    }
  });

  it("takes one again where there are too few", () => {
    expect(drawObjects(all.slice(0, 1), areaOf, 3, random)).toEqual([all[0], all[0], all[0]]);
  });
});
