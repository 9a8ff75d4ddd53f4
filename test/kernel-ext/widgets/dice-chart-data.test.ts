import { describe, expect, it } from "vitest";
import { chartData } from "../../../kernel-ext/widgets/dice-chart/chart-data.js";
import { mostPoints } from "../../../kernel-ext/widgets/dice-chart/points.js";
import { spearman } from "../../../kernel-ext/widgets/dice-chart/spearman.js";
import { summarize } from "../../../src/evaluate/result/summary.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import { chartTitle } from "../../../src/protocol/dice-chart.js";
import { readColumns } from "../../../src/protocol/dice-chart-columns.js";
import { row, syntheticRows } from "./dice-chart-rows.js";

const modalities = (rows: readonly EvaluationRow[], options = {}) =>
  chartData(rows, { kind: "modalities", ...options });
const prompts = (rows: readonly EvaluationRow[], options = {}) => chartData(rows, { kind: "prompts", ...options });

/** `rows` with NaN where the cell has null. */
const numbers = (low: number | null) => low ?? Number.NaN;

describe("the means", () => {
  it("are those of the evaluation's summary, intervals too", () => {
    const rows = syntheticRows(["box", "points:1"]);
    const { state } = modalities(rows);
    const { groups } = summarize(rows);
    expect(state.cells).toHaveLength(groups.length);
    for (const cell of state.cells) {
      const { modality, label } = state.groups[cell.group];
      const strategy = state.series[cell.series].name;
      const same = groups.find((g) => g.modality === modality && g.label === label && g.strategy === strategy)!;
      expect([cell.n, cell.subjects, cell.median]).toEqual([same.n, same.subjects, same.median]);
      expect(cell.mean).toBeCloseTo(same.mean, 12);
      expect(numbers(cell.low)).toBeCloseTo(same.low, 12);
      expect(numbers(cell.high)).toBeCloseTo(same.high, 12);
    }
  });

  it("give each label the same weight where labels share a row, as the summary's overall mean does", () => {
    const rows = syntheticRows(["points:1", "points:3"]);
    const { state } = prompts(rows);
    const { overall } = summarize(rows);
    expect(state.groups.map(({ clicks }) => clicks)).toEqual([1, 3]);
    state.cells.forEach((cell, n) => {
      expect(cell.mean).toBeCloseTo(overall[n].mean, 12);
      expect(numbers(cell.low)).toBeCloseTo(overall[n].low, 12);
      expect(numbers(cell.high)).toBeCloseTo(overall[n].high, 12);
    });
  });

  it("have no interval from a single case", () => {
    const { state } = modalities([row({ dice: 0.4 }), row({ dice: 0.6, slice: 1 })]);
    expect(state.cells).toMatchObject([{ n: 2, subjects: 1, low: null, high: null }]);
    expect(state.cells[0].mean).toBeCloseTo(0.5, 12);
    expect(state.footnote.join(" ")).not.toContain("too narrow");
  });

  it("say so when their intervals are from few subjects", () => {
    const of = (subjects: number) =>
      Array.from({ length: subjects }, (_, n) => row({ case: `c${n}`, dice: n / subjects }));
    expect(modalities([...of(12), ...of(3).map((r) => ({ ...r, label: "spleen" }))]).state.footnote[0]).toContain(
      "Intervals from fewer than 10 subjects are too narrow; the fewest here: 3.",
    );
    expect(modalities(of(10)).state.footnote[0]).not.toContain("too narrow");
  });

  it("do not depend on what else is charted", () => {
    const rows = syntheticRows(["box", "points:1"]);
    const alone = modalities(rows.filter((r) => r.modality === "CT" && r.strategy === "box")).state.cells[0];
    const among = modalities(rows).state;
    const ct = among.groups.findIndex(({ modality }) => modality === "CT");
    expect({ ...alone, group: ct }).toEqual(among.cells.find(({ group, series }) => group === ct && series === 0));
  });

  it("come with quartiles and Tukey's fences", () => {
    const values = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1].map((dice, slice) => row({ dice, slice }));
    const [cell] = modalities([...values, row({ dice: 1, slice: 9 })]).state.cells;
    expect([cell.q1, cell.median, cell.q3].map((v) => Number(v.toFixed(6)))).toEqual([0.225, 0.45, 0.675]);
    expect([cell.fenceLow, cell.fenceHigh]).toEqual([0, 1]);
    const outlier = [0.01, 0.7, 0.71, 0.72, 0.73].map((dice, slice) => row({ dice, slice }));
    expect(modalities(outlier).state.cells[0]).toMatchObject({ fenceLow: 0.7, fenceHigh: 0.73 });
  });
});

describe("the rows of the chart", () => {
  it("are modality–label pairs, the best first", () => {
    const names = modalities(syntheticRows()).state.groups.map(({ name }) => name);
    expect(names).toEqual([
      "Endoscopy · polyp",
      "CT · lung nodule",
      "MR · tumor",
      "Microscopy · nuclei",
      "MR · white matter",
    ]);
  });

  it("are modalities when asked for, and by themselves when the pairs are many", () => {
    expect(modalities(syntheticRows(), { by: "modality" }).state.groups.map(({ name }) => name)).toEqual([
      "Endoscopy",
      "CT",
      "Microscopy",
      "MR",
    ]);
    const many = Array.from({ length: 17 }, (_, n) => row({ label: `label ${n}`, dice: n / 20 }));
    expect(modalities(many).state.groups.map(({ name }) => name)).toEqual(["CT"]);
    expect(modalities(many.slice(1)).state.groups).toHaveLength(16);
    expect(modalities(many, { by: "label" }).state.groups).toHaveLength(17);
  });

  it("are models when asked for, each modality in its color", () => {
    const rows = ["box", "AutoSAM"].flatMap((model) => syntheticRows([model === "box" ? "box" : "none"], model));
    const { state } = modalities(rows, { by: "model", color: "modality" });
    expect(state.groups.map(({ name }) => name)).toEqual(["box", "AutoSAM"]);
    expect(state.series.map(({ name }) => name)).toEqual(["Endoscopy", "CT", "MR", "Microscopy"]);
    expect(state.cells).toHaveLength(8);
    expect(chartTitle(state, "modalities")).toBe("Dice by model");
    const { overall } = summarize(rows.filter(({ model, modality }) => model === "AutoSAM" && modality === "MR"));
    const series = state.series.findIndex(({ name }) => name === "MR");
    const cell = state.cells.find((one) => one.group === 1 && one.series === series)!;
    expect([cell.mean, cell.low]).toEqual([expect.closeTo(overall[0].mean, 12), expect.closeTo(overall[0].low, 12)]);
    expect(state.footnote.join(" ")).toContain("Pooled over strategies box, none.");
  });

  it("are of no other kind", () => {
    expect(() => modalities(syntheticRows(), { by: "strategy" })).toThrow("no rows by");
  });

  it("are sorted by the mean of the series' means, however many rows each has", () => {
    const rows = [
      ...Array.from({ length: 9 }, (_, slice) => row({ label: "a", strategy: "box", dice: 0.9, slice })),
      row({ label: "a", strategy: "points:1", dice: 0.1 }),
      row({ label: "b", strategy: "box", dice: 0.6 }),
      row({ label: "b", strategy: "points:1", dice: 0.6 }),
    ];
    expect(modalities(rows).state.groups.map(({ label }) => label)).toEqual(["b", "a"]);
  });
});

describe("colors", () => {
  const names = (rows: readonly EvaluationRow[], options = {}) =>
    modalities(rows, options).state.series.map(({ name }) => name);

  it("tell apart whatever varies", () => {
    expect(names([row()])).toEqual(["lite-medsam"]);
    expect(names([row(), row({ strategy: "points:1" })])).toEqual(["box", "points:1"]);
    expect(names([row(), row({ model: "sam" })])).toEqual(["lite-medsam", "sam"]);
    expect(names([row(), row({ model: "sam", policy: "oracle" })])).toEqual(["lite-medsam · first", "sam · oracle"]);
  });

  it("pool only on request, and say so", () => {
    const rows = [row({ dice: 0.2 }), row({ dice: 0.6, strategy: "points:1" })];
    const { state } = modalities(rows, { color: "model" });
    expect(state.series.map(({ name }) => name)).toEqual(["lite-medsam"]);
    expect(state.cells[0].mean).toBeCloseTo(0.4, 12);
    expect(state.footnote).toContain("Pooled over strategies box, points:1.");
  });

  it("are all different, in color and in shape", () => {
    const { series } = modalities(Array.from({ length: 7 }, (_, n) => row({ model: `m${n}` }))).state;
    expect(new Set(series.map(({ color }) => color)).size).toBe(7);
    expect(new Set(series.map(({ symbol }) => symbol)).size).toBe(7);
  });

  it("refuse more than can be told apart, and unknown fields", () => {
    const rows = Array.from({ length: 8 }, (_, n) => row({ model: `m${n}` }));
    expect(() => modalities(rows)).toThrow("8 series cannot be told apart by color");
    expect(() => modalities(rows, { color: "label" })).toThrow("Choose among model, strategy, policy, modality.");
  });
});

describe("rows without a Dice", () => {
  const failed = row({ case: "broken", dice: Number.NaN, failure: "the image could not be read." });

  it("are counted and named, and never drawn as 0", () => {
    const { state, rows } = modalities([row({ dice: 0.8 }), failed, row({ slice: 2, dice: Number.NaN })]);
    expect(rows).toHaveLength(1);
    expect(state.cells[0]).toMatchObject({ n: 1, mean: 0.8 });
    expect(state.points.count).toBe(1);
    expect(state.notices).toEqual([
      "2 of 3 rows have no Dice and are left out, not counted as 0: 1 × the image could not be read; 1 × Dice is NaN, without a reason.",
    ]);
  });

  it("make no chart when there is nothing else, and the reasons are said", () => {
    const others = ["a", "b", "c"].map((failure) => ({ ...failed, failure }));
    expect(() => modalities([failed, failed, ...others])).toThrow(
      "None of the 5 rows has a Dice: 2 × the image could not be read; 1 × a; 1 × b; 1 for other reasons.",
    );
    expect(() => modalities([])).toThrow("There are no rows to chart.");
  });

  it.each([
    ["dice", { dice: 83 }],
    ["dice", { dice: -0.1 }],
    ["dice", { dice: "0.8" }],
    ["modality", { modality: undefined }],
  ])("are not rows of something else: %s %j", (field, wrong) => {
    const rows = [row(), { ...row(), ...wrong } as EvaluationRow];
    expect(() => modalities(rows)).toThrow(new RegExp(`Row 1 has .* as ${field}`));
  });
});

describe("what the chart says of itself", () => {
  it("names model, strategy, policy and n", () => {
    const rows = [row(), row({ slice: 1 }), row({ case: "case2" })];
    expect(modalities(rows).state.subtitle).toBe("lite-medsam · box · policy first · 3 objects from 2 cases");
    expect(modalities([...rows, row({ strategy: "points:1" })]).state.subtitle).toBe(
      "lite-medsam · policy first · 3 objects from 2 cases",
    );
  });

  it("defines the metric, the interval and the policy", () => {
    const text = modalities([row()], { seed: 3 }).state.footnote.join("\n");
    expect(text).toContain("seed 3");
    expect(text).toContain("Dice = 2 |prediction ∩ truth| ∕ (|prediction| + |truth|)");
    expect(text).toContain(
      "Mask policy first: the model's own answer; in presets of older studies the first of its three masks.",
    );
  });

  it("says whether a Dice is of a slice or of a whole volume", () => {
    const footnote = (...rows: EvaluationRow[]) => modalities(rows).state.footnote[1];
    const volume = row({ slice: -1, strategy: "propagate:box" });
    expect(footnote(row(), row({ plane: "", slice: -1 }))).toContain("|truth|), for each object on each slice. Model");
    expect(footnote(volume)).toContain("|truth|), for each object in its whole volume. Model");
    expect(footnote(row(), volume)).toContain(
      "on each slice, but in its whole volume where the strategy is propagate:box. Model",
    );
  });

  it("tells data sets with the same case ids, and models of the same name, apart, and says so", () => {
    const rows = ["1", "2"].map((n) => row({ dataHash: n, modelHash: n.repeat(64), dice: Number(n) / 4 }));
    const { state, rows: kept } = modalities(rows);
    expect(state.series.map(({ name }) => name)).toEqual(["lite-medsam (11111111)", "lite-medsam (22222222)"]);
    expect(state.cells.map(({ mean }) => mean)).toEqual([0.25, 0.5]);
    expect(state.subtitle).toContain("2 objects from 2 cases");
    expect(state.notices).toEqual([
      expect.stringMatching(/^lite-medsam is the name of 2 models/),
      expect.stringMatching(/^The case id case1 stands for several images/),
    ]);
    expect(kept).toEqual(rows);
  });

  it("warns of mixed policies, and names each", () => {
    const { notices, footnote } = modalities([row(), row({ policy: "oracle" })]).state;
    expect(notices).toEqual([
      "Mask policies are mixed (first, oracle): means of different policies are not comparable.",
    ]);
    expect(footnote.join(" ")).toContain("oracle: the best mask against the truth");
  });

  it("says that more points would be there", () => {
    const rows = Array.from({ length: mostPoints + 100 }, (_, slice) =>
      row({ slice, strategy: slice % 4 === 0 ? "box" : "points:1" }),
    );
    const { state, pointRows } = modalities(rows);
    const { series } = readColumns(state.points);
    expect(state.points.count).toBeLessThanOrEqual(mostPoints);
    expect(series.filter((n) => n === 0).length / series.length).toBeCloseTo(0.25, 2);
    expect(new Set(pointRows).size).toBe(state.points.count);
    expect(state.notices[0]).toMatch(/^6\u2009000 of 6\u2009100 points are drawn/);
    expect(state.cells.reduce((sum, { n }) => sum + n, 0)).toBe(rows.length);
  });
});

describe("strategies that click again and again", () => {
  const steps = (slice: number, ...values: number[]) =>
    values.map((dice, n) => row({ strategy: "clicks:3", clicks: n + 1, dice, slice }));

  it("count with the last step of each object in a chart of modalities", () => {
    const { state } = modalities([...steps(0, 0.1, 0.2, 0.9), ...steps(1, 0.3, 0.7)]);
    expect(state.cells[0]).toMatchObject({ n: 2 });
    expect(state.cells[0].mean).toBeCloseTo(0.8, 12);
    expect(state.footnote.join(" ")).toContain("the last step of each object");
  });

  it("are a line over clicks, with a warning where objects drop out", () => {
    const { state } = prompts([...steps(0, 0.1, 0.2, 0.9), ...steps(1, 0.3, 0.7)]);
    expect(state.cells.map(({ n }) => n)).toEqual([2, 2, 1]);
    expect(state.cells.map(({ mean }) => Number(mean.toFixed(6)))).toEqual([0.2, 0.45, 0.9]);
    expect(state.notices).toEqual(["lite-medsam: n falls from 2 to 1, so its means are not of the same objects."]);
  });

  it("join points:1, points:3 and so on, but not other kinds of points", () => {
    const rows = ["points:1", "points:3", "points:1,random", "points:5+5"].map((strategy, n) =>
      row({ strategy, clicks: n + 1 }),
    );
    expect(prompts(rows).state.series.map(({ name }) => name)).toEqual(["points", "points,random", "points:5+5"]);
  });
});

describe("Spearman's ρ", () => {
  it("equals SciPy's, ties and all", () => {
    const x = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
    const y = [0.2, 0.7, 0.1, 0.8, 0.2, 0.8, 0.4, 0.5, 0.9, 0.0, 0.4];
    // scipy.stats.spearmanr(x, y), SciPy 1.17
    expect(spearman(x, y)).toEqual({ rho: expect.closeTo(0.12529305842233962, 12), n: 11 });
  });

  it("leaves pairs with a NaN out of n, and is null where it is not defined", () => {
    expect(spearman([1, 2, Number.NaN, 3], [3, 2, 9, 1])).toEqual({ rho: -1, n: 3 });
    expect(spearman([1, 2], [1, 2])).toEqual({ rho: null, n: 2 });
    expect(spearman([1, 1, 1], [1, 2, 3])).toEqual({ rho: null, n: 3 });
  });

  it("is given for each series and measure", () => {
    const rows = [1, 2, 3, 4].map((k) =>
      row({ slice: k, dice: k / 10, size: k, contrast: -k, complexity: Number.NaN }),
    );
    expect(modalities(rows).state.correlations).toEqual([
      { series: 0, measure: "size", rho: 1, n: 4 },
      { series: 0, measure: "contrast", rho: -1, n: 4 },
      { series: 0, measure: "complexity", rho: null, n: 0 },
    ]);
  });
});
