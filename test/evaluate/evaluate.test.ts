import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/evaluate/evaluate.js";
import type { EvaluateOptions, EvaluationProgress } from "../../src/evaluate/options.js";
import { samSzu } from "../../src/evaluate/prompts/presets.js";
import type { EvaluationRow } from "../../src/evaluate/types.js";
import { failure } from "../io/helpers.js";
import { temporaryFolders } from "../support/temporary.js";
import { block, pictureCase, volumeCase, writeManifest } from "./support/data-set.js";
import { FakeClassSam, FakeSam } from "./support/fake-sam.js";

const folder = temporaryFolders();

async function run(options: Partial<EvaluateOptions> = {}) {
  const here = await folder();
  const data = await writeManifest(here, [await volumeCase(here, "ct1"), await pictureCase(here, "cells")]);
  return evaluate({ models: new FakeSam(), data, prompts: "box", ...options });
}

const pick = (rows: readonly EvaluationRow[], ...names: readonly (keyof EvaluationRow)[]) =>
  rows.map((row) => names.map((name) => row[name]));

describe("evaluate", () => {
  it("gives a row for each case, slice and object", async () => {
    const { rows } = await run();
    expect(pick(rows, "case", "modality", "label", "part", "plane", "slice", "size", "unit")).toEqual([
      ["ct1", "CT", "tumor", 0, "axial", 1, 64, "mm"],
      ["ct1", "CT", "tumor", 0, "axial", 2, 64, "mm"],
      ["ct1", "CT", "tumor", 0, "axial", 3, 64, "mm"],
      ["cells", "Microscopy", "nucleus", 1, "", -1, 20, "px"],
      ["cells", "Microscopy", "nucleus", 2, "", -1, 9, "px"],
    ]);
  });

  it("takes only the cases of the given splits", async () => {
    const here = await folder();
    const data = await writeManifest(here, [
      await volumeCase(here, "ct1", [block], { split: "train" }),
      await pictureCase(here, "cells"),
    ]);
    const ids = async (split: EvaluateOptions["split"]) => [
      ...new Set((await run({ data, split })).rows.map((row) => row.case)),
    ];
    expect(await ids("train")).toEqual(["ct1"]);
    expect(await ids("test")).toEqual(["cells"]);
    expect(await ids(["train", "test"])).toEqual(["ct1", "cells"]);
  });

  it("compares what a model finds without a prompt with the class of the object's name", async () => {
    const models = [new FakeClassSam("classes"), new FakeSam("asked")];
    const { rows } = await run({ models, prompts: "none", policy: ["first", "oracle"] });
    expect(pick(rows, "case", "model", "policy", "dice", "predictMs")).toEqual([
      ["ct1", "classes", "first", 1, 6],
      ["ct1", "asked", "first", Number.NaN, Number.NaN],
      ["ct1", "classes", "first", 1, 6],
      ["ct1", "asked", "first", Number.NaN, Number.NaN],
      ["ct1", "classes", "first", 1, 6],
      ["ct1", "asked", "first", Number.NaN, Number.NaN],
      ["cells", "classes", "first", Number.NaN, 3],
      ["cells", "classes", "first", Number.NaN, 3],
      ["cells", "asked", "first", Number.NaN, Number.NaN],
      ["cells", "asked", "first", Number.NaN, Number.NaN],
    ]);
    expect(new Set(rows.map(({ failure }) => failure))).toEqual(
      new Set([
        "",
        'asked has no classes to find without a prompt. Prompt it, use the strategy "everything", or load a model with classes.',
        "The model has no class nucleus: it has Tumor.",
      ]),
    );
    const { rows: parts } = await run({ models: models[0], prompts: "none", per: "component" });
    expect(parts[0].failure).toMatch(/^Classes are found as a whole, not part 1 alone: evaluate per label, and give/);
  });

  it("keeps the rows of other strategies where a model cannot be asked for everything", async () => {
    const { rows } = await run({ models: new FakeSam(), prompts: ["box", "everything"] });
    const boxes = rows.filter(({ strategy }) => strategy === "box");
    expect(boxes.map(({ failure }) => failure)).toEqual(boxes.map(() => ""));
    const others = rows.filter(({ strategy }) => strategy === "everything");
    expect(others.map(({ policy, failure }) => [policy, failure])).toEqual(
      boxes.map(() => ["oracle", expect.stringMatching(/^The embedding of fake does not say/)]),
    );
  });

  it("tells labels above 255 from those below, on slices and in volumes", async () => {
    const here = await folder();
    const blocks = [
      block,
      { label: 257, from: [15, 5, 1], to: [20, 12, 3] },
      { label: 300, from: [4, 15, 1], to: [9, 18, 3] },
    ] as const;
    const labels = { "1": "small", "257": "large", "300": "large" };
    const data = await writeManifest(here, [await volumeCase(here, "a", blocks, { labels })]);
    const { rows } = await evaluate({ models: new FakeSam(), data, prompts: "box", volume: "propagate:box" });
    const sizes = (slice: number) =>
      rows.filter((row) => row.slice === slice).map(({ label, part, size: pixels }) => [label, part, pixels]);
    expect(sizes(2)).toEqual([
      ["small", 0, 64],
      ["large", 257, 48],
      ["large", 300, 24],
    ]);
    expect(sizes(-1)).toEqual([
      ["small", 0, 192],
      ["large", 257, 144],
      ["large", 300, 72],
    ]);
  });

  it("fills in scores, times and provenance", async () => {
    const { rows } = await run();
    expect(rows[0]).toMatchObject({
      model: "fake",
      strategy: "box",
      clicks: 0,
      policy: "first",
      dice: 1,
      iou: 1,
      precision: 1,
      recall: 1,
      hd: 0,
      hd95: 0,
      asd: 0,
      assd: 0,
      nsd: 1,
      predictedIou: 1,
      encodeMs: 7,
      predictMs: 4,
      modelHash: "fake".padEnd(64, "0"),
      provider: "CPU",
      dataHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      seed: 0,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      failure: "",
    });
    // Two objects of one slice in one decoder run: each has half of its time.
    expect(rows[3].predictMs).toBe(2);
    expect(rows[0].contrast).toBeGreaterThan(0);
    expect(rows[0].complexity).toBeGreaterThanOrEqual(1);
  });

  it("encodes each slice once, whatever the number of strategies, and asks equal prompts of several policies once", async () => {
    const sam = new FakeSam();
    const { rows } = await run({
      models: sam,
      prompts: ["box", "points:1"],
      policy: ["first", "predicted-iou", "oracle"],
    });
    expect(sam.embedded).toHaveLength(4);
    expect(rows).toHaveLength(5 * 2 * 3);
    expect(sam.asked).toHaveLength(5 * 2);
  });

  it("scores the mask that the policy names", async () => {
    const { rows } = await run({
      policy: ["first", "predicted-iou", "oracle"],
      models: new FakeSam("wide", { margin: 1 }),
    });
    // Single answer: 10 × 10 for a truth of 8 × 8; the alternatives are 14, 12 and 10 wide.
    expect(pick(rows.slice(0, 3), "policy", "dice")).toEqual([
      ["first", 128 / 164],
      ["predicted-iou", 128 / 164],
      ["oracle", 128 / 164],
    ]);
    const szu = await run({ prompts: "szu:S5" });
    expect(szu.rows[0].dice).toBe(128 / (64 + 144));
  });

  it("measures in mm of the slice", async () => {
    const { rows } = await run({ models: new FakeSam("wide", { margin: 1 }) });
    // One pixel wider on every side, pixels of 1 × 2 mm: the corner is √5 mm off.
    expect(rows[0].hd).toBeCloseTo(Math.sqrt(5), 6);
  });

  it("follows steps: clicks go on from the mask before", async () => {
    const { rows } = await run({ prompts: "clicks:3", limit: 1 });
    const first = rows.filter(({ slice }) => slice === 1);
    expect(pick(first, "clicks")).toEqual([[1], [2], [3]]);
    expect(first[0].dice).toBeLessThan(1);
  });

  it("gives random prompts by seed, whatever ran before", async () => {
    const asked = async (options: Partial<EvaluateOptions>) => {
      const sam = new FakeSam();
      await run({ models: sam, ...options });
      return JSON.stringify(sam.asked.filter(({ points }) => points?.length === 2));
    };
    const alone = await asked({ prompts: "points:2,random" });
    expect(await asked({ prompts: ["points:1,random", "points:2,random"] })).toBe(alone);
    expect(await asked({ prompts: "points:2,random", seed: 1 })).not.toBe(alone);
  });

  it("takes largest, numbered and sagittal slices as the manifest says", async () => {
    const here = await folder();
    const small = { label: 1, from: [4, 5, 4], to: [5, 6, 4] } as const;
    const slicing = (rule: object) => ({ slicing: rule });
    const data = await writeManifest(here, [
      await volumeCase(here, "largest", [block, small], slicing({ slices: "largest" })),
      await volumeCase(here, "minimum", [block, small], slicing({ slices: "truth", minPixels: 5 })),
      await volumeCase(here, "numbers", [block, small], slicing({ slices: [4, 0] })),
      await volumeCase(here, "side", [block], slicing({ plane: "sagittal", slices: "truth" })),
    ]);
    const { rows } = await evaluate({ models: new FakeSam(), data, prompts: "box" });
    const slices = (id: string) =>
      rows.filter((row) => row.case === id && row.failure === "").map(({ slice }) => slice);
    expect(slices("largest")).toEqual([1]);
    expect(slices("minimum")).toEqual([1, 2, 3]);
    expect(slices("numbers")).toEqual([4]);
    // Sagittal slices count towards the right; voxel axis i runs to the left.
    expect(slices("side")).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    const failed = rows.filter((row) => row.failure !== "");
    expect(pick(failed, "case", "slice", "failure")).toEqual([
      ["numbers", 0, "The truth has no object of at least 1 pixels on slice 0."],
    ]);
  });

  it("evaluates components one by one", async () => {
    const here = await folder();
    const other = { label: 1, from: [15, 2, 1], to: [18, 3, 1] } as const;
    const data = await writeManifest(here, [
      await volumeCase(here, "two", [block, other], { slicing: { slices: [1] } }),
    ]);
    const { rows } = await evaluate({ models: new FakeSam(), data, prompts: "box", per: "component" });
    expect(pick(rows, "part", "size", "dice")).toEqual([
      [1, 64, 1],
      [2, 8, 1],
    ]);
  });

  it("takes a preset's prompts, policy, objects, window, pixels and empty rule", async () => {
    const sam = new FakeSam("szu", { margin: 1 });
    const { rows, plan } = await run({ preset: samSzu(), prompts: ["szu:S5"], models: sam });
    expect(plan).toMatchObject({
      policies: ["oracle"],
      scoring: { per: "label", minPixels: 51, unit: "px", empty: "szu", definition: "medpy" },
    });
    const own = await run({ preset: samSzu(), prompts: ["szu:S5"], models: sam, definition: "monai", limit: 1 });
    expect(own.plan.scoring.definition).toBe("monai");
    expect(
      pick(
        rows.filter(({ failure }) => failure === ""),
        "case",
        "policy",
        "unit",
      ),
    ).toEqual([
      ["ct1", "oracle", "px"],
      ["ct1", "oracle", "px"],
      ["ct1", "oracle", "px"],
    ]);
    expect(rows[0].hd).toBeCloseTo(Math.SQRT2, 6);
  });

  it("reports progress", async () => {
    const told: EvaluationProgress[] = [];
    await run({ onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toMatchObject({
      casesDone: 2,
      cases: 2,
      units: 4,
      rows: 5,
      failures: 0,
      fraction: 1,
      secondsLeft: 0,
      note: "",
    });
    expect(told[0].fraction).toBeLessThan(1);
    expect(told[1].secondsLeft).toBeGreaterThan(0);
  });

  it("stops when it is canceled", async () => {
    const controller = new AbortController();
    const sam = new FakeSam();
    const running = run({ models: sam, signal: controller.signal, onProgress: () => controller.abort() });
    await failure(running, "canceled");
    expect(sam.embedded.length).toBeLessThan(2);
  });
});

describe("what goes wrong becomes rows", () => {
  it("an unreadable case, a wrong hash, other grids, an empty truth, a value without a name: recorded, and the run continues", async () => {
    const here = await folder();
    const cases = [
      await volumeCase(here, "good"),
      await volumeCase(here, "unreadable"),
      await volumeCase(here, "hash", [block]),
      await volumeCase(here, "grids"),
      await volumeCase(here, "empty", []),
      await volumeCase(here, "unnamed", [block, { label: 7, from: [20, 1, 1], to: [21, 2, 1] }]),
      await volumeCase(here, "left-out", [block, { label: 7, from: [20, 1, 1], to: [21, 2, 1] }], {
        otherLabels: "background",
      }),
      await pictureCase(here, "last"),
    ];
    await writeFile(join(here, "unreadable.nii"), "not a volume at all");
    cases[2].image = { path: "hash.nii", sha256: "0".repeat(64) } as { path: string };
    cases[3].truth.path = "good_truth.nii.gz";
    const data = await writeManifest(here, cases);
    const { rows, failures, footnote } = await evaluate({ models: new FakeSam(), data, prompts: ["box", "points:1"] });
    expect(new Set(failures.map((row) => row.case))).toEqual(
      new Set(["unreadable", "hash", "grids", "empty", "unnamed"]),
    );
    const reason = (id: string) => failures.find((row) => row.case === id)?.failure;
    expect(reason("unreadable")).toMatch(/Case unreadable .*unreadable\.nii/);
    expect(reason("hash")).toMatch(/sha256/);
    expect(reason("grids")).toMatch(/good_truth\.nii\.gz/);
    expect(reason("empty")).toBe("The truth is empty.");
    expect(reason("unnamed")).toMatch(
      /The truth holds the value 7, which the label map does not name\. .*"otherLabels": "background"/,
    );
    // One row for each strategy, so that every group counts its failures.
    expect(failures.filter((row) => row.case === "empty")).toHaveLength(2);
    const good = rows.filter(({ failure: reasonGiven }) => reasonGiven === "");
    expect(new Set(good.map((row) => row.case))).toEqual(new Set(["good", "unnamed", "left-out", "last"]));
    expect(footnote).toMatch(/; 10 rows failed\./);
    expect(failures.every(({ dice }) => Number.isNaN(dice))).toBe(true);
  });

  it("only the prompt that fails, not its batch", async () => {
    const sam = new FakeSam("picky", { fail: ({ box }) => box?.[0] === 10 });
    const { rows } = await run({ models: sam });
    expect(pick(rows.slice(3), "part", "dice", "failure")).toEqual([
      [1, 1, ""],
      [2, Number.NaN, "The fake model fails."],
    ]);
  });
});

describe("bad options", () => {
  it.each([
    [{ prompts: [] }, /prompts/],
    [{ prompts: ["box", "box"] }, /prompts.*twice/s],
    [{ prompts: "sircle" }, /sircle/],
    [{ prompts: [3] }, /prompts cannot be 3\. Give a strategy/],
    [{ prompts: { name: "mine" } }, /prompts cannot be .*asks/],
    [{ policy: "best" }, /policy/],
    [{ models: [new FakeSam("a"), new FakeSam("a")] }, /models.*twice/s],
    [{ workers: 0 }, /workers/],
    [{ workers: 2 }, /Worker processes cannot take the model fake.*loadSam/],
    [{ shard: "3/2" }, /shard/],
    [{ nsdTolerance: -1 }, /nsdTolerance/],
    [{ nsdTolerence: 1 }, /evaluate has no option nsdTolerence\. Did you mean nsdTolerance\?/],
    [{ per: "voxel" }, /per/],
    [{ limit: 0 }, /limit/],
    [{ split: "train" }, /split.*there are cases of test/],
    [{ split: "tset" }, /split.*Use train, validation, test/],
  ])("names the option: %j", async (options, message) => {
    expect((await failure(run(options as Partial<EvaluateOptions>), "argument-invalid")).message).toMatch(message);
  });
});
