import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { deSam } from "../../src/autoprompt/de-sam.js";
import { type LoadedSam, loadSam } from "../../src/index.js";
import { drawnDeSam } from "../support/de-sam-file.js";
import { sharedTemporaryCache, temporaryFolders } from "../support/temporary.js";
import { tinyCase } from "../support/tiny-tuned.js";

// Each trains for a few steps: seconds on an idle machine, more than the usual limit on a busy one.
vi.setConfig({ testTimeout: 120_000 });

const folder = temporaryFolders();

let path: string;
sharedTemporaryCache(async (cache) => {
  path = await drawnDeSam(cache, (name) => !name.startsWith("mask_decoder.pimm."), "sam.safetensors");
});
let sam: LoadedSam;
beforeAll(async () => {
  sam = await loadSam(path, { device: "cpu" });
});
afterAll(() => sam?.dispose());

const cases = [0, 6, 12].map(tinyCase);
const options = { mode: "grid", steps: 12, learningRate: 1e-3 } as const;

it("deSam in grid mode: learns from points, is validated on points, and segments by the grid", async () => {
  const { image, truth } = tinyCase();
  const empty = { image, truth: { ...truth, data: truth.data.map(() => 0) }, patient: "none" };
  const full = { image, truth: { ...truth, data: truth.data.map(() => 1) }, patient: "all" };
  const all = [...cases, empty, full];
  const learned = await deSam(sam, all, { ...options, validation: all, allowSamePatient: true, validateEvery: 6 });
  const saved = join(await folder(), "grid.safetensors");
  await learned.adapter.save(saved);
  const again = await loadSam(undefined, { adapter: saved, device: "cpu" });
  try {
    expect(learned.adapter.metadata).toMatchObject({
      recipe: "deSam",
      deSamMode: "grid",
      recipeSummary: expect.stringContaining("prompted with points"),
    });
    const { loss, validation } = learned.history;
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(validation).toHaveLength(2);
    expect(mean(loss.slice(-5))).toBeLessThan(mean(loss.slice(0, 5)));
    expect([learned.sam.deSamMode, again.deSamMode]).toEqual(["grid", "grid"]);
    const options = { automask: { predIouThresh: 0, minMaskRegionArea: 0 } };
    const found = await learned.sam.segment(image, options);
    expect(found.info.mode).toBe("grid");
    expect(found.labels).toEqual([1]);
    expect((await again.segment(image, options)).data).toEqual(found.data);
    expect((await again.segment(image, { mode: "whole-box" })).info.mode).toBe("whole-box");
  } finally {
    await Promise.all([learned.sam.dispose(), again.dispose()]);
  }
});

it("deSam in grid mode draws the same points again when it goes on, and others than with another seed", async () => {
  const whole = await deSam(sam, cases, { ...options, steps: 3 });
  const ended = new AbortController();
  const onProgress = ({ step }: { readonly step: number }) => step >= 1 && ended.abort();
  const other = { ...options, steps: 3, seed: 1 };
  const half = deSam(sam, cases, { ...other, signal: ended.signal, saveEvery: 0, onProgress });
  await expect(half).rejects.toMatchObject({ code: "canceled" });
  const rest = await deSam(sam, cases, other);
  const uncut = await deSam(sam, cases, { ...other, resume: false });
  try {
    expect(rest.notes.join()).toContain("Resumed");
    expect(rest.history.loss).toEqual(uncut.history.loss);
    expect(rest.adapter.hash).toBe(uncut.adapter.hash);
    expect(uncut.history.loss).not.toEqual(whole.history.loss);
  } finally {
    await Promise.all([whole, rest, uncut].map((each) => each.sam.dispose()));
  }
});

it("deSam records the whole box as its mode, and refuses what is none", async () => {
  const learned = await deSam(sam, cases, { steps: 1 });
  try {
    expect(learned.adapter.metadata).toMatchObject({ deSamMode: "whole-box" });
    expect(learned.sam.deSamMode).toBe("whole-box");
  } finally {
    await learned.sam.dispose();
  }
  await expect(deSam(sam, cases, { mode: "points" as "grid" })).rejects.toMatchObject({
    code: "argument-invalid",
    field: "mode",
  });
});
