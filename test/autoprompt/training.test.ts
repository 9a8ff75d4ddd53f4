import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { autoSam } from "../../src/autoprompt/auto-sam.js";
import { deSam } from "../../src/autoprompt/de-sam.js";
import { densePrompt } from "../../src/autoprompt/dense-prompt.js";
import { surgicalSam } from "../../src/autoprompt/surgical-sam.js";
import { sampleVolume } from "../../src/datasets/samples.js";
import { trainingSlices } from "../../src/finetune/slices.js";
import type { TrainingCase } from "../../src/finetune/types.js";
import { loadSam } from "../../src/index.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { sharedTemporaryCache, temporaryFolders } from "../support/temporary.js";
import { describeWithWeights, linkWeights } from "../support/weights.js";

// Each trains for a few steps: seconds on an idle machine, more than the usual limit on a busy one.
vi.setConfig({ testTimeout: 120_000 });

const folder = temporaryFolders();

describeWithWeights("a model that learns to segment without prompts", () => {
  let sam: LoadedSam;
  let both: readonly TrainingCase[];
  let white: readonly TrainingCase[];

  // Runs, tuned graphs and embeddings go to a cache of the tests' own; the weights stay where they are.
  sharedTemporaryCache(linkWeights);

  beforeAll(async () => {
    const brain = await sampleVolume("mni152");
    // Slices that notebooks/fine-tuning.ipynb has embedded, if it ran before.
    const slices = [68, 80];
    both = trainingSlices(brain, { label: ["white matter", "gray matter"], slices });
    white = trainingSlices(brain, { label: "white matter", slices });
    sam = await loadSam("lite-medsam", { device: "cpu" });
  });
  afterAll(() => sam.dispose());

  it("autoSam: classes by their names, saved and loaded, no prompts", async () => {
    const cases = [...both, { ...both[0]!, truth: { ...both[0]!.truth, data: both[0]!.truth.data.map(() => 0) } }];
    const {
      sam: tuned,
      adapter,
      history,
      steps,
    } = await autoSam(sam, both, {
      steps: 4,
      learningRate: 1e-3,
      validation: cases,
      allowSamePatient: true,
      validateEvery: 4,
    });
    const path = join(await folder(), "classes.safetensors");
    await adapter.save(path);
    const again = await loadSam(undefined, { adapter: path, device: "cpu" });
    try {
      expect(steps).toBe(4);
      expect(history.validation).toHaveLength(1);
      expect(history.loss[3]!).toBeLessThan(0.8 * history.loss[0]!);
      expect(tuned.classNames).toEqual(["background", "white matter", "gray matter"]);
      expect(adapter.metadata).toMatchObject({ base: "lite-medsam", recipe: "autoSam", head: "auto-sam", cases: "2" });
      const { image } = both[1]!;
      const found = await tuned.segment(image);
      expect(found.labels.length).toBeGreaterThan(0);
      expect((await again.segment(image)).data).toEqual(found.data);
      await expect(tuned.predict({ box: [10, 10, 50, 50] }, { embedding: await tuned.embed(image) })).rejects.toThrow(
        /takes no prompts/,
      );
      await expect(autoSam(tuned, both)).rejects.toMatchObject({ code: "argument-invalid", field: "sam" });
    } finally {
      await Promise.all([tuned.dispose(), again.dispose()]);
    }
  });

  it("deSam: one class from features beside the embedding, and boxes too", async () => {
    await expect(deSam(sam, both)).rejects.toMatchObject({ code: "argument-invalid", field: "classNames" });
    const { sam: tuned, adapter, history } = await deSam(sam, white, { steps: 3, learningRate: 1e-3 });
    const again = await loadSam("lite-medsam", { adapter, device: "cpu" });
    try {
      expect(history.loss[2]!).toBeLessThan(0.9 * history.loss[0]!);
      expect(tuned.classNames).toEqual(["background", "white matter"]);
      expect(tuned.architecture.features).toEqual([
        [1, 128, 128, 128],
        [1, 160, 64, 64],
        [1, 320, 64, 64],
      ]);
      const { image } = white[1]!;
      const found = await tuned.segment(image);
      expect((await again.segment(image)).data).toEqual(found.data);
      const embedding = await tuned.embed(image);
      const { mask } = await tuned.predict({ box: [0, 0, image.width - 1, image.height - 1] }, { embedding });
      expect(mask.width).toBe(image.width);
    } finally {
      await Promise.all([tuned.dispose(), again.dispose()]);
    }
  });

  it("surgicalSam: a mask for each class by its prototype, saved, loaded, and exported", async () => {
    await expect(surgicalSam(sam, both, { tokens: 0 })).rejects.toMatchObject({ field: "tokens" });
    const { sam: tuned, adapter, history } = await surgicalSam(sam, both, { steps: 8 });
    const path = join(await folder(), "whole.safetensors");
    await tuned.export(path);
    const [again, whole] = [
      await loadSam("lite-medsam", { adapter, device: "cpu" }),
      await loadSam(path, { device: "cpu" }),
    ];
    try {
      expect(history.loss[7]!).toBeLessThan(0.9 * history.loss[0]!);
      expect(adapter.metadata).toMatchObject({ recipe: "surgicalSam", head: "surgical-sam", cases: "2" });
      expect(tuned.classNames).toEqual(["background", "white matter", "gray matter"]);
      const { image } = both[1]!;
      const found = await tuned.segment(image);
      expect(found.labels.length).toBeGreaterThan(0);
      expect((await again.segment(image)).data).toEqual(found.data);
      expect((await whole.segment(image)).data).toEqual(found.data);
      expect(whole.classNames).toEqual(tuned.classNames);
      const marks = "prototype_prompt_encoder.pn_cls_embeddings.1.weight";
      expect(adapter.tensors.get(marks)?.dims).toEqual([2, 256]);
    } finally {
      await Promise.all([tuned.dispose(), again.dispose(), whole.dispose()]);
    }
  });

  it("densePrompt: a prompt for each class from the embedding, all of SAM as it was, and loaded", async () => {
    const { sam: tuned, adapter, history } = await densePrompt(sam, both, { steps: 8 });
    const again = await loadSam("lite-medsam", { adapter, device: "cpu" });
    try {
      expect(history.loss[7]!).toBeLessThan(0.9 * history.loss[0]!);
      expect(adapter.metadata).toMatchObject({ recipe: "densePrompt", head: "dense-prompt", cases: "2" });
      expect([...adapter.tensors.keys()].every((name) => name.startsWith("dense_prompt."))).toBe(true);
      expect(adapter.tensors.get("dense_prompt.final.weight")?.dims).toEqual([512, 64, 1, 1]);
      const { image } = both[1]!;
      const found = await tuned.segment(image);
      expect(found.classNames).toEqual(["background", "white matter", "gray matter"]);
      expect(found.labels.length).toBeGreaterThan(0);
      expect((await again.segment(image)).data).toEqual(found.data);
      await expect(tuned.predict({ box: [10, 10, 50, 50] }, { embedding: await tuned.embed(image) })).rejects.toThrow(
        /takes no prompts/,
      );
    } finally {
      await Promise.all([tuned.dispose(), again.dispose()]);
    }
  });
});
