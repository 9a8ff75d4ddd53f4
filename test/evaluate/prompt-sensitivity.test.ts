import { beforeAll, describe, expect, it } from "vitest";
import { type PromptSensitivity, promptSensitivity, sensitivityCurves } from "../../src/evaluate/prompt-sensitivity.js";
import { failure } from "../io/helpers.js";
import { temporaryFolders } from "../support/temporary.js";
import { volumeCase, writeManifest } from "./support/data-set.js";
import { FakeSam } from "./support/fake-sam.js";

const folder = temporaryFolders();
const run = async (options: Partial<Parameters<typeof promptSensitivity>[0]> = {}) => {
  const here = await folder();
  const data = await writeManifest(here, [await volumeCase(here, "ct1"), await volumeCase(here, "ct2")]);
  return promptSensitivity({ models: new FakeSam(), data, ...options });
};

describe("how much masks depend on the prompt", () => {
  let study: PromptSensitivity;
  const curve = (kind: string) => study.curves.find((one) => one.kind === kind)!.points;
  beforeAll(async () => {
    study = await run({ boxShifts: [0, 1, 4], clickShifts: [0, 2], points: [1, 3], draws: 4 });
  });

  it("is a curve for each kind of change, over all objects", () => {
    expect(study.curves.map(({ model, kind }) => `${model} ${kind}`).sort()).toEqual([
      "fake box",
      "fake click",
      "fake points",
      "fake reversed",
    ]);
    expect(curve("box").map(({ amount, n }) => [amount, n])).toEqual([
      [0, 6],
      [1, 6],
      [4, 6],
    ]);
    expect(curve("points").map(({ amount }) => amount)).toEqual([1, 3]);
  });

  it("falls with the shift of a box for a model that answers with the box itself, and its draws differ more", () => {
    const [tight, near, far] = curve("box");
    expect(tight).toMatchObject({ dice: 1, spread: Number.NaN, failing: 0 });
    expect(near!.dice).toBeLessThan(1);
    expect(near!.dice).toBeGreaterThan(far!.dice);
    expect(far!.spread).toBeGreaterThan(near!.spread);
    expect(far!.failing).toBe(1);
    const rows = study.result.rows.filter(({ strategy }) => strategy.startsWith("box:jitter=4"));
    expect(rows).toHaveLength(24);
    expect(new Set(rows.filter((row) => row.case === "ct1" && row.slice === 2).map(({ dice }) => dice)).size).toBe(4);
    expect(far!.dice).toBeCloseTo(rows.reduce((sum, { dice }) => sum + dice, 0) / 24, 12);
    const [low, high] = far!.interval;
    expect(low).toBeLessThanOrEqual(far!.dice);
    expect(high).toBeGreaterThanOrEqual(far!.dice);
  });

  it("comes again from the rows, and from the same seed", async () => {
    expect(sensitivityCurves(study.result.rows)).toEqual(study.curves);
    const options = { boxShifts: [2], clickShifts: [], points: [], draws: 2 };
    const seeded = study.result.rows.map((row, n) => {
      return { ...row, seed: 7, subject: `${n % 5}`, dice: ((n * 37) % 101) / 101 };
    });
    expect(sensitivityCurves(seeded)).toEqual(sensitivityCurves(seeded, 7));
    expect(sensitivityCurves(seeded)).not.toEqual(sensitivityCurves(seeded, 0));
    const dice = async (seed: number) => (await run({ ...options, seed })).result.rows.map((row) => row.dice);
    expect(await dice(1)).toEqual(await dice(1));
    expect(await dice(1)).not.toEqual(await dice(2));
  });

  it.each([
    [{ boxShifts: [1], clickShifts: [0, 2], points: [1, 3] }, ["box 1", "click 0,2", "points 1,3", "reversed 1,3"]],
    [{ boxShifts: [0], clickShifts: [2], points: [] }, ["box 0", "click 2"]],
    [{ boxShifts: [], clickShifts: [], points: [3] }, ["points 3", "reversed 3"]],
    [{ boxShifts: [], clickShifts: [0, 2], points: [1] }, ["click 0,2"]],
    [{ boxShifts: [0], clickShifts: [0], points: [] }, ["box 0", "points 1"]],
  ])("has a curve for whatever was evaluated: %j", async (options, curves) => {
    const found = (await run({ ...options, draws: 1 })).curves;
    expect(found.map(({ kind, points }) => `${kind} ${points.map(({ amount }) => amount)}`).sort()).toEqual(curves);
  });

  it("tells objects and models of the same name apart", () => {
    const { rows } = study.result;
    const twice = (column: string) => sensitivityCurves([...rows, ...rows.map((row) => ({ ...row, [column]: "new" }))]);
    expect(twice("dataHash").map(({ points }) => points[0]!.n)).toEqual(study.curves.map(() => 12));
    expect(twice("modelHash").map(({ points }) => points)).toEqual(
      [...study.curves, ...study.curves].map(({ points }) => points),
    );
  });

  it("says how it was made", () => {
    expect(study.footnote).toContain("drawn 4 times for each object");
    expect(study.footnote).toContain("fake");
  });

  it.each([
    [{ boxShifts: [1, 1] }, "boxShifts"],
    [{ clickShifts: [-1] }, "clickShifts"],
    [{ points: [0] }, "points"],
    [{ draws: 1.5 }, "draws"],
    [{ policy: ["first", "oracle"] as const }, "policy"],
  ])("refuses %j", async (options, field) => {
    expect(await failure(run(options), "argument-invalid")).toMatchObject({ field });
  });
});
