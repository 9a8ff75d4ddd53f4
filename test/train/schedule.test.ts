import { describe, expect, it } from "vitest";
import { learningRateAt } from "../../src/train/schedule.js";

describe("the learning rate", () => {
  const rates = (schedule: Parameters<typeof learningRateAt>[0]) =>
    [0, 1, 2, 6, 9].map((step) => learningRateAt(schedule, 1, step, 10));

  it("stays when constant", () => {
    expect(rates({ kind: "constant" })).toEqual([1, 1, 1, 1, 1]);
  });

  it("warms up linearly, then falls by half a cosine", () => {
    const [first, second, third, middle] = rates({ kind: "cosine", warmup: 2 });
    expect([first, second, third]).toEqual([0.5, 1, 1]);
    expect(middle).toBeCloseTo(0.5);
  });

  it("falls as (1 − t)^0.9 with poly, SAMed's", () => {
    expect(rates({ kind: "poly" })[3]).toBeCloseTo(0.4 ** 0.9);
    expect(rates({ kind: "poly", power: 1 })[4]).toBeCloseTo(0.1);
  });

  it("refuses a warm-up longer than the training", () => {
    expect(() => learningRateAt({ kind: "constant", warmup: 10 }, 1, 0, 10)).toThrow(/warm-up of 10 steps/);
  });
});
