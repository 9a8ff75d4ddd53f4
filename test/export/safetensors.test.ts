import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.js";
import type { Checkpoint } from "../../src/checkpoint/tensor-map.js";
import { bytesView } from "../../src/core/dtype.js";
import type { PromptSet } from "../../src/core/prompt.js";
import type { FineTuned, FinetuneOptions } from "../../src/finetune/types.js";
import { loadSam } from "../../src/index.js";
import { sha256OfFile } from "../../src/io/files/hash-file.js";
import { catalog } from "../../src/predict/catalog.js";
import { modelWeights } from "../../src/predict/compiled-model.js";
import { type LoadedSam, samWeights } from "../../src/predict/loaded-sam.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinyCase, tinySam, tinyTuned } from "../support/tiny-tuned.js";
import { describeWithWeights, linkWeights } from "../support/weights.js";

const folder = temporaryFolders();
const opened: Checkpoint[] = [];
const models: LoadedSam[] = [];
afterEach(async () => {
  for (const file of opened.splice(0)) await file.close();
  for (const sam of models.splice(0)) await sam.dispose();
  vi.unstubAllEnvs();
});

async function open(path: string): Promise<Checkpoint> {
  const file = await openCheckpoint(path);
  opened.push(file);
  return file;
}

async function load(path: string): Promise<LoadedSam> {
  const sam = await loadSam(path, { device: "cpu" });
  models.push(sam);
  return sam;
}

const shapes = ({ tensors }: Checkpoint) =>
  Object.fromEntries([...tensors].map(([name, { dims, dtype }]) => [name, `${dtype} ${dims.join("×")}`]).sort());

async function differing(a: Checkpoint, b: Checkpoint): Promise<string[]> {
  const names: string[] = [];
  for (const [name, tensor] of a.tensors) {
    const other = await b.tensors.get(name)?.read();
    if (!other || !Buffer.from(await tensor.read()).equals(Buffer.from(other))) names.push(name);
  }
  return names.sort();
}

/** Everything that a model says of a picture, as bytes. */
async function answers(sam: LoadedSam, prompts: readonly PromptSet[]): Promise<string> {
  await sam.setImage(tinyCase().image);
  const all = await sam.predictBatch(prompts, { multimask: true });
  const parts = all.flatMap((answer) => [answer, ...answer.candidates]);
  return Buffer.concat(parts.map(({ lowResLogits }) => Buffer.from(bytesView(lowResLogits)))).toString("base64");
}

describe("exporting a fine-tuned model", () => {
  let tuned: FineTuned;
  let here: string;
  beforeAll(async () => {
    tuned = await tinyTuned();
  });
  afterAll(() => tuned.sam.dispose());
  beforeEach(async () => {
    here = await folder();
    vi.stubEnv("SAMLAB_CACHE", join(here, "cache"));
  });

  it("writes every tensor of the base, those of the adapter in their place, and the same bytes again", async () => {
    const path = join(here, "model.safetensors");
    const written = await tuned.sam.export(path);
    const [base, made] = [await open(tinySam), await open(path)];
    expect(shapes(made)).toEqual(shapes(base));
    const changed = await differing(base, made);
    expect(changed).toContain("prompt_encoder.no_mask_embed.weight");
    expect(changed.filter((name) => !tuned.adapter.tensors.has(name))).toEqual([]);
    for (const [name, { data }] of tuned.adapter.tensors) {
      expect(Buffer.from((await made.tensors.get(name)?.read()) ?? []).equals(Buffer.from(bytesView(data)))).toBe(true);
    }
    expect(written).toEqual({ path, sha256: await sha256OfFile(path), bytes: (await readFile(path)).length });
    expect(made.metadata).toMatchObject({
      format: "pt",
      "samlab.modelHash": tuned.sam.hash,
      "samlab.adapterHash": tuned.adapter.hash,
      "samlab.baseHash": tuned.adapter.metadata.baseHash,
      "samlab.preprocessing": "sam",
    });
    expect(JSON.parse(made.metadata["samlab.adapter"])).toMatchObject({ recipe: "promptEncoder" });
    expect((await tuned.sam.export(join(here, "again.safetensors"))).sha256).toBe(written.sha256);
  });

  it("gives a checkpoint that predicts the same to the last bit", async () => {
    const path = join(here, "model.safetensors");
    const { sha256 } = await tuned.sam.export(path);
    const again = await load(path);
    expect(again.hash).toBe(sha256);
    const prompts: PromptSet[] = [{ box: [4, 3, 18, 12] }, { points: [{ x: 9, y: 7 }] }];
    const expected = await answers(tuned.sam, prompts);
    expect(await answers(again, prompts)).toBe(expected);
    expect(await answers(await load(tinySam), prompts)).not.toBe(expected);
  });

  it("refuses to write or to train what its file has become since", async () => {
    const [path, other] = [join(here, "latest.safetensors"), join(here, "other.safetensors")];
    await tuned.sam.export(path);
    const sam = await load(path);
    await rm(path);
    await copyFile(tinySam, path);
    const changed = { code: "hash-mismatch", file: path, message: expect.stringContaining("has changed since") };
    await expect(sam.export(other)).rejects.toMatchObject(changed);
    await expect(sam.exportOnnx(here)).rejects.toMatchObject(changed);
    const onProgress = vi.fn<NonNullable<FinetuneOptions["onProgress"]>>();
    await expect(sam.finetune([tinyCase()], { recipe: "promptEncoder", steps: 2, onProgress })).rejects.toMatchObject(
      changed,
    );
    expect(onProgress.mock.calls.filter(([{ phase }]) => phase === "training")).toEqual([]);
    expect((await readdir(here)).sort()).toEqual(["cache", "latest.safetensors"]);
  });

  it("leaves an older file when it is canceled in the middle, and no other", async () => {
    const path = join(here, "model.safetensors");
    await writeFile(path, "older");
    const controller = new AbortController();
    const done: number[] = [];
    const exporting = tuned.sam.export(path, {
      signal: controller.signal,
      onProgress: (_, fraction = 0) => {
        done.push(fraction);
        if (fraction > 0.3) controller.abort();
      },
    });
    await expect(exporting).rejects.toMatchObject({ code: "canceled" });
    expect(done.at(-1)).toBeLessThan(1);
    expect(await readFile(path, "utf8")).toBe("older");
    expect((await readdir(here)).sort()).toEqual(["model.safetensors"]);
  });

  it.each([
    ["model.pth", /exported as a \.safetensors file, not ".*model\.pth".*load_state_dict/],
    ["none/model.safetensors", /could not be written \(ENOENT\).*Create its folder first/],
  ])("refuses %s", async (name, message) => {
    await expect(tuned.sam.export(join(here, name))).rejects.toThrow(message);
    expect(await readdir(here)).toEqual([]);
  });

  it("does not write over the file that it reads", async () => {
    const path = join(here, "model.safetensors");
    await tuned.sam.export(path);
    const again = await load(path);
    await expect(again.export(path)).rejects.toThrow(/is the file that .* is made from.*name of its own/);
  });
});

describeWithWeights("exporting LiteMedSAM", () => {
  beforeEach(async () => vi.stubEnv("SAMLAB_CACHE", await linkWeights(await folder())));

  it("keeps buffers, and has the overlay's weights in the place of the base's", async () => {
    const path = join(await folder(), "model.safetensors");
    const sam = await load("lite-medsam-clicks");
    await sam.export(path);
    const [base, made] = [await open(catalog[0].checkpoint()), await open(path)];
    expect([...made.tensors.keys()].sort()).toEqual([...base.tensors.keys()].sort());
    for (const [name, { dims }] of base.tensors) expect(made.tensors.get(name)?.dims, name).toEqual(dims);
    expect([...made.tensors].filter(([, { dtype }]) => dtype === "int64").length).toBeGreaterThan(10);
    const changed = await differing(base, made);
    expect(changed.length).toBeGreaterThan(100);
    expect(changed.filter((tensor) => !/^(mask_decoder|prompt_encoder)\./.test(tensor))).toEqual([]);
    // Equal weights make equal graphs, and those equal predictions (above).
    const [expected, got] = [await samWeights(sam), await modelWeights({ checkpoint: path }, null)];
    expect(got.names().sort()).toEqual(expected.names().sort());
    for (const name of expected.names()) {
      const [a, b] = [expected, got].map((weights) => Buffer.from(bytesView(weights.data(name) ?? new Uint8Array())));
      expect(a.equals(b), name).toBe(true);
    }
  });

  it("keeps the prompts that it was trained for", async () => {
    const path = join(await folder(), "model.safetensors");
    const sam = await load("lite-medsam");
    await sam.export(path);
    expect(sam.prompts.points).toBe(false);
    expect((await load(path)).prompts).toEqual(sam.prompts);
  });
});
