import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { autoSam } from "../../src/autoprompt/auto-sam.js";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import { fromSam2 } from "../../src/checkpoint/sam2-names.js";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import { loadSam } from "../../src/index.js";
import { compileSam } from "../../src/models/compile.js";
import { Weights } from "../../src/models/weights.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { type Golden, goldenPath, readGolden } from "../support/golden.js";
import { lightPicture, misfits, modelFromFile, smallSam2, smallSamMed2d } from "../support/light-models.js";
import { misfit, thinned } from "../support/misfit.js";
import { temporaryCache } from "../support/temporary.js";

const cache = temporaryCache();
const load = async (path: string, options: Parameters<typeof loadSam>[1] = {}) =>
  loadSam(path, { device: "cpu", ...options });
const point = { x: 70, y: 72, label: 1 } as const;
const outside = { x: 15, y: 117, label: 0 } as const;

let golden: Golden;
beforeAll(async () => {
  golden = await readGolden("sam2/sam2.safetensors");
});

describe("SAM 2 answers as the project's own predictor, to pictures of odd sizes, in color and gray", () => {
  it.each([
    ["sam2-tiny", "SAM 2, Hiera 16×12, 1024×1024", undefined],
    ["sam2-base-plus", "SAM 2, Hiera 16×24, 256×256", 256],
    ["sam2-large", "SAM 2, Hiera 16×48, 1024×1024", undefined],
    ["medsam2", "SAM 2, Hiera 16×12, 512×512", undefined],
  ])("%s", async (name, summary, imageSize) => {
    const folder = cache();
    const opened = await modelFromFile(name, smallSam2(name), folder);
    const sam = imageSize ? await load(join(folder, `${name}.safetensors`), { imageSize }) : opened;
    expect(sam.architecture).toMatchObject({ encoder: "hiera", head: "sam2", masks: 4, answer: "stable", summary });
    const found = await misfits(sam, name, golden);
    const image = lightPicture(157, 131, 3);
    const embedding = await sam.embed(image);
    const points = [point, outside];
    const { lowResLogits } = await sam.predict({ points }, { embedding });
    const again = await sam.predict({ points, maskInput: lowResLogits }, { embedding, multimask: true });
    const logits = [again, ...again.candidates].flatMap((candidate) => [...candidate.lowResLogits]);
    found.set("again", misfit(thinned(Float32Array.from(logits)), golden.get(`${name}.157x131.again.logits`).data));
    if (process.env.SAMLAB_SHOW) console.log(found);
    for (const [what, share] of found) expect(share, what).toBeLessThan(2e-4);
    await Promise.all([opened, sam].map((each) => each.dispose()));
  });
});

describe("SAM 2's published layouts", () => {
  const layouts: Readonly<Record<string, readonly (readonly [name: string, dims: readonly number[]])[]>> = JSON.parse(
    readFileSync(goldenPath("sam2/layouts.json"), "utf8"),
  );
  const zeros = new Float32Array(2 ** 24);

  it.each([
    ["tiny", "96×12"],
    ["small", "96×16"],
    ["base-plus", "112×24"],
    ["large", "144×48"],
  ])("of %s are read to the last tensor, with the memory for videos left aside", (size, named) => {
    const tensors = [...layouts[size]!, ...layouts.rest!];
    const names = fromSam2(tensors.map(([name]) => name));
    const zero = tensors.map(([, dims]) => ({
      dims,
      data: zeros.subarray(
        0,
        dims.reduce((n, dim) => n * dim, 1),
      ),
    }));
    const w = Weights.from("sam2.pt", new Map(names.map((name, n) => [name, zero[n]!])));
    const { architecture, encoder } = compileSam(w);
    expect(architecture.summary).toBe(`SAM 2, Hiera ${named}, 1024×1024`);
    expect(architecture.features).toEqual([
      [1, 32, 256, 256],
      [1, 64, 128, 128],
    ]);
    expect(encoder.outputs[0]!.dims).toEqual([1, 256 * 64 ** 2 + 32 * 256 ** 2 + 64 * 128 ** 2]);
  });
});

describe("a file of SAM 2", () => {
  const size = { imageSize: 128 };
  const image = lightPicture(157, 131, 3);
  const prompt = { points: [point, outside] };
  const truth = {
    width: 157,
    height: 131,
    data: Uint8Array.from({ length: 157 * 131 }, (_, n) =>
      ((n % 157) - 70) ** 2 + (Math.floor(n / 157) - 72) ** 2 < 900 ? 1 : 0,
    ),
  };
  let folder: string;
  let opened: LoadedSam[];
  const open = async (file: string, options: Parameters<typeof loadSam>[1] = {}) => {
    const sam = await load(join(folder, file), options);
    opened.push(sam);
    return sam;
  };
  const logits = async (sam: LoadedSam) =>
    (await sam.predict(prompt, { embedding: await sam.embed(image) })).lowResLogits;

  beforeEach(async () => {
    folder = cache();
    opened = [];
    await writeFile(join(folder, "own.safetensors"), safetensorsPieces(smallSam2("medsam2"), {}));
  });
  afterEach(async () => {
    await Promise.all(opened.map((sam) => sam.dispose()));
  });

  it("says how it is fed, since MedSAM2's looks the same, unless that was said", async () => {
    const sam2 = await open("own.safetensors", size);
    expect(sam2.notes.join()).toMatch(/own\.safetensors is fed as SAM 2 \(.*load them with .*"medsam2"/);
    const medsam2 = await open("own.safetensors", { preprocessing: "medsam2" });
    expect(medsam2).toMatchObject({ notes: [], architecture: { imageSize: 512, preprocessing: "medsam2" } });
    expect(medsam2.name).toMatch(/\(as MedSAM2\)$/);
    await rename(join(folder, "own.safetensors"), join(folder, "MedSAM2_CTLesion.safetensors"));
    const named = await open("MedSAM2_CTLesion.safetensors");
    expect(named.architecture).toEqual(medsam2.architecture);
    expect(named.notes.join()).toContain("since its name says MedSAM2");
  });

  it("can be fed at another size, which results and exports tell", async () => {
    const small = await open("own.safetensors", size);
    expect(small.name).toMatch(/\(128×128\)$/);
    const other = await open("own.safetensors", { imageSize: 64 });
    expect(small.hash).not.toBe(other.hash);
    await expect(small.predict(prompt, { embedding: await other.embed(image) })).rejects.toMatchObject({
      code: "argument-invalid",
      field: "embedding",
    });
    await small.export(join(folder, "small.safetensors"));
    const again = await open("small.safetensors");
    expect(again.architecture).toEqual(small.architecture);
    expect(await logits(again)).toEqual(await logits(small));
    await expect(open("own.safetensors", { imageSize: 144 })).rejects.toMatchObject({
      code: "argument-invalid",
      field: "imageSize",
      remedy: "Give a multiple of 32 pixels.",
    });
  });

  it("is exported under SAM 2's own names, which its own code loads", async () => {
    const sam = await open("own.safetensors", size);
    await sam.export(join(folder, "exported.safetensors"));
    const names = async (file: string) => {
      const opened = await openSafetensors(join(folder, file));
      await opened.close();
      return [...opened.tensors.keys()].sort();
    };
    expect(await names("exported.safetensors")).toEqual(await names("own.safetensors"));
  });

  it("is the same model at the size that it implies, and whatever its name says for another family", async () => {
    const [usual, given] = [await open("own.safetensors"), await open("own.safetensors", { imageSize: 1024 })];
    expect(given.hash).toBe(usual.hash);
    const [plain, dated] = ["own-med2d", "medsam_20240305"];
    const first = await modelFromFile(plain!, smallSamMed2d(), folder);
    await rename(join(folder, `${plain}.safetensors`), join(folder, `${dated}.safetensors`));
    for (const options of [{}, { preprocessing: "medsam2" } as const]) {
      expect((await open(`${dated}.safetensors`, options)).hash).toBe(first.hash);
    }
    await first.dispose();
  });

  it("gets points as SAM 2's whatever its pictures are prepared as", async () => {
    const sam = await open("own.safetensors", { ...size, preprocessing: "sam-med2d" });
    const embedding = await sam.embed(image);
    expect(embedding).toMatchObject({ frame: { isSam2: true } });
  });

  it("has adapters that are loaded by themselves, at the size that they were trained at", async () => {
    const sam = await open("own.safetensors", size);
    const { adapter } = await sam.finetune([{ image, truth }], {
      recipe: "maskDecoder",
      steps: 1,
      prompts: { box: 1 },
    });
    await adapter.save(join(folder, "adapter.safetensors"));
    const again = await loadSam(undefined, { adapter: join(folder, "adapter.safetensors"), device: "cpu" });
    opened.push(again);
    expect(again.architecture).toEqual(sam.architecture);
    await expect(open("own.safetensors", { adapter, imageSize: 64 })).rejects.toMatchObject({
      code: "hash-mismatch",
      remedy: expect.stringContaining("imageSize: 128"),
    });
  });

  it("is fine-tuned with its encoder frozen, and with LoRA in it", async () => {
    const sam = await open("own.safetensors", size);
    for (const recipe of ["maskDecoder", "lora"] as const) {
      const options = { recipe, steps: 3, learningRate: 2e-4, prompts: { box: 1 }, seed: 1 } as const;
      const { sam: tuned, history } = await sam.finetune([{ image, truth }], options);
      opened.push(tuned);
      expect(history.loss.at(-1)!, recipe).toBeLessThan(history.loss[0]!);
      expect(await logits(tuned)).not.toEqual(await logits(sam));
    }
  });

  it("has no place for adapters in its blocks, nor for decoders of classes", async () => {
    const sam = await open("own.safetensors", size);
    await expect(sam.finetune([{ image, truth }], { recipe: "medicalSamAdapter", steps: 1 })).rejects.toMatchObject({
      code: "argument-invalid",
      field: "recipe",
      remedy: expect.stringMatching(/^Use lora, /),
    });
    await expect(autoSam(sam, [{ image, truth }])).rejects.toMatchObject({ code: "argument-invalid", field: "sam" });
  });

  it("of other blocks than a published one is not read", async () => {
    const tensors = new Map([...smallSam2("medsam2")].filter(([name]) => !name.includes("trunk.blocks.11.")));
    await expect(modelFromFile("short", tensors, folder)).rejects.toMatchObject({
      code: "model-unknown",
      message: expect.stringContaining("a Hiera of 1, 2, 7, 1 blocks, which no published SAM 2 has"),
    });
    const encoder = new Map([...smallSam2("medsam2")].filter(([name]) => !name.startsWith("sam_")));
    await expect(modelFromFile("encoder", encoder, folder)).rejects.toMatchObject({
      code: "model-unknown",
      message: expect.stringContaining("is not a complete SAM model: it has no prompt_encoder, no mask_decoder"),
    });
  });
});
