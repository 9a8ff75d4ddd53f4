import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { drawWeighted } from "../../src/distill/draw-weighted.js";

const random = seededRandom("weighted");

describe("drawing by weight", () => {
  it("makes each as likely as its weight", () => {
    const all = [10, 20, 30, 40, 0];
    const counts = new Map<number, number>();
    for (const one of drawWeighted(all, (weight) => weight, 10_000, random)) {
      counts.set(one, (counts.get(one) ?? 0) + 1);
    }
    // Of 100; the standard error is at most 0.005.
    for (const weight of all) expect(Math.abs((counts.get(weight) ?? 0) / 10_000 - weight / 100)).toBeLessThan(0.02);
  });

  it("takes one again where there are too few", () => {
    expect(drawWeighted(["a"], () => 1, 3, random)).toEqual(["a", "a", "a"]);
  });
});
