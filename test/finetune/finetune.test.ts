import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { maskBox } from "../../src/core/mask.js";
import { sampleVolume } from "../../src/datasets/samples.js";
import { trainingSlices } from "../../src/finetune/slices.js";
import type { FinetuneProgress, TrainingCase } from "../../src/finetune/types.js";
import { loadSam } from "../../src/index.js";
import { dice } from "../../src/metrics/overlap.js";
import { type LoadedSam, samWeights } from "../../src/predict/loaded-sam.js";
import { adamW } from "../../src/train/optimizer.js";
import { maxDifference } from "../support/golden.js";
import { sharedTemporaryCache, temporaryCache, temporaryFolders } from "../support/temporary.js";
import { tinyCase, tinySam } from "../support/tiny-tuned.js";
import { describeWithWeights, linkWeights } from "../support/weights.js";

const folder = temporaryFolders();

describeWithWeights("fine-tuning LiteMedSAM on white matter", () => {
  let sam: LoadedSam;
  let train: readonly TrainingCase[];
  let held: readonly TrainingCase[];

  // Runs, tuned graphs and embeddings go to a cache of the tests' own; the weights stay where they are.
  sharedTemporaryCache(linkWeights);

  beforeAll(async () => {
    const brain = await sampleVolume("mni152");
    const cut = (slices: readonly number[]) => trainingSlices(brain, { label: "white matter", slices });
    // Slices that notebooks/fine-tuning.ipynb has embedded, if it ran before.
    train = cut([68, 80, 92]);
    held = cut([74, 86]);
    sam = await loadSam("lite-medsam", { device: "cpu" });
  });
  afterAll(() => sam.dispose());

  const meanDice = async (model: LoadedSam) => {
    let sum = 0;
    for (const { image, truth } of held) {
      await model.setImage(image);
      const box = maskBox(truth);
      if (!box) throw new Error("an empty truth");
      sum += dice((await model.predict({ box })).mask, truth);
    }
    return sum / held.length;
  };

  const maskOf = async (model: LoadedSam) => {
    const [{ image, truth }] = held;
    const box = maskBox(truth);
    if (!box) throw new Error("an empty truth");
    return (await model.predict({ box }, { embedding: await model.embed(image) })).lowResLogits;
  };

  it("raises Dice on slices it was not trained on, and gives the same model from its file", async () => {
    const before = await meanDice(sam);
    const events: string[] = [];
    const tuned = await sam.finetune(train, {
      steps: 8,
      validation: held,
      allowSamePatient: true,
      validateEvery: 4,
      onProgress: ({ phase }) => events.push(phase),
    });
    expect(new Set(events)).toEqual(new Set(["embedding", "training", "validating", "saving"]));
    expect(tuned.history.loss).toHaveLength(8);
    expect(tuned.history.validation.map(({ step }) => step)).toEqual([4, 8]);
    const after = await meanDice(tuned.sam);
    expect(after).toBeGreaterThan(before + 0.2);
    expect(after).toBeCloseTo(Math.max(...tuned.history.validation.map((entry) => entry.dice)), 3);
    expect(await meanDice(sam)).toBe(before);

    const path = join(await folder(), "white-matter.safetensors");
    await tuned.adapter.save(path);
    const again = await loadSam("lite-medsam", { adapter: path, device: "cpu" });
    expect(again.hash).toBe(tuned.sam.hash);
    expect(await meanDice(again)).toBe(after);
    await expect(loadSam("lite-medsam-clicks", { adapter: path, device: "cpu" })).rejects.toThrow(
      /trained on lite-medsam \(.*loadSam\("lite-medsam"/,
    );
    expect(tuned.adapter.metadata).toMatchObject({ base: "lite-medsam", recipe: "maskDecoder" });
    expect(tuned.adapter.metadata.steps).toMatch(/^(4|8) of 8$/);
    await Promise.all([tuned.sam.dispose(), again.dispose()]);
  }, 180_000);

  it("trains low-rank updates of the encoder, which the file merges", async () => {
    const tuned = await sam.finetune(train.slice(0, 1), { recipe: "lora", rank: 2, steps: 1 });
    expect([...tuned.adapter.tensors.keys()].filter((name) => name.endsWith(".lora_a.q"))).toHaveLength(10);
    expect(tuned.sam.hash).not.toBe(sam.hash);
    const [base, changed] = await Promise.all([samWeights(sam), samWeights(tuned.sam)]);
    const name = "image_encoder.layers.1.blocks.0.attn.qkv.weight";
    expect(changed.data(name)).not.toEqual(base.data(name));
    await tuned.sam.dispose();
  }, 180_000);

  it("puts adapters into the encoder: saved and loaded", async () => {
    const tuned = await sam.finetune(train.slice(0, 1), { recipe: "medicalSamAdapter", steps: 1, learningRate: 1e-2 });
    const trained = [...tuned.adapter.tensors.keys()];
    expect(trained.filter((tensor) => /_Adapter\.D_fc[12]\.weight$/.test(tensor))).toHaveLength(40);
    expect(trained.filter((tensor) => tensor.startsWith("image_encoder.") && !tensor.includes("_Adapter."))).toEqual(
      [],
    );
    expect(tuned.adapter.changesEncoder).toBe(true);
    const path = join(await folder(), "adapters.safetensors");
    await tuned.adapter.save(path);
    const again = await loadSam("lite-medsam", { adapter: path, device: "cpu" });
    const masks = await Promise.all([tuned.sam, again, sam].map((model) => maskOf(model)));
    expect(masks[1]).toEqual(masks[0]);
    expect(masks[2]).not.toEqual(masks[0]);
    await Promise.all([tuned.sam, again].map((model) => model.dispose()));
  }, 180_000);
});

describe("fine-tuning the tiny model", () => {
  temporaryCache();
  let sam: LoadedSam;
  beforeAll(async () => {
    sam = await loadSam(tinySam, { device: "cpu" });
  });
  afterAll(() => sam.dispose());
  afterEach(() => vi.restoreAllMocks());

  const train = [tinyCase(0), tinyCase(3), tinyCase(6)];
  const validation = [tinyCase(12)];

  it("gives the same weights for the same seed, and others for another", async () => {
    const hash = async (seed: number) => {
      const tuned = await sam.finetune(train, { steps: 1, seed });
      await tuned.sam.dispose();
      return tuned.adapter.tensors.get("mask_decoder.iou_token.weight")?.data.join();
    };
    const first = await hash(1);
    expect(await hash(1)).toBe(first);
    expect(await hash(2)).not.toBe(first);
  });

  it("adds a second low-rank update to the weight that holds the first", async () => {
    const tuned = await sam.finetune(train.slice(0, 1), { recipe: "lora", rank: 2, steps: 1 });
    const name = "image_encoder.blocks.0.attn.qkv.weight";
    const changed = (await samWeights(tuned.sam)).data(name);
    expect(changed).not.toEqual((await samWeights(sam)).data(name));
    const twice = await tuned.sam.finetune(train.slice(0, 1), { recipe: "lora", rank: 2, steps: 1 });
    expect(twice.adapter.tensors.get(name)?.data).toEqual(changed);
    expect(twice.adapter.tensors.has(`${name}.lora_a.q`)).toBe(true);
    await Promise.all([tuned.sam, twice.sam].map((model) => model.dispose()));
  });

  it("goes on with the adapters of an earlier training", async () => {
    const name = "image_encoder.blocks.0.MLP_Adapter.D_fc2.weight";
    const options = { recipe: "medicalSamAdapter", steps: 1, learningRate: 1e-2 } as const;
    const tuned = await sam.finetune(train.slice(0, 1), options);
    const twice = await tuned.sam.finetune(train.slice(0, 1), { ...options, learningRate: 1e-9 });
    expect([...twice.adapter.tensors.keys()].sort()).toEqual([...tuned.adapter.tensors.keys()].sort());
    const [first, second] = [tuned, twice].map(({ adapter }) => adapter.tensors.get(name)?.data ?? []);
    expect(first.some((value) => Math.abs(value) > 5e-3)).toBe(true);
    expect(maxDifference(first, second)).toBeLessThan(1e-6);
    await Promise.all([tuned.sam, twice.sam].map((model) => model.dispose()));
  });

  it("stops when asked, and says which step and case a diverging training died at", async () => {
    const controller = new AbortController();
    const stopped = sam.finetune(train, {
      steps: 50,
      signal: controller.signal,
      onProgress: ({ step }) => step >= 1 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "canceled" });
    const diverging = sam.finetune(train, { steps: 30, learningRate: 1e20, clip: null });
    await expect(diverging).rejects.toThrow(/Training on picture .*: Step \d+ gave the loss/);
    const atOnce = sam.finetune(train, { steps: 1, learningRate: 3e38 });
    await expect(atOnce).rejects.toThrow(/Step 1 gave .* weights that are not finite/);
  });

  it("keeps the best weights of a training that diverges later", async () => {
    const tuned = await sam.finetune(train, {
      steps: 30,
      // Each step multiplies the weights by -999.
      learningRate: 1,
      optimizer: adamW({ weightDecay: 1000 }),
      validation,
      validateEvery: 1,
    });
    await tuned.sam.dispose();
    expect(tuned.steps).toBeLessThan(30);
    expect(tuned.bestStep).toBeGreaterThan(0);
    expect(tuned.notes[0]).toMatch(/^Stopped after step \d+: .*Step \d+ gave .* The best weights before are kept\.$/);
  });

  it("stopped by hand keeps the best so far, and can be loaded; before the first step there is nothing to keep", async () => {
    const stop = new AbortController();
    const validations: number[] = [];
    const tuned = await sam.finetune(train, {
      steps: 50,
      validation,
      validateEvery: 2,
      stop: stop.signal,
      onProgress: ({ phase, step }) => {
        if (phase === "validating") validations.push(step);
        if (step === 3) stop.abort();
      },
    });
    expect(validations).toEqual([2]);
    expect(tuned.steps).toBe(3);
    expect(tuned.bestStep).toBe(2);
    expect(tuned.notes).toEqual(["Stopped by hand after step 3 of 50."]);
    expect(tuned.adapter.metadata.steps).toBe("2 of 50");
    expect(tuned.sam.hash).not.toBe(sam.hash);
    await tuned.sam.dispose();
    const atOnce = sam.finetune(train, { steps: 50, stop: AbortSignal.abort() });
    await expect(atOnce).rejects.toMatchObject({ code: "canceled" });
  });

  it("goes on from its last save after an interruption, and reports what went before", async () => {
    // A save after each step, as if it took long.
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (now += 20_000));
    const controller = new AbortController();
    const options = { steps: 5, validation, validateEvery: 2 };
    const losses: number[] = [];
    const dead = sam.finetune(train, {
      ...options,
      signal: controller.signal,
      onProgress: ({ phase, step, loss }) => {
        if (phase === "training" && step > 0) losses.push(loss);
        if (step === 3) controller.abort();
      },
    });
    await expect(dead).rejects.toMatchObject({ code: "canceled" });
    const reports: FinetuneProgress[] = [];
    const tuned = await sam.finetune(train, { ...options, onProgress: (progress) => reports.push(progress) });
    const [first, ...others] = reports.filter(({ phase }) => phase !== "embedding");
    expect(first).toMatchObject({
      phase: "training",
      step: 3,
      note: "Resumed after step 3.",
      history: { loss: losses },
    });
    expect(first.history?.validation.map(({ step }) => step)).toEqual([2]);
    expect(others.every(({ history }) => history === undefined)).toBe(true);
    expect(tuned.history.loss.slice(0, 3)).toEqual(losses);
    expect(tuned.history.loss).toHaveLength(5);
    await tuned.sam.dispose();
  });
});
