import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FineTuned, FinetuneOptions } from "../../../src/finetune/types.js";
import { cachedEmbeddings } from "../../support/cached-embeddings.js";
import { temporaryFolders } from "../../support/temporary.js";
import { tinyCase, tinyTuned } from "../../support/tiny-tuned.js";

const folder = temporaryFolders();
const tuned: FineTuned[] = [];
let cache: string;
beforeEach(async () => {
  cache = await folder();
  vi.stubEnv("SAMLAB_CACHE", cache);
});
afterEach(async () => {
  for (const { sam } of tuned.splice(0)) await sam.dispose();
  vi.unstubAllEnvs();
});

async function train(options: FinetuneOptions): Promise<FineTuned & { readonly images: number }> {
  let images = 0;
  const result = await tinyTuned({
    ...options,
    onProgress: ({ phase }) => {
      if (phase === "embedding") images++;
    },
  });
  tuned.push(result);
  return { ...result, images };
}

describe("training on varied images", () => {
  it("encodes each variant once where the encoder is frozen, and those watched as they are", async () => {
    const options = { steps: 6, augment: true, validation: [tinyCase(6)] };
    const first = await train(options);
    expect(first.images).toBe(9);
    await expect.poll(() => cachedEmbeddings(cache)).toHaveLength(9);
    expect(JSON.parse(first.adapter.metadata.augment!)).toMatchObject({ flip: true, gamma: 1.4 });
    const again = await train(options);
    expect(again.adapter.hash).toBe(first.adapter.hash);
    expect(await cachedEmbeddings(cache)).toHaveLength(9);
    const [seed, without] = [await train({ ...options, seed: 1 }), await train({ ...options, augment: false })];
    expect(new Set([first, seed, without].map(({ adapter }) => adapter.hash)).size).toBe(3);
    expect(without.adapter.metadata.augment).toBeUndefined();
    expect(without.images).toBe(2);
  });

  it("draws a variant for each step where the encoder runs in it, the same for the same seed", async () => {
    const options: FinetuneOptions = { recipe: "normAndBias", steps: 3, augment: { turn: true } };
    const first = await train(options);
    expect(first.images).toBe(1);
    expect((await train(options)).adapter.hash).toBe(first.adapter.hash);
    expect((await train({ ...options, augment: false })).adapter.hash).not.toBe(first.adapter.hash);
    expect(await cachedEmbeddings(cache).catch(() => [])).toEqual([]);
  });
});
