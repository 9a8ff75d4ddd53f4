import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type DistanceDefinition, distanceDefinitions } from "../../src/metrics/distance-definition.js";
import type { MaskLike } from "../../src/metrics/mask-like.js";
import { weightedQuantile } from "../../src/metrics/quantile.js";
import { maskScores } from "../../src/metrics/scores.js";
import { surfaceMeasures } from "../../src/metrics/surface-measure.js";
import { buildMask, type MaskSpec } from "./golden-masks.js";

type Golden = Readonly<Partial<Record<DistanceDefinition, readonly number[]>>> & {
  readonly name: string;
  readonly size: readonly number[];
  readonly spacing: readonly number[];
  readonly tolerance: number;
  readonly prediction: MaskSpec;
  readonly truth: MaskSpec;
  readonly check: readonly number[];
  readonly overlap?: readonly number[];
};

/** Scores by MedPy, surface-distance and MONAI; see test/golden/metrics/distances.py. */
const golden: {
  readonly cases: readonly Golden[];
  readonly example: Golden;
  readonly quantiles: readonly (readonly [count: number, weight: number, figure: number])[];
  readonly tables: readonly {
    readonly spacing: [number, number, number];
    readonly areas: number[];
    readonly lengths: number[];
  }[];
} = JSON.parse(readFileSync(new URL("../golden/metrics/distances.json", import.meta.url), "utf8"));

/** The sum of the indices of the inside cells, as distances.py takes it: shows that both mean the same masks. */
function indexSum({ data }: MaskLike): number {
  let sum = 0;
  for (let n = 0; n < data.length; n++) if (data[n]) sum += n;
  return sum;
}

/**
 * The largest difference, relative where the reference is above 1 (MONAI computes in single precision); NaN when
 * anything is NaN.
 */
function difference(ours: readonly number[], theirs: readonly number[]): number {
  return Math.max(...theirs.map((value, n) => Math.abs(ours[n] - value) / Math.max(1, Math.abs(value))));
}

describe("scores of 300 pairs of masks", () => {
  it("cover what they are to cover", () => {
    expect(golden.cases).toHaveLength(300);
    const withDistances = golden.cases.filter((pair) => pair.medpy);
    expect(withDistances.length).toBeGreaterThan(280);
    expect(withDistances.filter(({ size }) => size.length === 3).length).toBeGreaterThan(120);
  });

  it.each(golden.cases)("$name", async (pair) => {
    const { size, spacing, tolerance, check } = pair;
    const [prediction, truth] = await Promise.all([buildMask(size, pair.prediction), buildMask(size, pair.truth)]);
    expect([indexSum(prediction), indexSum(truth)]).toEqual(check);
    for (const definition of distanceDefinitions) {
      const scores = maskScores(prediction, truth, { spacing, definition, nsdTolerance: tolerance });
      const { dice, iou, precision, recall, volumeDifference, hd, hd95, asd, assd, nsd } = scores;
      if (pair.overlap) {
        expect(difference([dice, iou, precision, recall, volumeDifference], pair.overlap)).toBeLessThan(1e-12);
      }
      const reference = pair[definition];
      if (reference) {
        expect.soft(difference([hd, hd95, asd, assd, nsd], reference), definition).toBeLessThan(1e-6);
      } else {
        expect([hd, hd95, asd, assd]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
      }
    }
  });
});

it("decide as surface-distance does where 95 in 100 is met exactly", () => {
  const figures = golden.quantiles.map(([count, weight]) => {
    const distances = Float64Array.from({ length: count }, (_, n) => n);
    return weightedQuantile(distances, new Float64Array(count).fill(weight), 0.95);
  });
  expect(figures).toEqual(golden.quantiles.map(([, , figure]) => figure));
});

it("differ between definitions for one pair of ellipsoids, as the README says", async () => {
  const { size, spacing, prediction, truth } = golden.example;
  const masks = await Promise.all([buildMask(size, prediction), buildMask(size, truth)]);
  const figures = distanceDefinitions.map((definition) => {
    const scores = maskScores(masks[0], masks[1], { spacing, definition, nsdTolerance: 2 });
    const [, reference95 = Number.NaN, , , referenceNsd = Number.NaN] = golden.example[definition] ?? [];
    expect(difference([scores.hd95, scores.nsd], [reference95, referenceNsd])).toBeLessThan(1e-6);
    return [definition, scores.hd95.toFixed(3), scores.nsd.toFixed(3)];
  });
  expect(figures).toEqual([
    ["surface-distance", "6.000", "0.460"],
    ["medpy", "6.325", "0.438"],
    ["monai", "6.403", "0.438"],
  ]);
  const readme = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  for (const [definition, distance, share] of figures) {
    expect(readme).toMatch(new RegExp(`\\| \`${definition}\`.*\\| ${distance} \\| ${share} \\|`));
  }
});

it.each(golden.tables)("measures the pieces of surface as surface-distance at spacing $spacing", (table) => {
  expect(difference([...surfaceMeasures(table.spacing, false)], table.areas)).toBeLessThan(1e-12);
  expect(difference([...surfaceMeasures(table.spacing, true)], table.lengths)).toBeLessThan(1e-12);
});
