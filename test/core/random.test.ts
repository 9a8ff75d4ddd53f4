import { describe, expect, it } from "vitest";
import { randomInteger, seededRandom, shuffled } from "../../src/core/random.js";

describe("seededRandom", () => {
  const first = (...keys: (string | number)[]) => Array.from({ length: 5 }, seededRandom(...keys));

  it("gives the same numbers for the same keys, wherever it runs", () => {
    expect(first("a", 1)).toEqual(first("a", 1));
    expect(first("box", 7).map((value) => value.toFixed(6))).toMatchInlineSnapshot(`
      [
        "0.477117",
        "0.396313",
        "0.617929",
        "0.692788",
        "0.345383",
      ]
    `);
  });

  it("gives others for other keys, kinds of key and orders", () => {
    const all = [first("a", 1), first("a", 2), first("a", "1"), first(1, "a"), first("a1"), first()];
    expect(new Set(all.map(String)).size).toBe(all.length);
  });

  it("is uniform over [0, 1)", () => {
    const random = seededRandom("uniform");
    const counts = new Array<number>(10).fill(0);
    for (let n = 0; n < 10_000; n++) counts[Math.floor(random() * 10)]++;
    // Five standard deviations of a binomial count.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

it("randomInteger reaches both ends and nothing beyond", () => {
  const random = seededRandom("integer");
  const seen = new Set(Array.from({ length: 200 }, () => randomInteger(random, -1, 2)));
  expect([...seen].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2]);
});

it("shuffled is a permutation, and not always the same", () => {
  const orders = Array.from({ length: 20 }, (_, n) => shuffled(seededRandom("order", n), 6));
  for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(new Set(orders.map(String)).size).toBeGreaterThan(15);
});
