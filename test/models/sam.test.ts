import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.js";
import { type CompiledSam, compileSam, graphNames } from "../../src/models/compile.js";
import { Weights } from "../../src/models/weights.js";
import { serializeModel } from "../../src/onnx/serialize.js";
import { Session } from "../../src/runtime/session.js";
import type { Outputs } from "../../src/runtime/tensor.js";
import { type Golden, goldenPath, maxDifference, readGolden } from "../support/golden.js";
import { runGraph } from "../support/run-graph.js";

/** SAM's ViT and decoder with small random weights against segment-anything itself (test/golden/sam_vit.py). */
describe("SAM with a ViT encoder", () => {
  let golden: Golden;
  let sam: CompiledSam;
  let encoder: Session;
  let decoder: Session;

  beforeAll(async () => {
    golden = await readGolden("tiny-sam.safetensors");
    const checkpoint = await openCheckpoint(goldenPath("tiny-sam.pth"));
    sam = compileSam(await Weights.load([checkpoint]));
    await checkpoint.close();
    encoder = await Session.create({ bytes: serializeModel(sam.encoder).model }, "CPU");
    decoder = await Session.create({ bytes: serializeModel(sam.decoder).model }, "CPU");
  });
  afterAll(() => Promise.all([encoder.release(), decoder.release()]));

  it("is recognized by its tensors", () => {
    expect(sam.architecture).toEqual({
      encoder: "vit",
      preprocessing: "sam",
      inputSize: 320,
      imageSize: 320,
      embedSize: 20,
      width: 32,
      head: "prompts",
      masks: 4,
      features: [],
      summary: "ViT 48×3, 320×320",
    });
  });

  it("gives segment-anything's embedding within 1e-4 (padded windows, global attention, relative positions)", async () => {
    const data = golden.get("image-times-40").data.map((value) => value / 40);
    const { outputs } = await encoder.run({ [graphNames.image]: { type: "float32", dims: [1, 3, 320, 320], data } });
    const expected = golden.get("embedding");
    expect(outputs[graphNames.imageEmbedding].dims).toEqual(expected.dims);
    expect(maxDifference(outputs[graphNames.imageEmbedding].data as Float32Array, expected.data)).toBeLessThan(1e-4);
  });

  const expectLogits = (outputs: Outputs) => {
    const difference = (name: string, expected: string) =>
      maxDifference(outputs[name].data as Float32Array, golden.get(expected).data);
    expect(difference(graphNames.lowResLogits, "logits")).toBeLessThan(1e-4);
    expect(difference(graphNames.predictedIou, "iou")).toBeLessThan(1e-4);
  };
  // Two clicks and the padding token that stands for the missing box.
  const clicks = {
    [graphNames.pointCoords]: { type: "float32", dims: [1, 3, 2], data: Float32Array.of(100, 120, 200, 40, 0, 0) },
    [graphNames.pointLabels]: { type: "int32", dims: [1, 3], data: Int32Array.of(1, 0, -1) },
  } as const;
  const image = () => {
    const { dims, data } = golden.get("embedding");
    return { [graphNames.imageEmbedding]: { type: "float32", dims, data } } as const;
  };

  it("gives segment-anything's logits and predicted IoU within 1e-4", async () => {
    const { outputs } = await decoder.run({
      ...image(),
      ...clicks,
      [graphNames.maskInput]: { type: "float32", dims: [0, 1, 80, 80], data: new Float32Array(0) },
      [graphNames.hasMask]: { type: "bool", dims: [], data: Uint8Array.of(0) },
    });
    expectLogits(outputs);
  });

  it("gives the same with the image projected once", async () => {
    const projected = await runGraph(sam.projection!, image());
    expectLogits(await runGraph(sam.promptDecoder!, { ...projected, ...clicks }));
  });
});
