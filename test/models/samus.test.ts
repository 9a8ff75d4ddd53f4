import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileSam } from "../../src/models/compile.js";
import { Weights } from "../../src/models/weights.js";
import { recipe } from "../../src/train/recipes.js";
import { drawn } from "../support/drawn.js";
import { goldenPath, readGolden } from "../support/golden.js";
import { misfits, modelFromFile, smallSamus } from "../support/light-models.js";
import { temporaryCache } from "../support/temporary.js";

type Shapes = readonly (readonly [name: string, dims: readonly number[]])[];

const { published }: { published: Shapes } = JSON.parse(readFileSync(goldenPath("samus/samus.json"), "utf8"));
const cache = temporaryCache();

describe("SAMUS", () => {
  it("answers as the project's own code, to pictures of odd sizes, in color and gray", async () => {
    const sam = await modelFromFile("samus", smallSamus(), cache());
    try {
      expect(sam.architecture).toMatchObject({
        encoder: "samus",
        head: "prompts",
        preprocessing: "samus",
        inputSize: 256,
        imageSize: 256,
        embedSize: 32,
        masks: 4,
        summary: "SAMUS, ViT 24×12, 256×256",
      });
      expect(sam.notes).toEqual([]);
      const found = await misfits(sam, "samus", await readGolden("samus/samus.safetensors"));
      if (process.env.SAMLAB_SHOW) console.log(found);
      for (const [what, share] of found) expect(share, what).toBeLessThan(2e-4);
    } finally {
      await sam.dispose();
    }
  });

  it("is read in its published layout to the last tensor", () => {
    const zeros = published.map(([name, dims]) => {
      return [name, { dims, data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)) }] as const;
    });
    const { architecture, encoder } = compileSam(Weights.from("SAMUS.pth", new Map(zeros)));
    expect(architecture.summary).toBe("SAMUS, ViT 768×12, 256×256");
    expect(encoder.outputs.map(({ dims }) => dims)).toEqual([[1, 256, 32, 32]]);
  });

  it("says of AutoSAMUS's tensors that it has no place for them", () => {
    const more = drawn("prompt_generator.object_token", [1, 50, 32]);
    const tensors = new Map([...smallSamus(), ["prompt_generator.object_token", more] as const]);
    expect(() => compileSam(Weights.from("auto.pth", tensors))).toThrow(
      expect.objectContaining({ code: "checkpoint-invalid", field: "prompt_generator.object_token" }),
    );
  });

  it("can take new adapters: its own stay, other blocks get theirs", () => {
    const w = Weights.from("SAMUS.pth", smallSamus());
    const added = [...recipe("medicalSamAdapter").newTensors(w)];
    const blocks = new Set(added.map(([name]) => Number(/blocks\.(\d+)\./.exec(name)![1])));
    expect([...blocks]).toEqual([0, 1, 3, 4, 6, 7, 9, 10]);
    compileSam(w.withTensors(new Map(added)));
    compileSam(w.withTensors(new Map(recipe("samMed2dAdapter").newTensors(w))));
    expect(recipe("lora").newTensors(w).size).toBe(0);
  });
});
