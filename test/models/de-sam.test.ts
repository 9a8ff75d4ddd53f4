import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { compileSam, embeddingDims, graphNames } from "../../src/models/compile.js";
import { maskModuleShapes } from "../../src/models/de-sam.js";
import { Weights } from "../../src/models/weights.js";
import { drawnCheckpoint, drawnPicture } from "../support/drawn.js";
import { type Golden, goldenPath, readGolden } from "../support/golden.js";
import { misfit, thinned } from "../support/misfit.js";
import { runGraph } from "../support/run-graph.js";

const { "de-sam": shapes }: Record<string, { size: number; tensors: [string, number[]][] }> = JSON.parse(
  readFileSync(goldenPath("autoprompt/autoprompt.json"), "utf8"),
);

describe("DeSAM's published layout answers as its own code", () => {
  let golden: Golden;
  beforeAll(async () => {
    golden = await readGolden("autoprompt/autoprompt.safetensors");
  });

  it("to two boxes at once, of which one is the whole picture", async () => {
    const { size, tensors } = shapes!;
    const sam = compileSam(await Weights.load([drawnCheckpoint("de-sam", tensors)]));
    const grid = size / 16;
    expect(sam.architecture).toMatchObject({ head: "de-sam", masks: 1, features: Array(3).fill([1, 24, grid, grid]) });
    const image = { type: "float32", dims: [1, 3, size, size], data: drawnPicture(size) } as const;
    const embedding = (await runGraph(sam.encoder, { [graphNames.image]: image }))[graphNames.imageEmbedding];
    expect(embedding.dims).toEqual(embeddingDims(sam.architecture));
    const box = (x0: number, y0: number, x1: number, y1: number) => [x0 * size, y0 * size, x1 * size, y1 * size];
    const boxes = {
      [graphNames.pointCoords]: {
        type: "float32",
        dims: [2, 2, 2],
        data: Float32Array.from([box(0, 0, 1, 1), box(0.2, 0.3, 0.7, 0.9)].flat()),
      },
      [graphNames.pointLabels]: { type: "int32", dims: [2, 2], data: Int32Array.of(2, 3, 2, 3) },
    } as const;
    const outputs = await runGraph(sam.decoder, { [graphNames.imageEmbedding]: embedding, ...boxes });
    const whole = embedding.data as Float32Array;
    const each = 24 * grid * grid;
    const features = [0, 1, 2].map((n) => whole.subarray(whole.length - (3 - n) * each, whole.length - (2 - n) * each));
    // The same in two parts, of which the first does not know the prompts.
    const projected = await runGraph(sam.projection!, { [graphNames.imageEmbedding]: embedding });
    const inParts = await runGraph(sam.promptDecoder!, { ...projected, ...boxes });
    const found = {
      ...Object.fromEntries(
        [...features, whole.subarray(0, whole.length - 3 * each)].map((data, n) => [
          `feature${n}`,
          misfit(thinned(data), golden.get(`de-sam.feature${n}`).data),
        ]),
      ),
      logits: misfit(thinned(outputs[graphNames.lowResLogits].data as Float32Array), golden.get("de-sam.logits").data),
      iou: misfit(outputs[graphNames.predictedIou].data as Float32Array, golden.get("de-sam.iou").data),
      partLogits: misfit(
        thinned(inParts[graphNames.lowResLogits].data as Float32Array),
        golden.get("de-sam.logits").data,
      ),
      partIou: misfit(inParts[graphNames.predictedIou].data as Float32Array, golden.get("de-sam.iou").data),
    };
    if (process.env.SAMLAB_SHOW) console.log(found);
    for (const [what, share] of Object.entries(found)) expect(share, what).toBeLessThan(1e-3);
  });

  it("has the names and shapes that training gives the mask module", () => {
    const { size, tensors } = shapes!;
    const sizes = { imageSize: size, embedSize: size / 16, width: 64 };
    const feature = [1, 24, size / 16, size / 16];
    const made = maskModuleShapes(sizes, [feature, feature, feature], 64);
    const published = tensors.filter(([name]) => name.startsWith("mask_decoder.pimm."));
    expect(new Map(made)).toEqual(new Map(published));
  });

  it("compiles in its published size, ViT-H, without a tensor left over", () => {
    const tensors: [string, number[]][] = JSON.parse(readFileSync(goldenPath("autoprompt/de-sam-vit-h.json"), "utf8"));
    const count = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);
    // Shapes alone matter: all tensors share one piece of memory.
    const zeros = new Float32Array(Math.max(...tensors.map(([, dims]) => count(dims))));
    const loaded = tensors.map(([name, dims]) => [name, { dims, data: zeros.subarray(0, count(dims)) }] as const);
    const sam = compileSam(Weights.from("desam_model_best.pth", new Map(loaded)));
    const features = Array(3).fill([1, 1280, 64, 64]);
    expect(sam.architecture).toMatchObject({
      encoder: "vit",
      preprocessing: "de-sam",
      inputSize: 1024,
      embedSize: 64,
      head: "de-sam",
      masks: 1,
      features,
      summary: "ViT 1280×32, 1024×1024",
    });
    expect(sam.decoder.outputs.map(({ name, dims }) => [name, dims.slice(1)])).toEqual([
      [graphNames.lowResLogits, [1, 256, 256]],
      [graphNames.predictedIou, [1]],
    ]);
    const made = maskModuleShapes({ imageSize: 1024, embedSize: 64, width: 256 }, features, 256);
    expect(new Map(made)).toEqual(new Map(tensors.filter(([name]) => name.startsWith("mask_decoder.pimm."))));
  });
});
