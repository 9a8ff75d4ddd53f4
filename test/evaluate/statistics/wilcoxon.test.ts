import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeNumbers, quantile } from "../../../src/evaluate/statistics/describe.js";
import { holm } from "../../../src/evaluate/statistics/holm.js";
import { erfc, wilcoxon } from "../../../src/evaluate/statistics/wilcoxon.js";
import { goldenPath } from "../../support/golden.js";

interface Golden {
  wilcoxon: { name: string; differences: number[]; statistic: number; p: number }[];
  holm: { p: number[]; adjusted: number[] }[];
  quantiles: { values: number[]; p: number[]; q: number[]; mean: number; sd: number };
  erfc: [number, number][];
}
const golden: Golden = JSON.parse(readFileSync(goldenPath("statistics/tests.json"), "utf8"));

/** Equal to 1e-10 of the value: tail chances of 1e-30 are compared as closely as those near 1. */
function expectClose(found: number, expected: number) {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-10 * Math.abs(expected) + 1e-300);
}

describe("wilcoxon", () => {
  it.each(golden.wilcoxon)("gives SciPy's statistic and p: $name", ({ differences, statistic, p }) => {
    const result = wilcoxon(differences);
    expectClose(result.statistic, statistic);
    expectClose(result.p, p);
  });

  it("says which method it took", () => {
    const method = (name: string) => wilcoxon(golden.wilcoxon.find((entry) => entry.name === name)!.differences).method;
    expect(method("50 without ties")).toBe("exact");
    expect(method("51 without ties")).toBe("normal");
    expect(method("13 with ties and zeros")).toBe("exact");
    expect(method("14 with ties")).toBe("normal");
  });

  it("has no p where nothing differs", () => {
    expect(wilcoxon([0, 0, 0])).toMatchObject({ n: 3, nonZero: 0, p: Number.NaN });
    expect(wilcoxon([])).toMatchObject({ n: 0, p: Number.NaN });
  });

  it("has SciPy's erfc", () => {
    for (const [x, value] of golden.erfc) expectClose(erfc(x), value);
  });
});

describe("holm", () => {
  it("gives statsmodels' adjusted p-values", () => {
    for (const { p, adjusted } of golden.holm) holm(p).forEach((value, n) => void expectClose(value, adjusted[n]));
  });

  it("does not count a test that could not be made", () => {
    expect(holm([0.02, Number.NaN, 0.01])).toEqual([0.02, Number.NaN, 0.02]);
  });
});

describe("describeNumbers", () => {
  it("gives NumPy's mean, sample sd and quantiles", () => {
    const { values, p, q, mean, sd } = golden.quantiles;
    p.forEach((at, n) => void expectClose(quantile(values, at), q[n]));
    const described = describeNumbers(values);
    expectClose(described.mean, mean);
    expectClose(described.sd, sd);
    expect(described.n).toBe(17);
  });

  it("has no sd for one number and no mean for none", () => {
    expect(describeNumbers([3])).toEqual({ n: 1, mean: 3, sd: Number.NaN, median: 3 });
    expect(describeNumbers([])).toEqual({ n: 0, mean: Number.NaN, sd: Number.NaN, median: Number.NaN });
  });
});
