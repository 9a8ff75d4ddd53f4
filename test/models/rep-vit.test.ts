import { describe, expect, it } from "vitest";
import { showSamlabValue } from "../../kernel-ext/display/samlab-values.js";
import { evaluate, type MaskCandidate, samples } from "../../src/index.js";
import { compileSam } from "../../src/models/compile.js";
import { readGolden } from "../support/golden.js";
import { misfits, publishedLayout, smallModel } from "../support/light-models.js";
import { temporaryCache } from "../support/temporary.js";
import { tinyCase } from "../support/tiny-tuned.js";

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

  it("of EdgeSAM rates its masks by their stability, and says so", async () => {
    const sam = await smallModel("edge-sam", cache());
    try {
      const { image } = tinyCase();
      const box = [5, 4, 16, 10] as const;
      const asked = { embedding: await sam.embed(image), multimask: true };
      const prediction = await sam.predict({ box }, asked);
      const masks = [prediction, ...prediction.candidates];
      const share = ({ lowResLogits }: MaskCandidate) => {
        const above = (limit: number) => lowResLogits.filter((logit) => logit > limit).length;
        return above(1) / above(-1);
      };
      expect([sam.quality, ...masks.map(({ quality }) => quality)]).toEqual(Array(5).fill("stability"));
      expect(masks.map(({ predictedIou }) => predictedIou)).toEqual(masks.map(share));
      const entry = (await samples()).find(({ id }) => id === "brain1")!;
      const data = [{ ...entry, slicing: { ...entry.slicing, slices: [15] } }];
      const { rows, footnote } = await evaluate({ models: sam, data, prompts: "box", policy: "predicted-iou" });
      expect(rows[0]!.failure).toBe("");
      expect(rows[0]!.predictedIou).toBeGreaterThan(0);
      expect(footnote).toContain("masks rated by stability");
      const shown = showSamlabValue(prediction)!.text;
      expect(shown).toMatch(/^Prediction [^,]+, stability 0\.\d{3}/);
      expect(shown).not.toContain("predicted IoU");
    } finally {
      await sam.dispose();
    }
  });

  it("that is not EdgeSAM rates them by the IoU that it predicts", async () => {
    const sam = await smallModel("rep-vit-sam", cache());
    try {
      expect(sam.quality).toBe("predicted IoU");
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
