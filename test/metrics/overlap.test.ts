import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SamlabError } from "../../src/core/errors.js";
import type { MaskLike } from "../../src/metrics/mask-like.js";
import { dice, iou, overlap } from "../../src/metrics/overlap.js";
import { maskScores } from "../../src/metrics/scores.js";

interface OverlapCase {
  name: string;
  size: number[];
  a: number[];
  b: number[];
  any: { dice: number; iou: number };
  labels: { label: number; dice: number; iou: number }[];
}

/** Scores by SimpleITK; see test/golden/metrics/make.py. */
const cases: OverlapCase[] = JSON.parse(
  readFileSync(new URL("../golden/metrics/overlap.json", import.meta.url), "utf8"),
);

const mask = (data: ArrayLike<number> | ArrayLike<boolean>, size: readonly number[]): MaskLike =>
  size.length === 2 ? { data, width: size[0], height: size[1] } : { data, size: [size[0], size[1], size[2]] };

const row = (...data: number[]) => mask(data, [data.length, 1]);

it.each(["1", null, Number.NaN, [1]])("refuses %j as a label, which no cell can have", (label) => {
  const one = row(0, 1, 2);
  for (const score of [dice, iou, maskScores]) {
    expect(() => score(one, one, { label: label as never })).toThrow(/is not a label\. Give a number/);
  }
});

describe("scores as SimpleITK's", () => {
  it.each(cases)("$name", ({ size, a, b, any, labels }) => {
    const [first, second] = [mask(Uint8Array.from(a), size), mask(Uint8Array.from(b), size)];
    expect(dice(first, second)).toBeCloseTo(any.dice, 12);
    expect(iou(first, second)).toBeCloseTo(any.iou, 12);
    for (const { label, ...expected } of labels) {
      expect(dice(first, second, { label })).toBeCloseTo(expected.dice, 12);
      expect(iou(first, second, { label })).toBeCloseTo(expected.iou, 12);
    }
  });
});

describe("empty masks", () => {
  const [none, some] = [row(0, 0, 0), row(0, 1, 1)];

  it.each([dice, iou])("score 0 when one is empty, and nothing when both are", (score) => {
    expect([score(none, some), score(some, none), score(none, none)]).toEqual([0, 0, Number.NaN]);
  });

  it.each([dice, iou])("score what the caller decides", (score) => {
    expect(score(none, none, { bothEmpty: 1 })).toBe(1);
    expect(score(none, some, { oneEmpty: Number.NaN })).toBe(Number.NaN);
    expect(score(some, some, { bothEmpty: 0.5, oneEmpty: 0.5 })).toBe(1);
  });

  it("are empty of a label that does not occur", () => {
    expect(dice(row(0, 1, 2), row(0, 1, 1), { label: 2 })).toBe(0);
    expect(dice(row(0, 1, 2), row(0, 1, 1), { label: 3 })).toBe(Number.NaN);
  });
});

it("counts cells", () => {
  expect(overlap(row(0, 1, 1, 3), row(0, 0, 2, 5))).toEqual({ both: 2, a: 3, b: 2, cells: 4 });
});

it("takes booleans", () => {
  expect(dice(mask([true, false, true], [3, 1]), row(1, 1, 0))).toBe(0.5);
});

it("compares a volume with a volume of the same size only", () => {
  const cube = mask(new Uint8Array(8), [2, 2, 2]);
  const fails = (a: MaskLike, b: MaskLike) => {
    try {
      dice(a, b);
    } catch (error) {
      if (error instanceof SamlabError) return `${error.code}: ${error.message}`;
    }
    return "nothing was thrown";
  };
  expect(fails(cube, mask(new Uint8Array(8), [4, 2, 1]))).toContain(
    "geometry-mismatch: The masks are of different size: 2×2×2 and 4×2×1.",
  );
  expect(fails(cube, mask(new Uint8Array(8), [4, 2]))).toContain("2×2×2 and 4×2");
  expect(fails(cube, mask(new Uint8Array(7), [2, 2, 2]))).toContain("A 2×2×2 mask has 8 values, not 7.");
});
