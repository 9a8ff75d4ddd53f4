import { describe, expect, it } from "vitest";
import { type CompiledSam, compileSam, graphNames } from "../../src/models/compile.js";
import type { Weights } from "../../src/models/weights.js";
import { recipe } from "../../src/train/recipes.js";
import { filledAdapters } from "../support/adapter-weights.js";
import { formulaPicture } from "../support/formula-example.js";
import { goldenPath, maxDifference, readGolden } from "../support/golden.js";
import { weightsOf } from "../support/model-weights.js";
import { runGraph } from "../support/run-graph.js";

const kinds = ["medicalSamAdapter", "samMed2dAdapter"] as const;

async function embeddingOf({ encoder, architecture }: CompiledSam): Promise<Float32Array> {
  const size = architecture.imageSize;
  const image = { type: "float32", dims: [1, 3, size, size], data: formulaPicture(size) } as const;
  return (await runGraph(encoder, { [graphNames.image]: image }))[graphNames.imageEmbedding].data as Float32Array;
}

const withAdapters = (w: Weights, kind: (typeof kinds)[number]) => w.withTensors(recipe(kind).newTensors(w));

describe.each(kinds)("a ViT with the adapters of %s", (kind) => {
  it("gives what the base model gives before it is trained, to the last bit", async () => {
    const base = await weightsOf(goldenPath("tiny-sam.pth"));
    const adapted = withAdapters(base, kind);
    expect(adapted.names().length).toBeGreaterThan(base.names().length);
    expect(await embeddingOf(compileSam(adapted))).toEqual(await embeddingOf(compileSam(base)));
  });

  it("gives what the original modules give", async () => {
    const golden = await readGolden("adapters/adapters.safetensors");
    const base = await weightsOf(goldenPath("tiny-sam.pth"));
    const adapted = base.withTensors(filledAdapters(recipe(kind).newTensors(base)));
    const embedding = await embeddingOf(compileSam(adapted));
    const expected = golden.get(`vit.${kind}.embedding`).data;
    expect(
      maxDifference(
        embedding.filter((_, n) => n % 211 === 0),
        expected,
      ),
    ).toBeLessThan(1e-4);
    expect(maxDifference(embedding, await embeddingOf(compileSam(base)))).toBeGreaterThan(1e-2);
  });
});

it("keeps the adapters that are there, so that a tuned model can be tuned again", async () => {
  const base = await weightsOf(goldenPath("tiny-sam.pth"));
  const once = withAdapters(base, "medicalSamAdapter");
  expect(recipe("medicalSamAdapter", { seed: 5 }).newTensors(once).size).toBe(0);
  expect(recipe("samMed2dAdapter").newTensors(once).size).toBe(18);
});

it("another seed starts from other down-projections", async () => {
  const base = await weightsOf(goldenPath("tiny-sam.pth"));
  const start = (seed: number) => recipe("medicalSamAdapter", { seed }).newTensors(base);
  expect(start(1)).toEqual(start(1));
  expect(start(1)).not.toEqual(start(2));
});

it("compiles a checkpoint of SAM-Med2D, pickled optimizer and all", async () => {
  const golden = await readGolden("adapters/sam-med2d.safetensors");
  const sam = compileSam(await weightsOf(goldenPath("adapters/sam-med2d.pth")));
  const embedding = await embeddingOf(sam);
  expect(maxDifference(embedding, golden.get("embedding").data)).toBeLessThan(1e-4);
  const outputs = await runGraph(sam.decoder, {
    [graphNames.imageEmbedding]: { type: "float32", dims: [1, 16, 4, 4], data: embedding },
    [graphNames.pointCoords]: { type: "float32", dims: [1, 2, 2], data: Float32Array.of(20, 30, 0, 0) },
    [graphNames.pointLabels]: { type: "int32", dims: [1, 2], data: Int32Array.of(1, -1) },
    [graphNames.maskInput]: { type: "float32", dims: [0, 1, 16, 16], data: new Float32Array(0) },
    [graphNames.hasMask]: { type: "bool", dims: [], data: Uint8Array.of(0) },
  });
  const decoded = (name: string) => outputs[name].data as Float32Array;
  expect(maxDifference(decoded(graphNames.lowResLogits), golden.get("logits").data)).toBeLessThan(1e-4);
  expect(maxDifference(decoded(graphNames.predictedIou), golden.get("iou").data)).toBeLessThan(1e-4);
});
