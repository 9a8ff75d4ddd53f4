import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maskArea, packMask, unpackMask } from "../../src/core/mask.js";
import { seededRandom } from "../../src/core/random.js";
import { distillClicks } from "../../src/distill/distill.js";
import { answersOf, maskOf, teach } from "../../src/distill/lesson.js";
import { syntheticPicture } from "../../src/distill/synthetic.js";
import { Adapter } from "../../src/models/adapter.js";
import { loadSam } from "../../src/predict/load-sam.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { goldenPath } from "../support/golden.js";
import { describeWithWeights } from "../support/weights.js";

describe("distilling clicks", () => {
  let sam: LoadedSam;
  beforeAll(async () => {
    sam = await loadSam(goldenPath("tiny-sam.pth"), { device: "cpu" });
  });
  afterAll(() => sam.dispose());

  it("changes the decoder and the click embeddings alone, the same way for the same seed", async () => {
    const losses: number[] = [];
    const looked: string[] = [];
    const run = (seed: number) =>
      distillClicks(sam, [], {
        synthetic: 2,
        steps: 6,
        seed,
        onProgress: ({ phase, done, total, loss }) => {
          if (phase === "training") losses.push(loss);
          else looked.push(`${done} of ${total}`);
        },
      });
    const adapter = await run(3);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(looked).toEqual(["1 of 2", "2 of 2"]);
    for (const name of adapter.tensors.keys()) {
      expect(name).toMatch(/^mask_decoder\.|^prompt_encoder\.(point_embeddings\.[01]|not_a_point_embed)\./);
    }
    expect(adapter.metadata).toMatchObject({ recipe: "clicks", steps: "6", images: "0 and 2 synthetic" });
    expect((await run(3)).hash).toBe(adapter.hash);
    expect((await run(4)).hash).not.toBe(adapter.hash);
  }, 60_000);

  it.each([
    ["steps", { steps: 0 }],
    ["steps", { steps: 2.5 }],
    ["learningRate", { learningRate: -0.001 }],
    ["seed", { seed: Number.NaN }],
    ["synthetic", { synthetic: -1 }],
    ["stepz", { stepz: 3 }],
  ])("refuses settings that no training can have: %s of %j", async (field, options) => {
    await expect(distillClicks(sam, [], { synthetic: 1, ...options })).rejects.toMatchObject({
      code: "argument-invalid",
      field,
    });
  });

  it("resumes an earlier one", async () => {
    const run = (steps: number, from?: Adapter) =>
      distillClicks(sam, [], { synthetic: 2, steps, ...(from ? { from } : {}) });
    const first = await run(3);
    const second = await run(3, first);
    expect(second.metadata.from).toBe(first.hash);
    const moved = (adapter: Adapter, other: Adapter) => {
      const name = "prompt_encoder.point_embeddings.1.weight";
      const [a, b] = [adapter, other].map(({ tensors }) => tensors.get(name)?.data ?? new Float32Array(1));
      return Math.max(...a.map((value, n) => Math.abs(value - b[n])));
    };
    const base = await distillClicks(sam, [], { synthetic: 2, steps: 1, learningRate: 1e-12 });
    expect(moved(second, base)).toBeGreaterThan(moved(first, base));
    const foreign = Adapter.create(first.tensors, { ...first.metadata, baseHash: "0".repeat(64) });
    await expect(run(1, foreign)).rejects.toMatchObject({ code: "hash-mismatch" });
  }, 60_000);

  it("stops on request, and reports if nothing can be learned", async () => {
    const controller = new AbortController();
    const run = distillClicks(sam, [], {
      synthetic: 2,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(run).rejects.toMatchObject({ code: "canceled" });
    await expect(distillClicks(sam, [], { synthetic: 0 })).rejects.toMatchObject({ code: "argument-invalid" });
  });
});

describeWithWeights("a model that knows boxes", () => {
  it("is accepted if its mask agrees with the prompted region", async () => {
    const sam = await loadSam("lite-medsam", { device: "cpu" });
    try {
      const { image } = syntheticPicture(256, seededRandom("lesson", 1), "blobs");
      const { objects, boxes } = await teach(sam, image, seededRandom("regions"));
      expect(objects.length).toBeGreaterThan(0);
      for (const { mask, area } of objects) {
        expect(mask).toHaveLength((256 * 256) / 8);
        expect(area).toBe(maskArea(unpackMask(mask, 256, 256)));
      }
      // What it is believed in are its answers; beside them it was asked about boxes round two regions.
      expect(boxes.length).toBeGreaterThan(objects.length);
      const answers = await answersOf(sam, image, boxes);
      const known = new Set(answers.map((logits) => packMask(maskOf(logits, 256)).join()));
      expect(objects.every(({ mask }) => known.has(mask.join()))).toBe(true);
    } finally {
      await sam.dispose();
    }
  }, 60_000);
});
