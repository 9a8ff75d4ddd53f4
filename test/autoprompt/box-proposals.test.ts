import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boxProposals, classPrototypes, proposeBoxes } from "../../src/autoprompt/box-proposals.js";
import { openCheckpoint } from "../../src/checkpoint/open.js";
import { evaluate } from "../../src/evaluate/evaluate.js";
import { loadSam } from "../../src/index.js";
import { boxPrototypesOf } from "../../src/models/box-prototypes.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { volumeCase, writeManifest } from "../evaluate/support/data-set.js";
import { temporaryCache, temporaryFolders } from "../support/temporary.js";
import { tinyCase, tinySam } from "../support/tiny-tuned.js";

const folder = temporaryFolders();

it("a prototype is the mean direction from the mean of all pixels, over the slices that show the class", () => {
  const row = (...values: number[]) => Float64Array.from(values);
  const { center, classes } = classPrototypes([
    { all: row(2, 0), classes: [row(1, 2), row(4, 1), null] },
    { all: row(0, 2), classes: [row(1, 0), row(4, 5), row(1, 9)] },
  ]);
  expect([...center]).toEqual([1, 1]);
  expect(classes.map((prototype) => [...prototype].map((value) => Number(value.toFixed(4))))).toEqual([
    [0, 0],
    [0.8, 0.4],
    [0, 1],
  ]);
});

describe("boxes by few labels", () => {
  const slices = [tinyCase(), tinyCase(3)];
  const { image } = tinyCase(6);
  // The model's weights are random: it rates and holds no mask well.
  const automask = { pointsPerSide: 3, predIouThresh: 0, stabilityScoreThresh: 0 };
  let sam: LoadedSam;
  beforeAll(async () => {
    sam = await loadSam(tinySam, { device: "cpu" });
  });
  afterAll(() => sam.dispose());

  it("segment with names, keep the model's prompts, and come back from the file", async () => {
    const steps: string[] = [];
    const made = await boxProposals(sam, slices, {
      classNames: ["lesion"],
      automask,
      onProgress: (step) => steps.push(step),
    });
    const path = join(await folder(), "boxes.safetensors");
    await made.adapter.save(path);
    const again = await loadSam(tinySam, { adapter: path, device: "cpu" });
    try {
      expect(steps.slice(0, 2)).toEqual(["encoding slice 1 of 2", "encoding slice 2 of 2"]);
      expect(made.adapter.metadata).toMatchObject({ recipe: "boxProposals", cases: "2", baseHash: sam.hash });
      expect(made.sam.hash).not.toBe(sam.hash);
      const proposals = await proposeBoxes(made.sam, image, { perClass: 2 });
      expect(proposals.map(({ className }) => className)).toEqual(["lesion", "lesion"]);
      expect(proposals[0].score).toBeGreaterThanOrEqual(proposals[1].score);
      expect(await proposeBoxes(again, image)).toEqual(proposals.slice(0, 1));

      const found = await again.segment(image);
      expect(found.classNames).toEqual(["background", "lesion"]);
      const { box } = proposals[0];
      const { mask } = await sam.predict({ box }, { embedding: await sam.embed(image) });
      expect(found.only("lesion")).toEqual(mask);
      expect((await again.predict({ box }, { embedding: await again.embed(image) })).mask).toEqual(mask);
      await expect(again.segment(image, { automask: { pointsPerSide: 0 } })).rejects.toThrow(/pointsPerSide is 0/);
    } finally {
      await Promise.all([made.sam.dispose(), again.dispose()]);
    }
  });

  it("stand beside the weights: of an earlier adapter, and not in an export", async () => {
    const tuned = await sam.finetune(slices, { recipe: "promptEncoder", steps: 1, learningRate: 0.1 });
    const made = await boxProposals(tuned.sam, slices, { automask });
    const path = join(await folder(), "whole.safetensors");
    await made.sam.export(path);
    const whole = await loadSam(path, { device: "cpu" });
    try {
      const prompt = { box: [4, 4, 20, 20] } as const;
      const [expected, own, exported] = await Promise.all(
        [tuned.sam, made.sam, whole].map(
          async (model) => (await model.predict(prompt, { embedding: await model.embed(image) })).lowResLogits,
        ),
      );
      expect(own).toEqual(expected);
      expect(exported).toEqual(expected);
      expect(made.adapter.metadata.recipe).toBe("promptEncoder + boxProposals");
      expect(whole.classNames).toEqual([]);
      const file = await openCheckpoint(path);
      expect([...file.tensors.keys()].filter((name) => name.includes("box_proposals"))).toEqual([]);
      await file.close();
    } finally {
      await Promise.all([tuned.sam.dispose(), made.sam.dispose(), whole.dispose()]);
    }
  });

  it("are evaluated without a prompt", async () => {
    const here = await folder();
    const data = await writeManifest(here, [await volumeCase(here, "volume")]);
    const made = await boxProposals(sam, slices, { classNames: ["tumor"], automask });
    try {
      const { rows } = await evaluate({ models: made.sam, data, prompts: "none" });
      expect(rows).toHaveLength(3);
      expect(rows.map(({ failure }) => failure)).toEqual(["", "", ""]);
      expect(rows.every(({ adapterHash }) => adapterHash === made.adapter.hash)).toBe(true);
    } finally {
      await made.sam.dispose();
    }
  });

  it.each([
    ["no slices", () => boxProposals(sam, []), "argument-invalid", "cases", []],
    [
      "a class without pixels",
      () => boxProposals(sam, slices, { classNames: ["lesion", "vessel"] }),
      "argument-invalid",
      "cases",
      "vessel",
    ],
    [
      "settings out of range",
      () => boxProposals(sam, slices, { automask: { predIouThresh: 2 } }),
      "argument-invalid",
      "predIouThresh",
      2,
    ],
    [
      "a model that takes only boxes",
      () => boxProposals(Object.create(sam, { prompts: { value: { ...sam.prompts, points: false } } }), slices),
      "prompt-unsupported",
      "sam",
      tinySam,
    ],
    [
      "a model without a decoder for prompts",
      () =>
        boxProposals(Object.create(sam, { architecture: { value: { ...sam.architecture, head: "hq-sam" } } }), slices),
      "argument-invalid",
      "sam",
      tinySam,
    ],
    ["a model without prototypes", () => proposeBoxes(sam, image), "argument-invalid", "sam", tinySam],
  ])("are refused with a remedy: %s", async (_, make, code, field, value) => {
    await expect(make()).rejects.toMatchObject({ code, field, value, remedy: expect.stringMatching(/./) });
  });

  it("are not made once canceled", async () => {
    await expect(boxProposals(sam, slices, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "canceled",
    });
  });
});

describe("on disk", () => {
  const cache = temporaryCache();

  it("a model with prototypes has the graphs of the model without", async () => {
    const sam = await loadSam(tinySam, { device: "cpu" });
    const made = await boxProposals(sam, [tinyCase()]);
    await Promise.all([sam.dispose(), made.sam.dispose()]);
    expect(await readdir(join(cache(), "graphs"))).toHaveLength(1);
  });
});

it.each([
  [[2, 3], [4]],
  [[2, 4], [3]],
  [[1, 4], [4]],
])("prototypes of %j with a center of %j are refused for four channels", (dims, center) => {
  const tensors = Object.entries({ prototypes: dims, center }).map(([name, shape]) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b));
    return [`box_proposals.${name}`, { dims: shape, data }] as const;
  });
  expect(() => boxPrototypesOf({ tensors: new Map(tensors) }, 4)).toThrow(/do not have 4 channels/);
});
