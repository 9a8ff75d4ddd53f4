import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { evaluate } from "../../src/evaluate/evaluate.js";
import { type LoadSamOptions, loadSam } from "../../src/index.js";
import { knownCheckpoints } from "../../src/predict/known-checkpoints.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { choosePreprocessing, type PreprocessingEvidence } from "../../src/predict/preprocessing-choice.js";
import { pictureCase, writeManifest } from "../evaluate/support/data-set.js";
import { cli } from "../support/cli.js";
import { goldenPath } from "../support/golden.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinyCase } from "../support/tiny-tuned.js";

const folder = temporaryFolders();
const loaded: LoadedSam[] = [];
afterEach(async () => {
  for (const sam of loaded.splice(0)) await sam.dispose();
});

const load = async (path: string, options: LoadSamOptions = {}): Promise<LoadedSam> => {
  const sam = await loadSam(path, { device: "cpu", ...options });
  loaded.push(sam);
  return sam;
};

const vit = {
  encoder: "vit",
  preprocessing: "sam",
  inputSize: 1024,
  imageSize: 1024,
  embedSize: 64,
  width: 256,
  head: "prompts",
  features: [],
  masks: 4,
  summary: "ViT 768×12, 1024×1024",
} as const;
const choose = (edit: Partial<PreprocessingEvidence>) =>
  choosePreprocessing({
    option: undefined,
    adapter: undefined,
    hashes: ["0".repeat(64)],
    declared: null,
    paths: ["/models/best.pth"],
    architecture: vit,
    ...edit,
  });

const hashOf = (name: string) => knownCheckpoints.find((known) => known.name === name)?.sha256 ?? "";

describe("how a ViT-B with SAM's names and shapes is fed", () => {
  it("as its hash says, whatever its name", () => {
    expect(choose({ hashes: [hashOf("medsam")], paths: ["/models/sam_vit_b.pth"] })).toEqual({
      kind: "medsam",
      note: null,
    });
    expect(choose({ hashes: [hashOf("sam-vit-b")], paths: ["/medsam.pth"] })).toEqual({ kind: "sam", note: null });
  });

  it.each([
    ["/models/medsam_vit_b_tuned.pth", "medsam"],
    ["/hub/medsam-vit-base/model.safetensors", "medsam"],
    ["/hub/med-sam/pytorch_model.bin", "medsam"],
    ["/medsam/best.pth", "sam"],
    ["/models/lite_medsam.pth", "sam"],
    ["/models/sam-med2d_b.pth", "sam"],
    ["/models/MedSAM2_latest.pt", "sam"],
    ["/models/micro_sam_vit_b_lm.pt", "micro-sam"],
    ["/models/sam_vit_b_01ec64.pth", "sam"],
  ])("as its name says, with a note: %s as %s", (path, kind) => {
    const choice = choose({ paths: [path] });
    expect(choice.kind).toBe(kind);
    expect(choice.note).toContain(path);
    expect(choice.note).toMatch(kind === "sam" ? /preprocessing: "medsam"/ : /preprocessing: "sam"/);
  });

  it("as the file itself, its adapter or the user says", () => {
    expect(choose({ declared: "medsam" })).toEqual({ kind: "medsam", note: null });
    expect(choose({ declared: "sam", paths: ["/medsam.pth"] })).toEqual({ kind: "sam", note: null });
    expect(choose({ declared: "nonsense" }).note).toMatch(/MedSAM's and micro-sam's files look the same/);
    expect(choose({ adapter: "medsam" })).toEqual({ kind: "medsam", note: null });
    expect(choose({ option: "medsam", hashes: [hashOf("sam-vit-b")] })).toEqual({ kind: "medsam", note: null });
    expect(choose({ option: "sam", adapter: "medsam" }).note).toMatch(/trained with MedSAM; it is fed as SAM/);
  });

  it("as the updates that are put on a published base say, else as that base", () => {
    const hashes = ["0".repeat(64), hashOf("sam-vit-b")];
    expect(choose({ hashes, declared: "samed" })).toEqual({ kind: "samed", note: null });
    expect(choose({ hashes, declared: "micro-sam" })).toEqual({ kind: "micro-sam", note: null });
    expect(choose({ hashes })).toEqual({ kind: "sam", note: null });
  });

  it("and others as their shapes say, without doubt", () => {
    const paths = ["/medsam/medsam.pth"];
    expect(choose({ paths, architecture: { ...vit, encoder: "tiny-vit" } })).toEqual({ kind: "sam", note: null });
  });

  it("and Medical SAM Adapter's as its code does now, with a note on how it did", () => {
    const choice = choose({ architecture: { ...vit, preprocessing: "medical-sam-adapter" } });
    expect(choice.kind).toBe("medical-sam-adapter");
    expect(choice.note).toMatch(
      /best\.pth is fed as Medical SAM Adapter .* preprocessing: "medical-sam-adapter-until-2025"/,
    );
  });

  it("and those of other input sizes as these suggest, with a note", () => {
    const med2d = { ...vit, preprocessing: "sam-med2d", imageSize: 256 } as const;
    const choice = choose({ architecture: med2d });
    expect(choice.kind).toBe("sam-med2d");
    expect(choice.note).toMatch(/best\.pth is fed as SAM-Med2D .* its input is 256×256\..* preprocessing: "sam"/);
    expect(choose({ architecture: { ...vit, imageSize: 512 } })).toMatchObject({
      kind: "sam",
      note: expect.stringContaining('preprocessing: "medsam"'),
    });
  });
});

describe("a model that is fed otherwise", () => {
  const picture = {
    width: 100,
    height: 60,
    channels: 1,
    data: Uint8Array.from({ length: 6000 }, (_, n) => (n * 37) % 251),
    spacing: null,
    window: null,
    source: "picture",
  } as const;

  it("gives other embeddings and masks, under another name", async () => {
    const sam = await load(goldenPath("tiny-sam.pth"));
    const medsam = await load(goldenPath("tiny-sam.pth"), { preprocessing: "medsam" });
    expect([sam.preprocessing, medsam.preprocessing]).toEqual(["SAM", "MedSAM"]);
    expect(medsam.name).toBe(`${sam.name} (as MedSAM)`);
    const [one, other] = [await sam.setImage(picture), await medsam.setImage(picture)];
    expect(one.key).not.toBe(other.key);
    await expect(medsam.predict({ points: [{ x: 9, y: 9 }] }, { embedding: one })).rejects.toMatchObject({
      code: "argument-invalid",
      field: "embedding",
      message: expect.stringContaining("The embedding of picture was made by another image encoder"),
    });
    const box = [20, 10, 80, 50] as const;
    expect((await medsam.predict({ box })).lowResLogits).not.toEqual((await sam.predict({ box })).lowResLogits);
    await expect(load(goldenPath("tiny-sam.pth"), { preprocessing: "med" as "medsam" })).rejects.toMatchObject({
      code: "argument-invalid",
      message: expect.stringMatching(/no preprocessing "med"\. Use sam, medsam,/),
    });
  });

  it("is known again by its own export", async () => {
    const medsam = await load(goldenPath("tiny-sam.pth"), { preprocessing: "medsam" });
    const path = join(await folder(), "exported.safetensors");
    await medsam.export(path);
    expect(await load(path)).toMatchObject({ preprocessing: "MedSAM", notes: [] });
  });

  it("says so on the command line and under an evaluation, in workers too", async () => {
    const here = await folder();
    const path = join(here, "medsam_tiny.pth");
    await copyFile(goldenPath("tiny-sam.pth"), path);
    const data = await writeManifest(here, [await pictureCase(here, "cells")]);
    const image = join(here, "cells.png");
    const ran = await cli(
      "segment",
      image,
      "--model",
      path,
      "--device",
      "cpu",
      "--box",
      "2,2,12,10",
      "--out",
      join(here, "m.png"),
    );
    expect(ran.err).toMatch(/medsam_tiny\.pth is fed as MedSAM \(both sides .*, since its name says MedSAM/);
    expect(ran.out).toMatch(/medsam_tiny\.pth fed as MedSAM, on CPU\n$/);
    const asked = await cli(
      "segment",
      image,
      "--model",
      path,
      "--preprocessing",
      "sam",
      "--device",
      "cpu",
      "--box",
      "2,2,12,10",
      "--out",
      join(here, "m.png"),
    );
    expect(asked.out).toMatch(/\(as SAM\) fed as SAM, on CPU/);

    const told: string[] = [];
    const onProgress = ({ note }: { note: string }) => void told.push(note);
    const result = await evaluate({ models: path, data, prompts: "box", device: "cpu", onProgress });
    expect(result.footnote).toMatch(/medsam_tiny\.pth \([0-9a-f]{8}\) fed as MedSAM; seed/);
    expect(told.join("\n")).toMatch(/since its name says MedSAM/);
    const sam = await load(path, { preprocessing: "sam" });
    const workers = await evaluate({ models: [sam], data, prompts: "box", workers: 2 });
    expect(workers.footnote).toMatch(/\(as SAM\) \([0-9a-f]{8}\) fed as SAM/);
  }, 60_000);

  it("hands it on to what is trained on it", async () => {
    const sam = await load(goldenPath("tiny-sam.pth"), { preprocessing: "medsam" });
    const tuned = await sam.finetune([tinyCase()], { recipe: "promptEncoder", steps: 2 });
    loaded.push(tuned.sam);
    expect(tuned.adapter.metadata.preprocessing).toBe("medsam");
    expect(tuned.sam.preprocessing).toBe("MedSAM");
    expect(await load(goldenPath("tiny-sam.pth"), { adapter: tuned.adapter })).toMatchObject({
      preprocessing: "MedSAM",
    });
  }, 60_000);
});
