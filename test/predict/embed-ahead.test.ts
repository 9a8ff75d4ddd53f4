import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { sampleVolume } from "../../src/datasets/samples.js";
import { loadSam } from "../../src/predict/load-sam.js";
import { temporaryCache } from "../support/temporary.js";
import { tinyCase, tinySam } from "../support/tiny-tuned.js";
import { describeWithWeights } from "../support/weights.js";

describeWithWeights("embedAhead", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("gives the same embedding as embed, without a prompt waiting for it", { timeout: 240_000 }, async () => {
    // Each of the two embeddings is made, and not read.
    vi.stubEnv("SAMLAB_EMBEDDING_CACHE_MB", "0");
    const random = seededRandom("embed ahead");
    const { volume } = await sampleVolume("brain1");
    const sam = await loadSam("lite-medsam-clicks", { device: "cpu" });
    const embedding = await sam.embed(volume.slice(15));
    const slice = volume.slice(14);
    const noisy = { ...slice, data: slice.data.map((value) => value + 40 * random()) as typeof slice.data };
    const ended: string[] = [];
    const ahead = sam.embedAhead(noisy).finally(() => ended.push("ahead"));
    // Until it is at work.
    await new Promise((resolve) => setTimeout(resolve, 150));
    const prompt = { points: [{ x: 181, y: 151 }] };
    await sam.predict(prompt, { embedding }).finally(() => ended.push("prompt"));
    const quiet = await ahead;
    expect(ended).toEqual(["prompt", "ahead"]);
    const { mask, lowResLogits } = await sam.predict(prompt, { embedding: quiet! });
    const expected = await sam.predict(prompt, { embedding: await sam.embed(noisy) });
    expect(lowResLogits).toEqual(expected.lowResLogits);
    expect(mask.data).toEqual(expected.mask.data);
    await sam.dispose();
  });
});

describe("embedAhead of a model whose graphs were deleted from the cache", () => {
  const cache = temporaryCache();

  it("has no background; everything else goes on", async () => {
    const sam = await loadSam(tinySam, { device: "cpu" });
    const { image } = tinyCase();
    await rm(join(cache(), "graphs"), { recursive: true });
    expect(await sam.embedAhead(image)).toBeNull();
    await sam.setImage(image);
    await sam.dispose();
  });
});
