import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { autoSam } from "../../src/autoprompt/auto-sam.js";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import { loadSam } from "../../src/index.js";
import type { Image2d } from "../../src/io/image/image.js";
import { compileSam, embeddingDims, graphNames } from "../../src/models/compile.js";
import { Weights } from "../../src/models/weights.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import type { MaskCandidate, Prediction } from "../../src/predict/sam.js";
import { drawn, drawnCheckpoint, drawnPicture, uniform } from "../support/drawn.js";
import { type Golden, goldenPath, readGolden } from "../support/golden.js";
import { misfit, thinned } from "../support/misfit.js";
import { runGraph } from "../support/run-graph.js";
import { temporaryFolders } from "../support/temporary.js";

interface Family {
  readonly size: number;
  readonly tensors: readonly (readonly [name: string, dims: readonly number[]])[];
}

const families: Readonly<Record<string, Family>> = JSON.parse(readFileSync(goldenPath("hq-sam/hq-sam.json"), "utf8"));

let golden: Golden;
beforeAll(async () => {
  golden = await readGolden("hq-sam/hq-sam.safetensors");
});

function expectFit(name: string, found: Readonly<Record<string, ArrayLike<number>>>): void {
  const shares = Object.entries(found).map(([what, data]) => {
    const expected = golden.get(`${name}.${what}`).data;
    return [
      what,
      misfit(what === "iou" ? Float32Array.from(data) : thinned(Float32Array.from(data)), expected),
    ] as const;
  });
  if (process.env.SAMLAB_SHOW) console.log(name, Object.fromEntries(shares));
  for (const [what, share] of shares) expect(share, `${name} ${what}`).toBeLessThan(1e-3);
}

describe("HQ-SAM answers two prompts at once as its own code", () => {
  it.each(Object.entries(families))("%s", async (name, { size, tensors }) => {
    const sam = compileSam(await Weights.load([drawnCheckpoint(name, tensors)]));
    const { architecture } = sam;
    expect(architecture).toMatchObject({ head: "hq-sam", imageSize: size, preprocessing: "sam", masks: 4 });
    expect(architecture.summary).toMatch(/^HQ-SAM, /);
    const image = { type: "float32", dims: [1, 3, size, size], data: drawnPicture(size) } as const;
    const embedding = (await runGraph(sam.encoder, { [graphNames.image]: image }))[graphNames.imageEmbedding];
    expect(embedding.dims).toEqual(embeddingDims(architecture));
    const projected = await runGraph(sam.projection!, { [graphNames.imageEmbedding]: embedding });
    const points = [
      [0.3, 0.4, 0.7, 0.2],
      [0.6, 0.8, 0.1, 0.5],
    ].map((xy) => [...xy.map((share) => share * size), 0, 0]);
    const outputs = await runGraph(sam.promptDecoder!, {
      ...projected,
      [graphNames.pointCoords]: { type: "float32", dims: [2, 3, 2], data: Float32Array.from(points.flat()) },
      [graphNames.pointLabels]: { type: "int32", dims: [2, 3], data: Int32Array.of(1, 0, -1, 1, 1, -1) },
    });
    const whole = embedding.data as Float32Array;
    const pixels = architecture.width * architecture.embedSize ** 2;
    expectFit(name, {
      embedding: whole.subarray(0, pixels),
      early: whole.subarray(pixels),
      logits: outputs[graphNames.lowResLogits].data as Float32Array,
      iou: outputs[graphNames.predictedIou].data as Float32Array,
    });
  });
});

describe("HQ-SAM, from a picture to its mask", () => {
  const folder = temporaryFolders();
  let path: string;
  let opened: LoadedSam[];
  beforeEach(async () => {
    const cache = await folder();
    vi.stubEnv("SAMLAB_CACHE", cache);
    path = join(cache, "sam_hq_vit_b.safetensors");
    const tensors = families["vit-b"]!.tensors.map(([name, dims]) => [name, drawn(name, dims)] as const);
    await writeFile(path, safetensorsPieces(new Map(tensors), {}));
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((sam) => sam.dispose()));
    vi.unstubAllEnvs();
  });

  const load = async (options: Parameters<typeof loadSam>[1] = {}, file = path) => {
    const sam = await loadSam(file, { device: "cpu", ...options });
    opened.push(sam);
    return sam;
  };

  /** As test/golden/hq-sam/make.py. */
  const picture = (width: number, height: number): Image2d => ({
    width,
    height,
    channels: 3,
    data: Uint8Array.from(uniform(`hq ${width}x${height}`, 3 * width * height), (value) =>
      Math.floor(128 + 120 * value),
    ),
    spacing: null,
    window: null,
    source: "picture",
  });

  function expectMask(name: string, { mask, lowResLogits, predictedIou }: MaskCandidate): void {
    expectFit(`path.${name}`, { logits: lowResLogits, iou: [predictedIou] });
    const bits = golden.get(`path.${name}.mask`).data;
    const others = mask.data.filter((value, n) => value !== ((bits[n >> 3]! >> (7 - (n & 7))) & 1));
    expect(others.length / mask.data.length, `${name} mask`).toBeLessThan(2e-3);
  }

  const best = ({ candidates }: Prediction) => candidates.reduce((a, b) => (b.predictedIou > a.predictedIou ? b : a));

  it.each([
    [157, 101],
    [333, 401],
  ])("%i×%i", async (width, height) => {
    const [sam, token] = [await load(), await load({ hqTokenOnly: true })];
    const image = picture(width, height);
    const embedding = await sam.embed(image);
    const points = [
      { x: 0.4 * width, y: 0.5 * height },
      { x: 0.8 * width, y: 0.1 * height, label: 0 },
    ] as const;
    const box = [0.2 * width, 0.3 * height, 0.7 * width, 0.9 * height] as const;
    const clicked = await sam.predict({ points }, { embedding, multimask: true });
    const name = `${width}x${height}`;
    expectMask(`${name}.points`, clicked);
    expectMask(`${name}.best`, best(clicked));
    const [boxed, refined] = await sam.predictBatch([{ box }, { points, box, maskInput: clicked.lowResLogits }], {
      embedding,
    });
    expectMask(`${name}.box`, boxed!);
    expectMask(`${name}.mask`, refined!);
    // The embedding is the same, so it comes from the other's cache.
    await expect.poll(async () => (await token.embed(image)).fromCache).toBe(true);
    expectMask(`${name}.token`, await token.predict({ points }, { embedding: await token.embed(image) }));
    expect(token.hash).not.toBe(sam.hash);
    expect(token.name).toMatch(/HQ token only/);
  });

  it("is told apart by its option also in an export, which another model does not have", async () => {
    const image = picture(157, 101);
    const prompt = { box: [20, 20, 90, 80] } as const;
    const token = await load({ hqTokenOnly: true });
    const file = join(await folder(), "token.safetensors");
    await token.export(file);
    const again = await load({}, file);
    const ask = async (sam: LoadedSam) =>
      (await sam.predict(prompt, { embedding: await sam.embed(image) })).lowResLogits;
    expect(await ask(again)).toEqual(await ask(token));
    await expect(load({ hqTokenOnly: true }, goldenPath("tiny-sam.pth"))).rejects.toMatchObject({
      code: "argument-invalid",
      field: "hqTokenOnly",
    });
  });

  it("can be fine-tuned, and says that it has no place for a decoder of classes", async () => {
    const sam = await load();
    const image = picture(157, 101);
    const data = Uint8Array.from({ length: 157 * 101 }, (_, n) => {
      const [x, y] = [n % 157, Math.floor(n / 157)];
      return (x - 70) ** 2 + (y - 50) ** 2 < 900 ? 1 : 0;
    });
    const cases = [{ image, truth: { width: 157, height: 101, data } }];
    const { sam: tuned, history, adapter } = await sam.finetune(cases, { steps: 8, prompts: { box: 1 }, seed: 1 });
    opened.push(tuned);
    expect(history.loss.at(-1)!).toBeLessThan(history.loss[0]!);
    expect([...adapter.tensors.keys()]).toContain("mask_decoder.compress_vit_feat.0.weight");
    await expect(autoSam(sam, cases)).rejects.toMatchObject({ code: "argument-invalid", field: "sam" });
  });

  it("segments without a prompt by everything mode", async () => {
    const sam = await load();
    const found = await sam.segment(picture(157, 101), {
      automask: { pointsPerSide: 3, predIouThresh: 0, stabilityScoreThresh: 0 },
    });
    expect(found.kind).toBe("regions");
    expect(found.labels.length).toBeGreaterThan(0);
  });
});
