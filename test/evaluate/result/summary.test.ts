import { describe, expect, it } from "vitest";
import { summarize } from "../../../src/evaluate/result/summary.js";
import { holm } from "../../../src/evaluate/statistics/holm.js";
import { wilcoxon } from "../../../src/evaluate/statistics/wilcoxon.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import { row } from "../support/row.js";

describe("summarize", () => {
  it("refuses a score that rows do not have", () => {
    const metric = JSON.parse('"dicee"');
    expect(() => summarize([row({})], { metric })).toThrow(/no score "dicee"\. Use a column of scores/);
  });

  it("groups by model, modality, label, strategy, policy and clicks", () => {
    const rows = [
      row({ case: "a", dice: 0.2 }),
      row({ case: "a", slice: 5, dice: 0.4 }),
      row({ case: "b", dice: 0.9 }),
      row({ case: "c", modality: "MR", dice: 0.7 }),
      row({ case: "c", modality: "MR", dice: Number.NaN, failure: "why" }),
    ];
    const { groups, overall } = summarize(rows);
    expect(groups).toMatchObject([
      {
        modality: "CT",
        label: "tumor",
        model: "m",
        strategy: "box",
        policy: "first",
        clicks: 0,
        n: 3,
        cases: 2,
        mean: 0.5,
        median: 0.4,
        failures: 0,
      },
      { modality: "MR", n: 1, cases: 1, mean: 0.7, sd: Number.NaN, low: Number.NaN, high: Number.NaN, failures: 1 },
    ]);
    expect(groups[0].sd).toBeCloseTo(Math.sqrt((0.09 + 0.01 + 0.16) / 2), 12);
    // Pairs count alike: (0.5 + 0.7) / 2, not the mean of four rows.
    expect(overall).toMatchObject([{ pairs: 2, n: 4, cases: 3, failures: 1 }]);
    expect(overall[0].mean).toBeCloseTo(0.6, 12);
  });

  it("counts the seconds of a case once, not with each of its objects", () => {
    const of = (model: string, id: string, seconds: number, dices: readonly number[]) =>
      dices.map((dice, n) => row({ case: id, model, seconds, dice, part: n + 1, plane: "", slice: -1 }));
    const rows = [...of("m", "A", 12, [0.6, 0.8, 1]), ...of("m", "B", 5, [0.4])];
    const { groups, overall } = summarize(rows, { metric: "seconds" });
    expect(groups).toMatchObject([{ n: 2, cases: 2, mean: 8.5, median: 8.5, low: 5, high: 12 }]);
    expect(overall).toMatchObject([{ n: 2, cases: 2, mean: 8.5, caseMean: 8.5 }]);
    // Two of a model's three objects failed: its time is still compared.
    const failed = { dice: Number.NaN, seconds: Number.NaN, failure: "why" };
    const other = [...rows, ...of("k", "B", 7, [0.4])].map((one) => ({ ...one, model: "k", seconds: one.seconds + 2 }));
    const both = [...rows, ...other.map((one) => (one.part < 3 && one.case === "A" ? { ...one, ...failed } : one))];
    const compared = summarize(both, { metric: "seconds" });
    expect(compared.tests).toMatchObject([{ n: 2, difference: -2 }]);
    expect(compared.overall.map(({ n, failures }) => [n, failures])).toEqual([
      [2, 0],
      [2, 2],
    ]);
  });

  it("counts the seconds of each run, as on other devices", () => {
    const parts = [1, 2].map((part) => row({ part, plane: "", slice: -1, seconds: 6 }));
    const runs = [{}, { provider: "CUDA", seconds: 1 }, { seed: 4, seconds: 5 }];
    const rows = runs.flatMap((run) => parts.map((part) => ({ ...part, ...run })));
    const other = rows.map((one) => ({ ...one, model: "k", seconds: one.seconds + 2 }));
    const { overall, tests } = summarize([...rows, ...other], { metric: "seconds" });
    expect(overall).toMatchObject([
      { n: 3, cases: 1, mean: 4 },
      { n: 3, cases: 1, mean: 6 },
    ]);
    expect(tests).toMatchObject([{ n: 1, difference: -2 }]);
  });

  it("has the mean over cases of the means of their rows", () => {
    const nsd = [0.6, 0.8, 1, 0.4];
    const rows = nsd.map((value, n) => row({ case: n < 3 ? "A" : "B", part: n + 1, nsd: value }));
    const [{ mean, caseMean }] = summarize(rows, { metric: "nsd" }).overall;
    expect([mean, caseMean].map((value) => Number(value!.toFixed(12)))).toEqual([0.7, 0.6]);
  });

  it("resamples cases, not slices", () => {
    // Two cases, each with a hundred equal slices: resampling slices would give a narrow interval round 0.5.
    const rows = ["a", "b"].flatMap((id, n) =>
      Array.from({ length: 100 }, (_, slice) => row({ case: id, slice, dice: n })),
    );
    const [{ low, high, mean }] = summarize(rows).groups;
    expect([low, mean, high]).toEqual([0, 0.5, 1]);
  });

  it("keeps the cases of a subject together", () => {
    const of = (subject: string, model: string, dice: number) =>
      Array.from({ length: 6 }, (_, n) => row({ case: `${subject}${n}`, subject, model, dice: dice + n / 100 }));
    const one = summarize([...of("p", "m", 0.5), ...of("p", "k", 0.4)]);
    expect(one.groups[0]).toMatchObject({ cases: 6, subjects: 1, low: Number.NaN, high: Number.NaN });
    expect(one.overall[0]).toMatchObject({ cases: 6, subjects: 1, low: Number.NaN });
    expect(one.tests).toMatchObject([{ n: 1 }]);
    const [two] = summarize([...of("p", "m", 0), ...of("q", "m", 0.5)]).groups;
    expect([two.subjects, two.low, two.high].map((value) => Number(value.toFixed(3)))).toEqual([2, 0.025, 0.525]);
  });

  it("tells the cases of data sets with the same ids apart", () => {
    const set = (dataHash: string, first: number) =>
      Array.from({ length: 6 }, (_, n) => row({ case: `case_${n}`, dataHash: dataHash + n, dice: first - n / 100 }));
    const rows = [...set("A", 0.6), ...set("B", 0.9)];
    // Model k is worse by 0.1 on every image.
    const both = [...rows, ...rows.map((one) => ({ ...one, model: "k", dice: one.dice - 0.1 }))];
    const { tests, groups, overall, notes } = summarize(both);
    expect(tests).toMatchObject([{ models: ["m", "k"], n: 6 }]);
    expect(tests[0].difference).toBeCloseTo(0.1, 12);
    expect([groups[0], overall[0]]).toMatchObject([
      { n: 12, cases: 12, subjects: 6 },
      { n: 12, cases: 12, subjects: 6 },
    ]);
    expect(notes).toMatch(/The case ids case_0 and 5 more stand for several images \(their dataHash differs\)/);
    expect(summarize(set("A", 0.6)).notes).not.toContain("dataHash");
  });

  it("tells models of the same name apart", () => {
    const of = (modelHash: string, dice: number) =>
      ["a", "b"].map((id) => row({ case: id, model: "tuned", modelHash, dice }));
    const { groups, tests, notes } = summarize([...of("1".repeat(64), 0.9), ...of("2".repeat(64), 0.1)]);
    expect(groups.map(({ model, mean }) => [model, mean])).toEqual([
      ["tuned (11111111)", 0.9],
      ["tuned (22222222)", 0.1],
    ]);
    expect(tests[0].difference).toBeCloseTo(0.8, 12);
    expect(notes).toMatch(/tuned is the name of 2 models/);
  });

  it("takes rows made by hand, without hashes", () => {
    const rows = [row(), { ...row({ case: "b" }), modelHash: undefined, dataHash: undefined }, row({ modelHash: "" })];
    const { groups, notes } = summarize(rows as EvaluationRow[]);
    expect(groups).toMatchObject([{ model: "m", n: 3 }]);
    expect(notes).not.toMatch(/dataHash|name of/);
    const named = summarize([...rows, row({ modelHash: "0123456789" })] as EvaluationRow[]).groups;
    expect(named.map(({ model, n }) => [model, n])).toEqual([
      ["m (abcdef01)", 1],
      ["m", 2],
      ["m (01234567)", 1],
    ]);
  });

  it("has a mean of distances for each unit", () => {
    const rows = [
      row({ case: "a", hd95: 2, unit: "mm" }),
      row({ case: "b", hd95: 10, unit: "px" }),
      row({ case: "c", hd95: 4, unit: "mm" }),
      row({ case: "d", hd95: Number.NaN, unit: "px", failure: "why" }),
    ];
    const means = ({ groups, overall }: ReturnType<typeof summarize>) =>
      [...groups, ...overall].map(({ unit, n, mean, failures }) => [unit, n, mean, failures]);
    expect(means(summarize(rows, { metric: "hd95" }))).toEqual([
      ["mm", 2, 3, 1],
      ["px", 1, 10, 0],
      ["mm", 2, 3, 1],
      ["px", 1, 10, 0],
    ]);
    expect(means(summarize(rows)).map(([unit, n]) => [unit, n])).toEqual([
      ["", 3],
      ["", 3],
    ]);
    const two = [...rows, ...rows.map((one) => ({ ...one, model: "k", hd95: one.hd95 + 1 }))];
    expect(summarize(two, { metric: "hd95" }).tests.map(({ unit, n }) => [unit, n])).toEqual([
      ["mm", 2],
      ["px", 1],
    ]);
  });

  it("has an interval that a seed repeats and that covers as it should", () => {
    const rows = Array.from({ length: 40 }, (_, n) => row({ case: `c${n}`, dice: ((n * 7919) % 40) / 39 }));
    const interval = (seed: number) => {
      const [{ low, high }] = summarize(rows, { seed }).groups;
      return [low, high];
    };
    expect(interval(1)).toEqual(interval(1));
    expect(interval(1)).not.toEqual(interval(2));
    const [low, high] = interval(1);
    const { sd, mean } = summarize(rows).groups[0];
    // Close to the normal interval of a mean of 40 numbers.
    expect(low).toBeCloseTo(mean - (1.96 * sd) / Math.sqrt(40), 1);
    expect(high).toBeCloseTo(mean + (1.96 * sd) / Math.sqrt(40), 1);
  });

  it("counts a case that could not be opened in every step of a strategy", () => {
    const steps = [1, 2].map((clicks) => row({ strategy: "clicks:2", clicks }));
    const lost = row({ case: "z", strategy: "clicks:2", clicks: 0, dice: Number.NaN, failure: "unreadable" });
    expect(summarize([...steps, lost]).groups.map(({ clicks, n, failures }) => [clicks, n, failures])).toEqual([
      [1, 1, 1],
      [2, 1, 1],
    ]);
  });

  it("counts what failed in a step in the steps after it too, also where the first has no clicks", () => {
    const counts = (steps: readonly number[], failedAt: number) => {
      const of = (values: Partial<EvaluationRow>) => row({ strategy: "s", ...values });
      const lost = of({ case: "z", clicks: failedAt, dice: Number.NaN, failure: "broken" });
      return summarize([...steps.map((clicks) => of({ clicks })), lost]).groups.map((one) => one.failures);
    };
    expect(counts([0, 1, 2], 0)).toEqual([1, 1, 1]);
    expect(counts([1, 2, 3], 2)).toEqual([0, 1, 1]);
    // Mazurowski's modes: one step, with a click for each part of the object.
    const modes = [1, 2, 3].map((clicks) => row({ case: `c${clicks}`, strategy: "s", clicks }));
    const failures = (clicks: number) =>
      summarize([...modes, row({ case: "z", strategy: "s", clicks, failure: "broken" })]).groups.map(
        (one) => one.failures,
      );
    expect([failures(2), failures(0)]).toEqual([
      [0, 1, 0],
      [1, 1, 1],
    ]);
  });

  it("keeps distances that are undefined apart from failures", () => {
    const rows = [row({ hd: 4 }), row({ case: "b", dice: 0, hd: Number.NaN })];
    expect(summarize(rows, { metric: "hd" }).groups[0]).toMatchObject({
      n: 1,
      mean: 4,
      undefinedScores: 1,
      failures: 0,
    });
  });

  it("tests models on the cases that both have, by case means", () => {
    const of = (model: string, scores: readonly number[]) =>
      scores.flatMap((dice, n) => [
        row({ model, case: `c${n}`, dice }),
        row({ model, case: `c${n}`, slice: 9, dice: dice + 0.01 }),
      ]);
    const rows = [
      ...of("x", [0.9, 0.8, 0.7, 0.95, 0.85, 0.75]),
      ...of("y", [0.5, 0.61, 0.52, 0.63, 0.34]),
      ...of("z", [0.9, 0.81, 0.69, 0.97, 0.84, 0.75]),
    ];
    const { tests } = summarize(rows);
    expect(tests.map(({ models, n }) => [...models, n])).toEqual([
      ["x", "y", 5],
      ["x", "z", 6],
      ["y", "z", 5],
    ]);
    expect(tests[0].p).toBe(wilcoxon([0.4, 0.19, 0.18, 0.32, 0.51]).p);
    expect(tests[0].difference).toBeCloseTo(0.32, 12);
    expect(tests.map(({ pHolm }) => pHolm)).toEqual(holm(tests.map(({ p }) => p)));
    expect(summarize(of("x", [0.5])).tests).toEqual([]);
  });

  it("tests models at each number of clicks", () => {
    const rows = [1, 2].flatMap((clicks) =>
      ["x", "y"].map((model) => row({ model, strategy: "clicks:2", clicks, dice: model === "x" ? clicks / 2 : 0 })),
    );
    expect(summarize(rows).tests.map(({ clicks, difference }) => [clicks, difference])).toEqual([
      [1, 0.5],
      [2, 1],
    ]);
  });

  it("is empty for no rows", () => {
    expect(summarize([])).toMatchObject({ groups: [], overall: [], tests: [] });
  });
});
