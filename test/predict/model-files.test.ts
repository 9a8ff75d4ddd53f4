import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.js";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import { loadSam } from "../../src/index.js";
import { compileSam, graphNames } from "../../src/models/compile.js";
import { readTensors } from "../../src/models/weights.js";
import { chooseModel } from "../../src/predict/catalog.js";
import { classLabels } from "../../src/predict/class-labels.js";
import { modelFiles, readModel } from "../../src/predict/model-files.js";
import { modelFrame } from "../../src/predict/preprocess.js";
import { drawn, drawnPicture, uniform } from "../support/drawn.js";
import { type Golden, goldenPath, maxDifference, readGolden } from "../support/golden.js";
import { runGraph } from "../support/run-graph.js";
import { temporaryFolders } from "../support/temporary.js";
import { tinyCase } from "../support/tiny-tuned.js";

const folder = temporaryFolders();
let golden: Golden;
let base: string;
beforeAll(async () => {
  golden = await readGolden("lora/answers.safetensors");
});
beforeEach(async () => {
  const shapes: [string, number[]][] = JSON.parse(await readFile(goldenPath("lora/base.json"), "utf8"));
  base = join(await folder(), "base.safetensors");
  const tensors = new Map(shapes.map(([name, dims]) => [name, drawn(name, dims)]));
  await writeFile(base, Buffer.concat(safetensorsPieces(tensors, {})));
});

/** The answers to test/golden/lora/make.py's picture and points, or to no prompt at all. */
async function answersOf(path: string, options: Parameters<typeof modelFiles>[1], isPrompted: boolean) {
  const { weights } = await readModel(await modelFiles(chooseModel(path), options));
  const { encoder, decoder, architecture } = compileSam(weights);
  const { imageSize, embedSize, width } = architecture;
  const image = { type: "float32", dims: [1, 3, imageSize, imageSize], data: drawnPicture(imageSize) } as const;
  const embedding = (await runGraph(encoder, { [graphNames.image]: image }))[graphNames.imageEmbedding];
  const tokens = isPrompted ? 3 : 0;
  const side = 4 * embedSize;
  const outputs = await runGraph(decoder, {
    [graphNames.imageEmbedding]: {
      type: "float32",
      dims: [1, width, embedSize, embedSize],
      data: embedding.data as Float32Array,
    },
    [graphNames.pointCoords]: {
      type: "float32",
      dims: [1, tokens, 2],
      data: Float32Array.of(30, 40, 80, 20, 0, 0).subarray(0, 2 * tokens),
    },
    [graphNames.pointLabels]: { type: "int32", dims: [1, tokens], data: Int32Array.of(1, 0, -1).subarray(0, tokens) },
    [graphNames.maskInput]: { type: "float32", dims: [0, 1, side, side], data: new Float32Array(0) },
    [graphNames.hasMask]: { type: "bool", dims: [], data: Uint8Array.of(0) },
  });
  return {
    imageSize,
    found: {
      embedding: embedding.data as Float32Array,
      logits: outputs[graphNames.lowResLogits].data as Float32Array,
      iou: outputs[graphNames.predictedIou].data as Float32Array,
    },
  };
}

/** Every third pixel of both axes. */
function everyThird(data: Float32Array, side: number): Float32Array {
  return data.filter((_, n) => (n % side) % 3 === 0 && (Math.floor(n / side) % side) % 3 === 0);
}

const thinned = ({ logits, ...others }: Readonly<Record<string, Float32Array>>) => ({
  logits: everyThird(logits, 40),
  ...others,
});

function expectAnswers(name: string, found: Readonly<Record<string, Float32Array>>, atMost = 1e-4): void {
  for (const [what, data] of Object.entries(found)) {
    const expected = golden.get(`${name}.${what}`).data;
    const scale = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0) / expected.length);
    expect(maxDifference(data, expected) / scale, `${name} ${what}`).toBeLessThan(atMost);
  }
}

describe("a model of several files answers as the project that wrote them", () => {
  it.each(["samed", "samed_s"])("low-rank updates of %s on SAM, for classes and another input size", async (name) => {
    const { found, imageSize } = await answersOf(goldenPath(`lora/${name}.pth`), { base, imageSize: 96 }, false);
    expect(imageSize).toBe(96);
    const { logits, ...others } = found;
    expectAnswers(name, { logits: everyThird(logits, 24), ...others });
    const classes = classLabels(logits, 9, 24, modelFrame(61, 90, 96, "samed"), "samed");
    expect(new Set(classes).size).toBeGreaterThan(3);
    expect(classes).toEqual(Uint8Array.from(golden.get(`${name}.classes`).data));
  });

  it("a training file of micro-sam, with its base inside", async () => {
    const { found } = await answersOf(goldenPath("lora/micro-sam.pt"), {}, true);
    expectAnswers("micro-sam", thinned(found));
  });

  it("a folder of transformers, and updates of PEFT on it", async () => {
    const { found } = await answersOf(goldenPath("hugging-face"), {}, true);
    // transformers' decoder norms have an epsilon of 1e-6 where SAM's have 1e-5, which is what is used here.
    expectAnswers("hugging-face", thinned(found), 1e-3);
    const tuned = await answersOf(goldenPath("hugging-face/adapter"), { base: goldenPath("hugging-face") }, true);
    expectAnswers("peft", thinned(tuned.found), 1e-3);
  });
});

const organs = ["spleen", "right kidney", "left kidney", "gallbladder", "liver", "stomach", "aorta", "pancreas"];

it("SAMed gives classes of a picture, and takes no prompts", async () => {
  const sam = await loadSam(goldenPath("lora/samed.pth"), { base, imageSize: 96, classNames: organs, device: "cpu" });
  await expect(sam.finetune([tinyCase()])).rejects.toThrow(/segments classes and cannot be trained on prompts/);
  try {
    const data = Uint8Array.from(uniform("slice", 50 * 40), (value) => 128 + 120 * value);
    const image = { width: 50, height: 40, channels: 1, data, spacing: null, window: null, source: "slice" } as const;
    const found = await sam.segment(image);
    expect(found).toMatchObject({
      width: 50,
      height: 40,
      kind: "classes",
      classNames: sam.classNames,
      source: "slice",
    });
    expect(sam.classNames).toEqual(["background", ...organs]);
    expect(found.labels.length).toBeGreaterThan(2);
    expect(found.only(organs[found.labels[0] - 1])).toEqual(found.only(found.labels[0]));
    expect(() => found.only("lung")).toThrow(/no class "lung"/);
    const other = await sam.embed({ ...image, width: 40, height: 50 });
    await expect(sam.segment(image, { embedding: other })).rejects.toMatchObject({ field: "embedding" });
    await sam.setImage(image);
    await expect(sam.predict({ box: [1, 1, 9, 9] })).rejects.toMatchObject({
      code: "prompt-unsupported",
      message: expect.stringMatching(/sam\.segment\(image\)/),
    });
    // Exported, it is one file that says what it is.
    const path = join(await folder(), "samed.safetensors");
    await sam.export(path);
    const whole = await loadSam(path, { device: "cpu" });
    expect(whole).toMatchObject({ preprocessing: "SAMed", prompts: { box: false } });
    expect(whole.classNames).toEqual(sam.classNames);
    expect((await whole.segment(image)).data).toEqual(found.data);
    await whole.dispose();
  } finally {
    await sam.dispose();
  }
  const plain = await loadSam(goldenPath("tiny-sam.pth"), { device: "cpu" });
  expect(plain.classNames).toEqual([]);
  await expect(loadSam(goldenPath("tiny-sam.pth"), { classNames: ["liver"] })).rejects.toMatchObject({
    code: "argument-invalid",
    field: "classNames",
  });
  await plain.dispose();
});

describe("a model of several files is refused", () => {
  const read = async (path: string, options: Parameters<typeof modelFiles>[1] = {}) =>
    readModel(await modelFiles(chooseModel(path), options));

  it.each([
    ["lora/samed.pth", /low-rank updates \(LoRA\) of SAMed, without the weights .* base: "sam-vit-b"/],
    ["hugging-face/adapter", /of Hugging Face PEFT, without the weights/],
  ])("%s without its base", async (name, message) => {
    await expect(read(goldenPath(name))).rejects.toMatchObject({
      code: "checkpoint-invalid",
      field: "base",
      message: expect.stringMatching(message),
    });
  });

  it("when the base is another model, or stands beside whole weights", async () => {
    await expect(read(goldenPath("lora/samed.pth"), { base: goldenPath("tiny-sam.pth") })).rejects.toMatchObject({
      code: "tensor-shape",
      message: expect.stringMatching(/w_a_000 \[2, 12\] and w_b_000 \[12, 2\] do not fit .*qkv\.weight \[144, 48\]/),
    });
    await expect(read(goldenPath("tiny-sam.pth"), { base })).rejects.toMatchObject({
      message: expect.stringMatching(/holds nothing that is put on .*: no low-rank updates/),
    });
    await expect(read(goldenPath("lora/samed.pth"), { base: "sam-vit-x" })).rejects.toMatchObject({
      code: "model-unknown",
    });
  });

  it("when an input size is given for what has its own", async () => {
    await expect(read(goldenPath("tiny-sam.pth"), { imageSize: 512 })).rejects.toMatchObject({
      code: "argument-invalid",
      field: "imageSize",
    });
  });

  it("when SAMed's factors are not two for each block, so that nobody knows whose they are", async () => {
    const checkpoint = await openCheckpoint(goldenPath("lora/samed.pth"));
    const { tensors } = await readTensors(checkpoint);
    await checkpoint.close();
    const last = [...tensors.keys()]
      .filter((name) => name.startsWith("w_a_"))
      .sort()
      .at(-1)!;
    for (const name of [last, last.replace("w_a_", "w_b_")]) (tensors as Map<string, unknown>).delete(name);
    const path = join(await folder(), "part.safetensors");
    await writeFile(path, Buffer.concat(safetensorsPieces(tensors, {})));
    await expect(read(path, { base })).rejects.toMatchObject({
      code: "checkpoint-invalid",
      field: "w_a_",
      message: expect.stringMatching(/has \d+ factor pairs w_a_, w_b_ for \d+ blocks of image_encoder\.blocks/),
    });
  });

  it("when PEFT's configuration is missing, or asks for what is not merged", async () => {
    const here = join(await folder(), "adapter");
    await cp(goldenPath("hugging-face/adapter"), here, { recursive: true });
    const options = { base: goldenPath("hugging-face") };
    const config = JSON.parse(await readFile(join(here, "adapter_config.json"), "utf8"));
    await writeFile(
      join(here, "adapter_config.json"),
      JSON.stringify({ ...config, base_model_name_or_path: "facebook/sam-vit-base" }),
    );
    vi.stubEnv("SAMLAB_CACHE", here);
    // The base that it names is looked for, unless another is given.
    await expect(read(here)).rejects.toMatchObject({
      code: "file-missing",
      message: expect.stringMatching(/samlab models get sam-vit-b/),
    });
    vi.unstubAllEnvs();
    const configure = (changes: object) =>
      writeFile(join(here, "adapter_config.json"), JSON.stringify({ ...config, ...changes }));
    await configure({ use_dora: true });
    await expect(read(here, options)).rejects.toMatchObject({ code: "checkpoint-invalid", field: "use_dora" });
    // PEFT subtracts the first update from the base there.
    for (const start of ["pissa_niter_4", "olora", "corda"]) {
      await configure({ init_lora_weights: start });
      await expect(read(here, options)).rejects.toMatchObject({ field: "init_lora_weights" });
    }
    for (const start of [true, false, "gaussian"]) {
      await configure({ init_lora_weights: start });
      await read(here, options);
    }
    await rm(join(here, "adapter_config.json"));
    await expect(read(here, options)).rejects.toMatchObject({
      code: "file-missing",
      message: expect.stringMatching(/adapter_config\.json/),
    });
  });

  it("when a folder holds no weights", async () => {
    const here = await folder();
    await expect(read(here)).rejects.toMatchObject({ code: "file-missing", file: here });
    await writeFile(join(here, "model.safetensors.index.json"), "{}");
    const pieces = (remedy: RegExp) => ({
      message: expect.stringMatching(/in several pieces/),
      remedy: expect.stringMatching(remedy),
    });
    await expect(read(here)).rejects.toMatchObject(pieces(/^Join them: SamModel\.from_pretrained/));
    await writeFile(join(here, "config.json"), JSON.stringify({ architectures: ["Sam2VideoModel"] }));
    await expect(read(here)).rejects.toMatchObject(pieces(/^Join them: Sam2VideoModel\.from_pretrained/));
  });
});
