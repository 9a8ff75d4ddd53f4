import { describe, expect, it } from "vitest";
import { evaluate } from "../../../src/evaluate/evaluate.js";
import type { EvaluateOptions } from "../../../src/evaluate/options.js";
import { cvpr24Laptop } from "../../../src/evaluate/prompts/presets.js";
import { temporaryFolders } from "../../support/temporary.js";
import { type Block, pictureCase, volumeCase, writeManifest } from "../support/data-set.js";
import { FakeSam } from "../support/fake-sam.js";

const folder = temporaryFolders();

describe("objects that overlap, in the laptop challenge", () => {
  it("are one label map of a picture, in which the last keeps the pixels", async () => {
    const here = await folder();
    const data = await writeManifest(here, [await pictureCase(here, "cells")]);
    const run = (how: Partial<EvaluateOptions>) =>
      evaluate({ models: new FakeSam("wide", { margin: 4 }), data, prompts: "box", ...how });
    const alone = await run({});
    // 100 and 90 pixels, of which 28 are in both; the truths have 20 and 9.
    expect(alone.rows.map(({ dice }) => dice)).toEqual([40 / 120, 18 / 99]);
    const { rows, footnote } = await run({ preset: cvpr24Laptop() });
    expect(rows.map(({ dice }) => dice)).toEqual([40 / 92, 18 / 99]);
    expect(footnote).toContain("Of overlapping objects the last keeps the pixels.");
    const failing = new FakeSam("wide", { margin: 4, fail: ({ box }) => box?.[0] === 10 });
    const [first, second] = (await run({ preset: cvpr24Laptop(), models: failing })).rows;
    expect([first!.dice, second!.failure]).toEqual([40 / 120, "The fake model fails."]);
  });

  it("are one label map of a volume too", async () => {
    const here = await folder();
    const blocks = [1, 2].map((label): Block => ({ label, from: [7 * label, 5, 1], to: [7 * label + 6, 12, 3] }));
    const entry = await volumeCase(here, "ct", blocks, { labels: { "1": "left", "2": "right" } });
    const data = await writeManifest(here, [entry]);
    const models = new FakeSam("wide", { margin: 1 });
    const of = async (how: Partial<EvaluateOptions>) => {
      const { rows } = await evaluate({ models, data, ...how });
      return Object.fromEntries(rows.map(({ label, dice }) => [label, dice]));
    };
    const first = await of({ volume: "propagate:box3d,laptop" });
    const last = await of({ preset: cvpr24Laptop() });
    expect(Object.keys(last)).toEqual(["left", "right"]);
    expect(first.left).toBeGreaterThan(first.right!);
    expect(last.right).toBeGreaterThan(last.left!);
  });
});
