import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { autoSam } from "../../src/autoprompt/auto-sam.js";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import { maskBox } from "../../src/core/mask.js";
import type { PromptSet } from "../../src/core/prompt.js";
import { evaluate, loadSam, samples, sampleVolume, segmentVolume } from "../../src/index.js";
import type { Image2d } from "../../src/io/image/image.js";
import { type LoadedSam, samSource } from "../../src/predict/loaded-sam.js";
import { modelFrame, modelInput, modelPicture } from "../../src/predict/preprocess.js";
import { promptPictures } from "../../src/predict/scribble-prompt-decoder.js";
import { drawn, uniform } from "../support/drawn.js";
import { type Golden, goldenPath, maxDifference, readGolden } from "../support/golden.js";
import { misfit, thinned } from "../support/misfit.js";
import { temporaryFolders } from "../support/temporary.js";

const shapes: readonly (readonly [name: string, dims: readonly number[]])[] = JSON.parse(
  readFileSync(goldenPath("scribble-prompt/scribble-prompt.json"), "utf8"),
);
const folder = temporaryFolders();
let golden: Golden;
let sam: LoadedSam;

beforeAll(async () => {
  golden = await readGolden("scribble-prompt/scribble-prompt.safetensors");
});
beforeEach(async () => {
  const cache = await folder();
  vi.stubEnv("SAMLAB_CACHE", cache);
  const path = join(cache, "unet.safetensors");
  await writeFile(path, safetensorsPieces(new Map(shapes.map(([name, dims]) => [name, drawn(name, dims)])), {}));
  sam = await loadSam(path, { device: "cpu" });
});
afterEach(async () => {
  await sam.dispose();
  vi.unstubAllEnvs();
});

it("says that nothing of it runs on 8 bits", async () => {
  const int8 = await loadSam(samSource(sam).nameOrPath, { precision: "int8" });
  expect(int8.notes).toContain("int8 changes nothing: this image encoder has no large matrix products.");
  await int8.dispose();
});

/** As test/golden/scribble-prompt/make.py. */
function picture(width: number, height: number, channels: 1 | 3): Image2d {
  const noise = uniform(`scribble ${width}x${height}`, width * height * channels);
  const data = Uint8Array.from(noise, (value) => Math.floor(120 + 100 * value));
  return { width, height, channels, data, spacing: null, window: null, source: "picture" };
}

describe.each([
  [157, 101, 1],
  [333, 401, 3],
] as const)("ScribblePrompt answers as its own code on %i×%i pixels of %i", (width, height, channels) => {
  const at = (x: number, y: number) => [x * width, y * height] as const;
  const point = (x: number, y: number, label: 0 | 1) => ({ x: x * width, y: y * height, label });
  const points = [point(0.31, 0.47, 1), point(0.82, 0.13, 0), point(0.55, 0.66, 1)];
  const box = [...at(0.21, 0.33), ...at(0.72, 0.91)] as const;
  const scribbles = [
    { path: [at(0.3, 0.4), at(0.5, 0.45), at(0.6, 0.7)] },
    { path: [at(-0.1, 0.1), at(0.9, 0.2)], label: 0 },
    { path: [at(0.2, 0.6), at(0.4, 0.8)], label: 1 },
  ] as const;
  const name = `${width}x${height}`;
  const image = picture(width, height, channels);

  it("to points, a box, lines, and all with logits, in one batch", async () => {
    expect(sam.architecture).toMatchObject({ head: "scribble-prompt", encoder: "none", imageSize: 128 });
    expect(sam.prompts).toMatchObject({ points: true, box: true, mask: true, scribbles: true });
    const embedding = await sam.embed(image);
    const [first] = await sam.predictBatch([{ points }], { embedding });
    const all: PromptSet = { points, box, scribbles, maskInput: first!.lowResLogits };
    const prompts: Record<string, PromptSet> = { points: { points }, box: { box }, scribbles: { scribbles }, all };
    const predictions = await sam.predictBatch(Object.values(prompts), { embedding, multimask: true });
    const frame = modelFrame(width, height, 128, "scribble-prompt");
    const gray = modelInput(modelPicture(image), frame, "scribble-prompt").subarray(0, 128 * 128);
    for (const [n, [kind, prompt]] of Object.entries(prompts).entries()) {
      const { lowResLogits, mask, predictedIou, candidates } = predictions[n]!;
      const input = Float32Array.from([...gray, ...promptPictures(prompt, frame)]);
      expect(maxDifference(thinned(input), golden.get(`${name}.${kind}.input`).data), kind).toBeLessThan(1e-5);
      const share = misfit(thinned(lowResLogits), golden.get(`${name}.${kind}.logits`).data);
      if (process.env.SAMLAB_SHOW) console.log(name, kind, share);
      expect(share, kind).toBeLessThan(1e-3);
      const bits = golden.get(`${name}.${kind}.mask`).data;
      const others = mask.data.filter((value, k) => value !== ((bits[k >> 3]! >> (7 - (k & 7))) & 1));
      expect(others.length / mask.data.length, `${kind} mask`).toBeLessThan(1e-3);
      expect(candidates).toEqual([]);
      const sum = (of: (p: number, isInside: boolean) => number) =>
        lowResLogits.reduce((total, logit) => total + of(1 / (1 + Math.exp(-logit)), logit > 0), 0);
      const expected = sum((p, isInside) => (isInside ? p : 0)) / sum((p, isInside) => (isInside ? 1 : p));
      expect(predictedIou).toBeCloseTo(expected, 4);
    }
  });
});

describe("ScribblePrompt", () => {
  it("keeps prompts at the very edge inside its picture", () => {
    const frame = modelFrame(40, 300, 128, "scribble-prompt");
    const pictures = promptPictures(
      {
        points: [
          { x: -0.5, y: -0.5 },
          { x: 39.5, y: 299.5, label: 0 },
        ],
        box: [-0.5, -0.5, 40, 300],
      },
      frame,
    );
    const sums = [0, 1, 2, 3].map((n) => pictures.subarray(n * 16384, (n + 1) * 16384).reduce((a, b) => a + b, 0));
    expect(sums).toEqual([16384, 1, 1, 0]);
    expect(pictures[16384]).toBe(1);
    // x 39.5 of 40 lies in the last column but one.
    expect(pictures[3 * 16384 - 2]).toBe(1);
  });

  it("finds regions by everything mode, though it has no alternatives", async () => {
    const automask = { pointsPerSide: 3, predIouThresh: 0, stabilityScoreThresh: 0 };
    const found = await sam.segment(picture(157, 101, 1), { automask });
    expect(found.labels.length).toBeGreaterThan(0);
  });

  it("refuses what it cannot do", async () => {
    const image = picture(157, 101, 1);
    const embedding = await sam.embed(image);
    const invalid = { code: "prompt-invalid", field: "scribbles[0]" };
    for (const scribble of [
      { path: [] },
      { path: [[200, 5]] },
      { path: [[5, Number.NaN]] },
      { path: [[5, 5]], label: 2 },
    ])
      await expect(sam.predict({ scribbles: [scribble] } as never, { embedding })).rejects.toMatchObject(invalid);
    await expect(sam.predict({ scribbles: [] }, { embedding })).rejects.toMatchObject({ code: "prompt-invalid" });
    await expect(sam.predict({ maskInput: new Float32Array(9) }, { embedding })).rejects.toMatchObject({
      code: "prompt-invalid",
      field: "maskInput",
    });
    const truth = { width: 157, height: 101, data: new Uint8Array(157 * 101).fill(1, 3000, 5000) };
    const cases = [{ image, truth }];
    const untrained = { code: "argument-invalid", field: "sam" };
    await expect(sam.finetune(cases, { steps: 1 })).rejects.toMatchObject(untrained);
    await expect(autoSam(sam, cases)).rejects.toMatchObject(untrained);
    const other = await loadSam(goldenPath("tiny-sam.pth"), { device: "cpu" });
    try {
      const lines: PromptSet = { scribbles: [{ path: [[5, 5]] }] };
      await expect(other.predict(lines, { embedding: await other.embed(image) })).rejects.toMatchObject({
        code: "prompt-unsupported",
        field: "scribbles",
      });
    } finally {
      await other.dispose();
    }
  });

  it("takes a mask of its own back as a prompt", async () => {
    const image = picture(157, 101, 1);
    const embedding = await sam.embed(image);
    const { mask } = await sam.predict({ box: [30, 20, 110, 80] }, { embedding });
    const again = await sam.predict({ box: [30, 20, 110, 80], maskInput: sam.maskInput(mask) }, { embedding });
    expect(again.lowResLogits).toHaveLength(128 * 128);
  });
});

it("is evaluated, and follows an object through a volume, as any other model", async () => {
  const entry = (await samples()).find(({ id }) => id === "brain1")!;
  const data = [{ ...entry, slicing: { ...entry.slicing, slices: [15] } }];
  const { rows, footnote } = await evaluate({ models: sam, data, prompts: ["box", "points:1", "scribble:2"] });
  expect(rows.map(({ strategy, clicks, failure }) => [strategy, clicks, failure])).toEqual([
    ["box", 0, ""],
    ["points:1", 1, ""],
    ["scribble:2", 2, ""],
  ]);
  for (const { dice, predictedIou } of rows) {
    expect(dice).toBeGreaterThanOrEqual(0);
    expect(predictedIou).toBeGreaterThanOrEqual(0);
    expect(predictedIou).toBeLessThanOrEqual(1);
  }
  expect(footnote).toContain("ScribblePrompt");
  const { volume, truth } = await sampleVolume("brain1");
  const prompts = [{ slice: 15, box: maskBox(truth.slice(15))! }];
  const { slices } = await segmentVolume(sam, volume, { prompts, range: [14, 16], stop: false });
  expect(slices.map(({ slice }) => slice)).toContain(15);
});
