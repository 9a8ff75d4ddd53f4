import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../../src/evaluate/evaluate.js";
import type { EvaluateOptions } from "../../../src/evaluate/options.js";
import { cvpr24Laptop, type EvaluationPreset } from "../../../src/evaluate/prompts/presets.js";
import { reopenRow } from "../../../src/evaluate/reopen.js";
import { readRows } from "../../../src/evaluate/result/read-rows.js";
import { mergeStores } from "../../../src/evaluate/store/merge.js";
import { savePng } from "../../../src/io/formats/raster.js";
import { failure } from "../../io/helpers.js";
import { goldenPath } from "../../support/golden.js";
import { temporaryFolders } from "../../support/temporary.js";
import { tinySam } from "../../support/tiny-tuned.js";
import { block, pictureCase, volumeCase, writeManifest } from "../support/data-set.js";
import { FakeSam } from "../support/fake-sam.js";

const folder = temporaryFolders();

async function run(options: Partial<EvaluateOptions> = {}) {
  const here = await folder();
  const data = await writeManifest(here, [await volumeCase(here, "ct1"), await pictureCase(here, "cells")]);
  return evaluate({ models: new FakeSam(), data, volume: "propagate:box,box,range", ...options });
}

describe("evaluate with volume", () => {
  it("gives a row for each object of a volume, scored in 3D, that says how it was made", async () => {
    const { rows } = await run({ limit: 1 });
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      case: "ct1",
      label: "tumor",
      plane: "axial",
      slice: -1,
      strategy: "propagate:box,box,range",
      policy: "first",
      dice: 1,
      hd95: 0,
      nsd: 1,
      unit: "mm",
      size: 8 * 8 * 3,
      contrast: Number.NaN,
      predictedIou: 1,
      encodeMs: 3 * 7,
      propagation: "axial slices, rule box; slices 1 to 3 told; prompt on 2",
      failure: "",
    });
    expect(rows[0]!.seconds).toBeGreaterThan(0);
  });

  it("measures what lies beyond the object's end, in mm", async () => {
    const { rows } = await run({ limit: 1, volume: "propagate:box,laptop" });
    // The fake model finds the box on each of the 6 slices, 3 mm apart and one pixel wider on each at 24 pixels.
    expect(rows[0]!.dice).toBeLessThan(0.7);
    expect(rows[0]!.hd).toBeGreaterThanOrEqual(6);
    expect(rows[0]!.propagation).toBe("axial slices, rule laptop; prompt on 2");
    const opened = reopenRow(rows[0]!, { data: "samples" });
    expect((await failure(opened, "argument-invalid")).message).toMatch(/no slice -1 to open again/);
  });

  it("measures in voxels where the file does not say how large they are", async () => {
    const here = await folder();
    const stack = { path: goldenPath("formats/files/pages-u2.tif") };
    const entry = { id: "stack", modality: "Microscopy", image: stack, truth: { ...stack, made: "synthetic" } };
    const data = await writeManifest(here, [{ ...entry, labels: { ">=1": "cell" }, license: "none", split: "test" }]);
    const { rows } = await evaluate({ models: new FakeSam(), data, prompts: "box", volume: "propagate:box" });
    expect(new Set(rows.map(({ slice, unit }) => `${slice < 0 ? "volume" : "slice"} ${unit}`))).toEqual(
      new Set(["slice px", "volume px"]),
    );
  });

  it("has rows in addition to those of slices if prompts are given", async () => {
    const { rows, plan } = await run({ prompts: "box" });
    expect(rows.map(({ case: id, slice, strategy }) => [id, slice, strategy])).toEqual([
      ...[1, 2, 3].map((slice) => ["ct1", slice, "box"]),
      ["ct1", -1, "propagate:box,box,range"],
      ["cells", -1, "box"],
      ["cells", -1, "box"],
    ]);
    expect(plan.volume).toEqual(["propagate:box,box,range"]);
    expect(rows[0]!.seconds).toBeNaN();
    // One encoder run and two objects.
    expect(rows.at(-1)!.seconds).toBeCloseTo((7 + 4) / 1000, 9);
    const alone = await run();
    expect(alone.rows.at(-1)).toMatchObject({ case: "cells", failure: "A picture has no slices to go through." });
  });

  it("fails a case without an object once for each thing that it would have been asked", async () => {
    const here = await folder();
    const blank = await pictureCase(here, "blank");
    await savePng(join(here, "blank_truth.png"), 16, 12, new Uint8Array(16 * 12));
    const data = await writeManifest(here, [await volumeCase(here, "void", []), blank]);
    const asked = async (options: Partial<EvaluateOptions>) =>
      (await evaluate({ models: new FakeSam(), data, ...options })).rows.map((row) => `${row.case} ${row.strategy}`);
    expect(await asked({ prompts: "box", volume: "propagate:box" })).toEqual([
      "void box",
      "void propagate:box,samlab",
      "blank box",
    ]);
    expect(await asked({ preset: cvpr24Laptop() })).toEqual(["void propagate:box3d,laptop", "blank box"]);
  });

  it("fails a value that the label map does not name for what its case is asked", async () => {
    const here = await folder();
    const truth = { path: "odd_truth.png", made: "manual" };
    const odd = await pictureCase(here, "odd", { truth, labels: { "1": "nucleus" } });
    const data = await writeManifest(here, [await volumeCase(here, "ct1"), odd]);
    const { rows } = await evaluate({ models: new FakeSam(), data, prompts: "box", volume: "propagate:box" });
    expect(rows.filter(({ failure }) => failure).map(({ label, strategy }) => [label, strategy])).toEqual([
      ["2", "box"],
    ]);
  });

  it("puts the most wrong slice right, step by step", async () => {
    const { rows } = await run({ limit: 1, volume: "propagate:click+corrections:3,box,range" });
    expect(rows.map(({ clicks }) => clicks)).toEqual([1, 2, 3, 4]);
    const dice = rows.map((row) => row.dice);
    // The fake model finds 5 × 5 pixels round a click, for 8 × 8.
    expect(dice[0]).toBeCloseTo(50 / 89, 6);
    expect([...dice].sort((a, b) => a - b)).toEqual(dice);
    expect(dice[3]).toBe(1);
    expect(rows[1]!.propagation).toMatch(/; prompt on 2; mask on 1$|; mask on 1; prompt on 2$/);
  });

  it("segments objects together, as labels, instances or components", async () => {
    const here = await folder();
    const other = { label: 1, from: [15, 2, 2], to: [18, 3, 4] } as const;
    const data = await writeManifest(here, [await volumeCase(here, "two", [block, other])]);
    const sam = new FakeSam();
    const { rows } = await evaluate({ models: sam, data, volume: "propagate:box,box,range", per: "component" });
    expect(rows.map(({ part, size, dice }) => [part, size, dice])).toEqual([
      [1, 192, 1],
      [2, 24, 1],
    ]);
    // Each slice once for both objects; 2 and 3 on the way up and down.
    expect(new Set(sam.embedded).size).toBe(4);
  });

  it("resumes from a store, and merges shards", async () => {
    const here = await folder();
    const cases = [await volumeCase(here, "a"), await volumeCase(here, "b")];
    const data = await writeManifest(here, cases);
    const options = { models: new FakeSam(), data, prompts: "box", volume: "propagate:box,box,range" };
    const timeless = (rows: readonly object[]) => rows.map((row) => ({ ...row, seconds: 0, predictMs: 0 }));
    const whole = await evaluate(options);
    expect(whole.rows).toHaveLength(8);
    const stores = [join(here, "1.ndjson"), join(here, "2.ndjson")];
    for (const [n, store] of stores.entries()) await evaluate({ ...options, store, shard: `${n + 1}/2` });
    expect(timeless((await mergeStores(stores)).rows)).toEqual(timeless(whole.rows));
    // Without its last line, the volume's unit is run again and no other.
    const text = await readFile(stores[0]!, "utf8");
    await writeFile(stores[0]!, text.slice(0, text.trimEnd().lastIndexOf("\n") + 1));
    const sam = new FakeSam();
    await evaluate({ ...options, models: sam, store: stores[0], shard: "1/2" });
    expect(sam.embedded).toHaveLength(3);
    expect(timeless(await readRows(stores[0]!))).toEqual(timeless(whole.rows.slice(0, 4)));
    expect(
      (
        await failure(
          evaluate({ ...options, store: stores[0], shard: "1/2", volume: "propagate:click" }),
          "state-order",
        )
      ).message,
    ).toMatch(/volume: /);
  });

  it("gives the same rows with worker processes", { timeout: 120_000 }, async () => {
    const here = await folder();
    const data = await writeManifest(here, [await volumeCase(here, "a"), await volumeCase(here, "b")]);
    const rowsOf = async (workers: number) => {
      const { rows } = await evaluate({ data, models: tinySam, volume: "propagate:box,range", device: "cpu", workers });
      return rows.map((row) => ({ ...row, encodeMs: 0, predictMs: 0, seconds: 0 }));
    };
    const expected = await rowsOf(1);
    expect(expected.map(({ failure: reason }) => reason)).toEqual(["", ""]);
    expect(await rowsOf(2)).toEqual(expected);
  });

  it("makes failed rows of what goes wrong", async () => {
    const { rows } = await run({ limit: 1, prompts: "box", models: new FakeSam("broken", { fail: () => true }) });
    expect(rows.map(({ slice, strategy, failure: reason }) => [slice, strategy, reason])).toEqual([
      ...[1, 2, 3].map((slice) => [slice, "box", "The fake model fails."]),
      [-1, "propagate:box,box,range", "The fake model fails."],
    ]);
  });
});

it("follows the laptop challenge: pictures by boxes, volumes by one box and their range, with seconds", async () => {
  const { rows, plan } = await run({ volume: undefined, preset: cvpr24Laptop() });
  expect(rows.map(({ case: id, plane, strategy }) => [id, plane, strategy])).toEqual([
    ["ct1", "axial", "propagate:box3d,laptop"],
    ["cells", "", "box"],
    ["cells", "", "box"],
  ]);
  for (const row of rows) expect(row.seconds).toBeGreaterThan(0);
  expect(plan.scoring).toMatchObject({ nsdTolerance: 2, nsdRule: "cvpr24", window: "manifest", unit: "image" });
  const wide = { models: new FakeSam("wide", { margin: 1 }), nsdTolerance: 0, volume: undefined };
  const nsd = async (how: { preset: EvaluationPreset } | { prompts: string }) =>
    (await run({ ...wide, ...how })).rows.filter(({ case: id }) => id === "cells").map((row) => row.nsd);
  // The faces of a slice count.
  expect((await nsd({ prompts: "box" })).every((value) => value === 0)).toBe(true);
  expect((await nsd({ preset: cvpr24Laptop() })).every((value) => value > 0.1)).toBe(true);
  const other = await run({ preset: cvpr24Laptop(), volume: "propagate:box3d" });
  expect(other.rows[0]!.strategy).toBe("propagate:box3d,samlab");
});
