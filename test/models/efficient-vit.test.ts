import { describe, expect, it } from "vitest";
import { compileSam } from "../../src/models/compile.js";
import { readGolden } from "../support/golden.js";
import { misfits, publishedLayout, smallModel } from "../support/light-models.js";
import { temporaryCache } from "../support/temporary.js";

const cache = temporaryCache();

describe("a model with EfficientViT", () => {
  it.each([
    ["efficient-vit-sam-l", 512, "EfficientViT 8/12/16/32/64, 512×512"],
    ["efficient-vit-sam-xl", 1024, "EfficientViT 4/8/12/16/32/64, 1024×1024"],
  ])("%s answers as the project's own predictor, to pictures of odd sizes", async (name, inputSize, summary) => {
    const sam = await smallModel(name, cache());
    try {
      expect(sam.architecture).toMatchObject({ encoder: "efficient-vit", imageSize: 1024, inputSize, summary });
      expect(sam.notes).toEqual([]);
      const found = await misfits(sam, name, await readGolden("light/light.safetensors"));
      if (process.env.SAMLAB_SHOW) console.log(found);
      for (const [what, share] of found) expect(share, what).toBeLessThan(what.endsWith("masks") ? 1e-3 : 2e-4);
    } finally {
      await sam.dispose();
    }
  });

  const [large, extra] = ["32/64/128/256/512, 512×512", "32/64/128/256/512/1024, 1024×1024"];
  it.each([
    ["l0", large],
    ["l1", large],
    ["l2", large],
    ["xl0", extra],
    ["xl1", extra],
  ])("of the published layout %s is read to its last tensor", (size, summary) => {
    const { architecture, encoder } = compileSam(publishedLayout(`efficientvit-sam-${size}`));
    expect(architecture).toMatchObject({ encoder: "efficient-vit", masks: 4, summary: `EfficientViT ${summary}` });
    expect(encoder.outputs.map(({ dims }) => dims)).toEqual([[1, 256, 64, 64]]);
  });
});
