import { describe, expect, it } from "vitest";
import { compileSam } from "../../src/models/compile.js";
import { readGolden } from "../support/golden.js";
import { misfits, publishedLayout, smallModel } from "../support/light-models.js";
import { temporaryCache } from "../support/temporary.js";

const cache = temporaryCache();

describe("a model with RepViT", () => {
  it.each([
    ["rep-vit-sam", "RepViT 16/24/320/40, 1024×1024"],
    ["edge-sam", "RepViT 16/24/32/48, 1024×1024"],
  ])("%s answers as the project's own predictor, to pictures of odd sizes", async (name, summary) => {
    const sam = await smallModel(name, cache());
    try {
      expect(sam.architecture).toMatchObject({ encoder: "rep-vit", preprocessing: "sam", inputSize: 1024, summary });
      expect(sam.notes).toEqual([]);
      const found = await misfits(sam, name, await readGolden("light/light.safetensors"));
      if (process.env.SAMLAB_SHOW) console.log(found);
      for (const [what, share] of found) expect(share, what).toBeLessThan(what.endsWith("masks") ? 1e-3 : 2e-4);
    } finally {
      await sam.dispose();
    }
  });

  it.each([
    ["repvit-sam", "RepViT 80/160/320/640, 1024×1024"],
    ["edge-sam", "RepViT 48/96/192/384, 1024×1024"],
  ])("of the published layout of %s is read to its last tensor", (name, summary) => {
    const { architecture, encoder } = compileSam(publishedLayout(name));
    expect(architecture).toMatchObject({ encoder: "rep-vit", masks: 4, summary });
    expect(encoder.outputs.map(({ dims }) => dims)).toEqual([[1, 256, 64, 64]]);
  });
});
