import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { recognize } from "../../src/models/architecture.js";
import { compileSam, graphNames } from "../../src/models/compile.js";
import { Weights } from "../../src/models/weights.js";
import { drawnCheckpoint, drawnPicture } from "../support/drawn.js";
import { type Golden, goldenPath, readGolden } from "../support/golden.js";
import { misfit, thinned } from "../support/misfit.js";
import { runGraph } from "../support/run-graph.js";

interface Family {
  readonly size: number;
  readonly tensors: readonly (readonly [name: string, dims: readonly number[]])[];
}

const families: Readonly<Record<string, Family>> = JSON.parse(
  readFileSync(goldenPath("families/families.json"), "utf8"),
);
const preprocessing: Readonly<Record<string, string>> = {
  "sam-med2d": "sam-med2d",
  "medical-sam-adapter": "medical-sam-adapter",
};

describe("a model of the family answers as the project's own code", () => {
  let golden: Golden;
  beforeAll(async () => {
    golden = await readGolden("families/families.safetensors");
  });

  it.each(Object.entries(families))("%s", async (name, { size, tensors }) => {
    const sam = compileSam(await Weights.load([drawnCheckpoint(name, tensors)]));
    expect(sam.architecture).toMatchObject({ imageSize: size, preprocessing: preprocessing[name] ?? "sam" });
    const { embedSize, width } = sam.architecture;
    const image = { type: "float32", dims: [1, 3, size, size], data: drawnPicture(size) } as const;
    const embedding = (await runGraph(sam.encoder, { [graphNames.image]: image }))[graphNames.imageEmbedding];
    const data = embedding.data as Float32Array;
    const projected = await runGraph(sam.projection!, {
      [graphNames.imageEmbedding]: { type: "float32", dims: [1, width, embedSize, embedSize], data },
    });
    const outputs = await runGraph(sam.promptDecoder!, {
      ...projected,
      [graphNames.pointCoords]: {
        type: "float32",
        dims: [1, 3, 2],
        data: Float32Array.of(0.3 * size, 0.4 * size, 0.7 * size, 0.2 * size, 0, 0),
      },
      [graphNames.pointLabels]: { type: "int32", dims: [1, 3], data: Int32Array.of(1, 0, -1) },
    });
    const found = {
      embedding: misfit(thinned(embedding.data as Float32Array), golden.get(`${name}.embedding`).data),
      logits: misfit(thinned(outputs[graphNames.lowResLogits].data as Float32Array), golden.get(`${name}.logits`).data),
      iou: misfit(outputs[graphNames.predictedIou].data as Float32Array, golden.get(`${name}.iou`).data),
    };
    if (process.env.SAMLAB_SHOW) console.log(name, found);
    for (const [what, share] of Object.entries(found)) expect(share, what).toBeLessThan(1e-3);
  });
});

it("a TinyViT with Medical SAM Adapter's adapters is fed as by its code", async () => {
  const adapter = (place: string) => `image_encoder.layers.1.blocks.0.${place}`;
  const { tensors } = families["mobile-sam"];
  const width = tensors.find(([name]) => name === adapter("attn.norm.weight"))![1][0];
  const adapters: Family["tensors"] = [
    [adapter("Space_Adapter.D_fc1.weight"), [8, width]],
    [adapter("Space_Adapter.D_fc1.bias"), [8]],
    [adapter("Space_Adapter.D_fc2.weight"), [width, 8]],
    [adapter("Space_Adapter.D_fc2.bias"), [width]],
  ];
  const kind = async (shapes: Family["tensors"]) =>
    recognize(await Weights.load([drawnCheckpoint("tiny", shapes)])).preprocessing;
  expect(await kind(tensors)).toBe("sam");
  expect(await kind([...tensors, ...adapters])).toBe("medical-sam-adapter");
});

it("a mask decoder alone is named as such", async () => {
  const decoder = families["mobile-sam"].tensors
    .filter(([name]) => name.startsWith("mask_decoder."))
    .map(([name, dims]) => [name.slice("mask_decoder.".length), dims] as const);
  const w = await Weights.load([drawnCheckpoint("autosam.pth.tar", decoder)]);
  expect(() => recognize(w)).toThrow("autosam.pth.tar is a mask decoder alone, without the image encoder");
});

it.each([
  ["a SAM for volumes", [48, 1, 16, 16, 16], [1, 8, 8, 8, 48]],
  ["a ViT with one list of positions", [192, 3, 16, 16], [1, 4097, 192]],
])("%s is named as such", async (what, patches, positions) => {
  const shapes = families["mobile-sam"].tensors.filter(([name]) => !name.startsWith("image_encoder."));
  const w = await Weights.load([
    drawnCheckpoint("other.pth", [
      ...shapes,
      ["image_encoder.patch_embed.proj.weight", patches],
      ["image_encoder.pos_embed", positions],
    ]),
  ]);
  expect(() => recognize(w)).toThrow(`other.pth ${what.startsWith("a SAM") ? "is" : "has"} ${what}`);
});
