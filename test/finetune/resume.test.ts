import { rmSync } from "node:fs";
import { copyFile, readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { SamlabError } from "../../src/core/errors.js";
import { SavedRun } from "../../src/finetune/saved-run.js";
import type { FinetuneOptions } from "../../src/finetune/types.js";
import { loadSam } from "../../src/index.js";
import type { Preprocessing } from "../../src/models/preprocessing.js";
import { temporaryCache } from "../support/temporary.js";
import { tinyCase, tinySam, tinyTuned } from "../support/tiny-tuned.js";

const cache = temporaryCache();

const cases = [tinyCase(0), tinyCase(3), tinyCase(6)];
const runs = () => readdir(join(cache(), "training")).catch(() => []);

async function train(options: FinetuneOptions) {
  const { sam, adapter, steps, notes } = await tinyTuned({ saveEvery: 0, ...options }, cases);
  await sam.dispose();
  return { hash: adapter.hash, steps, notes };
}

/** Trains until a step and gives up there, as a process that ends does. */
async function interrupted(options: FinetuneOptions, at: number): Promise<void> {
  const controller = new AbortController();
  const onProgress: FinetuneOptions["onProgress"] = ({ phase, step }) => {
    if (phase === "training" && step === at) controller.abort();
  };
  await expect(train({ ...options, onProgress, signal: controller.signal })).rejects.toMatchObject({
    code: "canceled",
  });
  expect(await runs()).toHaveLength(1);
}

describe("a training that was interrupted", () => {
  it("ends with the weights of one that was not, corrections and their masks included", async () => {
    const options: FinetuneOptions = {
      steps: 9,
      prompts: { box: 1, corrective: 2 },
      schedule: { kind: "cosine", warmup: 2 },
    };
    const whole = await train(options);
    expect(await runs()).toEqual([]);
    await interrupted(options, 7);
    const { hash, notes } = await train(options);
    expect(notes[0]).toMatch(/^Resumed after step [1-6]\.$/);
    expect(hash).toBe(whole.hash);
    expect(await runs()).toEqual([]);
  });

  it("says that it cannot be resumed only where the last state could not be saved", async () => {
    const write = vi.spyOn(SavedRun.prototype, "write");
    try {
      const full = () => Promise.reject(new SamlabError("disk-full", "The disk is full."));
      write.mockImplementationOnce(full);
      expect((await train({ steps: 4 })).notes.join()).not.toContain("cannot be resumed");
      write.mockImplementation(full);
      expect((await train({ steps: 4, seed: 2 })).notes.filter((note) => note.includes("resumed"))).toEqual([
        "The training cannot be resumed: The disk is full.",
      ]);
    } finally {
      write.mockRestore();
    }
  });

  it("counts validations without gain from before, too", async () => {
    const options: FinetuneOptions = {
      steps: 12,
      // Too small a rate to change a mask: the first validation stays the best.
      learningRate: 1e-9,
      validation: [tinyCase(12)],
      validateEvery: 2,
      patience: 3,
    };
    const whole = await train(options);
    expect(whole.steps).toBe(8);
    await interrupted(options, 7);
    expect(await train(options)).toMatchObject({ steps: 8, hash: whole.hash });
  });

  it("is not gone on with for other cases, truths to watch or options", async () => {
    const options: FinetuneOptions = { steps: 6, validation: [tinyCase(12)] };
    await interrupted(options, 4);
    const { image, truth, patient } = tinyCase(12);
    const smaller = { ...truth, data: truth.data.map((value, n) => (n % 2 ? value : 0)) };
    for (const other of [
      { ...options, validation: [{ image, truth: smaller, patient: patient ?? "" }] },
      { ...options, seed: 1 },
      { ...options, resume: false },
    ]) {
      expect((await train(other)).notes.join()).not.toContain("Resumed");
    }
  });

  it("is not gone on with for other preprocessing", async () => {
    const options: FinetuneOptions = { recipe: "promptEncoder", steps: 4, saveEvery: 0 };
    const trained = async (preprocessing: Preprocessing, more: FinetuneOptions = {}) => {
      const sam = await loadSam(tinySam, { device: "cpu", preprocessing });
      try {
        const tuned = await sam.finetune(cases, { ...options, ...more });
        await tuned.sam.dispose();
        return tuned.notes.join();
      } finally {
        await sam.dispose();
      }
    };
    const controller = new AbortController();
    const onProgress: FinetuneOptions["onProgress"] = ({ step }) => step === 3 && controller.abort();
    await expect(trained("sam", { onProgress, signal: controller.signal })).rejects.toThrow();
    expect(await trained("medsam")).not.toContain("Resumed");
    expect(await trained("sam")).toContain("Resumed");
  });

  it("is kept to its end when the model's file has gone meanwhile", async () => {
    const path = join(cache(), "model.pth");
    await copyFile(tinySam, path);
    const sam = await loadSam(path, { device: "cpu" });
    try {
      const options: FinetuneOptions = { recipe: "promptEncoder", steps: 3 };
      const onProgress: FinetuneOptions["onProgress"] = ({ step }) => step === 2 && rmSync(path, { force: true });
      await expect(sam.finetune(cases, { ...options, onProgress })).rejects.toMatchObject({ code: "file-missing" });
      await copyFile(tinySam, path);
      const tuned = await sam.finetune(cases, options);
      await tuned.sam.dispose();
      expect(tuned.notes[0]).toBe("Resumed after step 3.");
      expect(tuned.history.loss).toHaveLength(3);
    } finally {
      await sam.dispose();
    }
  });

  it("refuses to be saved every minus one seconds", async () => {
    await expect(train({ saveEvery: -1 })).rejects.toMatchObject({ code: "argument-invalid", field: "saveEvery" });
  });

  it("leaves a state, which makes room for others when it is old", async () => {
    vi.stubEnv("SAMLAB_TRAINING_CACHE_MB", "0.001");
    try {
      for (const seed of [1, 2]) {
        await interrupted({ steps: 4, seed }, 2);
        const [left] = await runs();
        const before = new Date(Date.now() - 2 * 3600 * 1000);
        await utimes(join(cache(), "training", left!), before, before);
      }
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
