import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { samTensors } from "../../src/checkpoint/layout.js";
import { compileSam, embeddingDims, graphNames } from "../../src/models/compile.js";
import { Weights } from "../../src/models/weights.js";
import { chooseModel } from "../../src/predict/catalog.js";
import { modelFiles, readModel } from "../../src/predict/model-files.js";
import { drawnPicture } from "../support/drawn.js";
import { goldenPath, readGolden } from "../support/golden.js";
import { misfit } from "../support/misfit.js";
import { runGraph } from "../support/run-graph.js";

/** Every third pixel of both axes of a mask. */
const everyThird = (data: Float32Array, side: number) =>
  data.filter((_, n) => (n % side) % 3 === 0 && Math.floor(n / side) % 3 === 0);

/** Masks and predicted IoU for test/golden/hugging-face-hq/make.py's picture and points. */
async function answer(options: Parameters<typeof modelFiles>[1]) {
  const { weights } = await readModel(await modelFiles(chooseModel(goldenPath("hugging-face-hq")), options));
  const { encoder, decoder, architecture } = compileSam(weights);
  expect(architecture).toMatchObject({
    head: "hq-sam",
    masks: 4,
    imageSize: 160,
    summary: "HQ-SAM, ViT 12×3, 160×160",
  });
  const image = { type: "float32", dims: [1, 3, 160, 160], data: drawnPicture(160) } as const;
  const embedding = (await runGraph(encoder, { [graphNames.image]: image }))[graphNames.imageEmbedding];
  expect(embedding.dims).toEqual(embeddingDims(architecture));
  const outputs = await runGraph(decoder, {
    [graphNames.imageEmbedding]: embedding,
    [graphNames.pointCoords]: { type: "float32", dims: [1, 3, 2], data: Float32Array.of(30, 40, 80, 20, 0, 0) },
    [graphNames.pointLabels]: { type: "int32", dims: [1, 3], data: Int32Array.of(1, 0, -1) },
    [graphNames.maskInput]: { type: "float32", dims: [0, 1, 40, 40], data: new Float32Array(0) },
    [graphNames.hasMask]: { type: "bool", dims: [], data: Uint8Array.of(0) },
  });
  const logits = outputs[graphNames.lowResLogits].data as Float32Array;
  const iou = [...(outputs[graphNames.predictedIou].data as Float32Array)];
  const masks = iou.map((_, n) => everyThird(logits.subarray(n * 1600, (n + 1) * 1600), 40));
  return { embedding: embedding.data as Float32Array, masks, iou };
}

it("HQ-SAM as transformers saves it answers as transformers", async () => {
  const golden = await readGolden("hugging-face-hq/answers.safetensors");
  const { embedding, masks, iou } = await answer({});
  const token = await answer({ hqTokenOnly: true });
  // transformers sorts the alternatives by their predicted IoU.
  const order = [1, 2, 3].sort((a, b) => iou[b]! - iou[a]!);
  const joined = (parts: readonly Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));
  const found: Record<string, Float32Array> = {
    embedding: embedding.subarray(0, 1600),
    early: embedding.subarray(1600),
    "single.logits": masks[0]!,
    "single.iou": Float32Array.of(iou[0]!),
    "best.logits": joined(order.map((n) => masks[n]!)),
    "best.iou": Float32Array.from(order, (n) => iou[n]!),
    "token.logits": token.masks[0]!,
  };
  for (const [name, data] of Object.entries(found)) {
    const expected = golden.get(name).data;
    expect(data, name).toHaveLength(expected.length);
    const share = misfit(data, expected);
    if (process.env.SAMLAB_SHOW) console.log(name, share);
    // The epsilon of transformers' decoder norms is 1e-6, SAM's, which is used here, 1e-5.
    expect(share, name).toBeLessThan(1e-3);
  }
});

it("HQ-SAM in the layout of transformers' default is read to its last tensor", () => {
  const shapes: [string, number[]][] = JSON.parse(readFileSync(goldenPath("hugging-face-hq/published.json"), "utf8"));
  const stored = new Map(
    shapes.map(([name, dims]) => [name, { dtype: "float32" as const, dims, read: async () => new Uint8Array() }]),
  );
  const { tensors, notes } = samTensors({ tensors: stored });
  const zeros = [...tensors].map(([name, { dims }]) => {
    return [name, { dims, data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)) }] as const;
  });
  expect(notes).toEqual([]);
  const { architecture } = compileSam(Weights.from("model.safetensors", new Map(zeros)));
  expect(architecture).toMatchObject({ head: "hq-sam", summary: "HQ-SAM, ViT 768×12, 1024×1024" });
});
