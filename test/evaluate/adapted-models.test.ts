import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadCase, type VolumeCase } from "../../src/datasets/case.js";
import { readManifest } from "../../src/datasets/manifest/read.js";
import { evaluate } from "../../src/evaluate/evaluate.js";
import type { EvaluateOptions } from "../../src/evaluate/options.js";
import { mergeStores } from "../../src/evaluate/store/merge.js";
import type { EvaluationRow } from "../../src/evaluate/types.js";
import type { FineTuned } from "../../src/finetune/types.js";
import { loadSam } from "../../src/index.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinySam, tinyTuned } from "../support/tiny-tuned.js";
import { pictureCase, volumeCase, writeManifest } from "./support/data-set.js";

const folder = temporaryFolders();
const loaded: LoadedSam[] = [];
let tuned: FineTuned;
let here: string;
let data: string;
beforeAll(async () => {
  tuned = await tinyTuned({ learningRate: 0.1 });
});
afterAll(() => tuned.sam.dispose());
beforeEach(async () => {
  here = await folder();
  data = await writeManifest(here, [await volumeCase(here, "volume"), await pictureCase(here, "picture")]);
});
afterEach(async () => {
  for (const sam of loaded.splice(0)) await sam.dispose();
});

async function caseOf(id: string): Promise<VolumeCase> {
  const { cases } = await readManifest(data);
  return (await loadCase(cases.find((entry) => entry.id === id)!)) as VolumeCase;
}

const rowsOf = async (options: Pick<EvaluateOptions, "models" | "workers">): Promise<EvaluationRow[]> => {
  const { rows } = await evaluate({ data, prompts: "box", device: "cpu", ...options });
  return rows.map((row) => ({ ...row, encodeMs: 0, predictMs: 0, seconds: 0 }));
};

describe("a fine-tuned model beside its base", () => {
  it("has rows of its own that name model and adapter, the same whether loaded here, in workers, or from its file", async () => {
    const sam = await loadSam(tinySam, { device: "cpu" });
    loaded.push(sam);
    const rows = await rowsOf({ models: [sam, tuned.sam] });
    expect(rows).toHaveLength(10);
    expect(rows.filter(({ failure }) => failure !== "")).toEqual([]);
    const [base, adapted] = [sam.name, tuned.sam.name].map((name) => rows.filter(({ model }) => model === name));
    expect(new Set(base.map(({ modelHash, adapterHash }) => `${modelHash} ${adapterHash}`))).toEqual(
      new Set([`${sam.hash} `]),
    );
    expect(new Set(adapted.map(({ modelHash, adapterHash }) => `${modelHash} ${adapterHash}`))).toEqual(
      new Set([`${tuned.sam.hash} ${tuned.adapter.hash}`]),
    );
    expect(adapted.map(({ predictedIou }) => predictedIou)).not.toEqual(base.map(({ predictedIou }) => predictedIou));

    expect(await rowsOf({ models: [sam, tuned.sam], workers: 2 })).toEqual(rows);
    const path = join(here, "adapter.safetensors");
    await tuned.adapter.save(path);
    expect(await rowsOf({ models: [tinySam, { adapter: path }] })).toEqual(rows);
    expect(await rowsOf({ models: [tinySam, { model: tinySam, adapter: tuned.adapter }], workers: 2 })).toEqual(rows);
  }, 60_000);

  it("is in the footnote with its adapter", async () => {
    const { footnote } = await evaluate({ models: tuned.sam, data, prompts: "box", limit: 1 });
    expect(footnote).toContain(`(${tuned.sam.hash.slice(0, 8)}, adapter ${tuned.adapter.hash.slice(0, 8)})`);
  });

  it("is told to have been trained on what it is evaluated on, on slices, in volumes, in workers, and in stores", async () => {
    const { volume } = await caseOf("volume");
    const slice = volume.slice(2);
    const truth = { width: slice.width, height: slice.height, data: new Uint8Array(slice.data.length).fill(1, 0, 40) };
    const own = await tinyTuned({}, [{ image: slice, truth, patient: "p" }]);
    loaded.push(own.sam);
    const notesOf = async (options: Partial<EvaluateOptions>) =>
      (await evaluate({ models: [tinySam, own.sam], data, prompts: "box", ...options })).notes.filter((note) =>
        note.includes("was trained on"),
      );
    const { name } = own.sam;
    const told = (trained: number, all: number) =>
      `${name} was trained on ${trained} of the ${all} images and volumes: its scores there do not show how it does on others.`;
    expect(await notesOf({})).toEqual([told(1, 4)]);
    expect(await notesOf({ volume: "propagate:box" })).toEqual([told(2, 5)]);
    const store = join(here, "store.ndjson");
    expect(await notesOf({ workers: 2, store })).toEqual([told(1, 4)]);
    expect((await mergeStores([store])).notes.filter((note) => note.includes("trained"))).toEqual([told(1, 4)]);
    // What it was trained on before counts too.
    const again = await own.sam.finetune([{ image: volume.slice(3), truth, patient: "p" }], {
      steps: 1,
      recipe: "promptEncoder",
    });
    loaded.push(again.sam);
    expect(again.adapter.trainedImages.size).toBe(2);
    const path = join(here, "exported.safetensors");
    await again.sam.export(path);
    const exported = await loadSam(path, { device: "cpu" });
    loaded.push(exported);
    expect(exported.trainedImages).toEqual(again.adapter.trainedImages);
    const other = { image: volume.slice(1), truth, patient: "q" };
    const validated = exported.finetune([other], {
      steps: 1,
      recipe: "promptEncoder",
      validation: [{ image: slice, truth, patient: "r" }],
    });
    await expect(validated).rejects.toThrow(/validation\[0\] .* that the model was trained on before/);
  }, 60_000);

  it("is refused on another base, and twice", async () => {
    const { adapter } = tuned;
    await expect(rowsOf({ models: { model: "lite-medsam", adapter } })).rejects.toMatchObject({
      code: "hash-mismatch",
    });
    await expect(rowsOf({ models: [tuned.sam, { adapter }] })).rejects.toThrow(/models cannot be .* twice/);
    await expect(rowsOf({ models: { adapter: join(here, "none") }, workers: 2 })).rejects.toMatchObject({
      code: "file-missing",
    });
  });

  it("is not given to workers once its files are others", async () => {
    const path = join(here, "model.safetensors");
    await tuned.sam.export(path);
    const sam = await loadSam(path, { device: "cpu" });
    loaded.push(sam);
    await copyFile(tinySam, path);
    await expect(rowsOf({ models: sam, workers: 2 })).rejects.toThrow(/was loaded as .* worker process loaded/);
  });
});
