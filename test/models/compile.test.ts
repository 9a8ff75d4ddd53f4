import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.js";
import { readFloat32 } from "../../src/checkpoint/tensor-map.js";
import { compilerVersion, compileSam } from "../../src/models/compile.js";
import { compileSamMed3d } from "../../src/models/sam-med3d.js";
import { Weights } from "../../src/models/weights.js";
import { withConvolutionProducts } from "../../src/onnx/convolution-products.js";
import type { Graph } from "../../src/onnx/graph.js";
import { productInputs, withInt8Products } from "../../src/onnx/quantize.js";
import { int8Scheme } from "../../src/runtime/int8.js";
import { goldenPath } from "../support/golden.js";
import { smallTensors } from "../support/light-models.js";
import { samMed3dTensors } from "../support/sam-med3d.js";
import { narrowTinyVit } from "../support/tiny-vit-weights.js";

type Tensors = Map<string, { dims: readonly number[]; data: Float32Array }>;

let tensors: Tensors;
beforeAll(async () => {
  const checkpoint = await openCheckpoint(goldenPath("tiny-sam.pth"));
  tensors = new Map();
  for (const [name, tensor] of checkpoint.tensors)
    tensors.set(name, { dims: tensor.dims, data: await readFloat32(name, tensor) });
  await checkpoint.close();
});

const compile = (edit: (tensors: Tensors) => void) => {
  const own = new Map(tensors);
  edit(own);
  return compileSam(Weights.from("model.pth", own));
};

/** With a TinyViT as encoder. */
const compileLite = () =>
  compile((own) => {
    for (const name of [...own.keys()]) if (name.startsWith("image_encoder.")) own.delete(name);
    for (const [name, tensor] of narrowTinyVit()) own.set(name, tensor);
  });

/**
 * A hash of operators, attributes, shapes, and constants. Constants are rounded, since Math.sin may differ in its last
 * bit between machines.
 */
function fingerprint({ nodes, constants }: Graph): string {
  const plain = (_key: string, value: unknown) => (typeof value === "bigint" ? Number(value) : value);
  const sums = constants.map(({ value, data }) => {
    const sum = Array.from(data, Number).reduce((total, x, n) => total + x * ((n % 7) + 1), 0);
    return [value, sum.toPrecision(5)];
  });
  const text = JSON.stringify([nodes, sums], plain);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

describe("compileSam", () => {
  it("makes the same graphs as when compilerVersion was last raised", () => {
    const sam = compile(() => undefined);
    const lite = compileLite();
    const light = ["rep-vit-sam", "edge-sam", "efficient-vit-sam-l", "efficient-vit-sam-xl"].map(
      (name) => compileSam(Weights.from(name, smallTensors(name))).encoder,
    );
    const med3d = compileSamMed3d(Weights.from("med3d", samMed3dTensors()));
    const all = [sam.encoder, lite.encoder, sam.decoder, sam.projection!, sam.promptDecoder!, ...light];
    const graphs = [...all, med3d.encoder, med3d.decoder].map(fingerprint);
    // If this fails, the graphs have changed: raise compilerVersion, so that graphs on users' disks are compiled again,
    // and update both here.
    expect({ compilerVersion, graphs }).toMatchInlineSnapshot(`
      {
        "compilerVersion": 14,
        "graphs": [
          "1f12945bf432a85b",
          "e86a26c147e057be",
          "de335d2a255c45b6",
          "fbda8c2720688878",
          "c396f4bc6c7617a3",
          "dc4374b6f261de4e",
          "987d0c1b4167fdb2",
          "8bc3c8f5daa1a00f",
          "1a971538ef6480de",
          "a9c2ea2e4cff54ba",
          "9523490a59ef09a5",
        ],
      }
    `);
  });

  it("brings encoders to 8 bits as when int8Scheme was last changed", () => {
    const { encoder } = compileLite();
    const graph = withConvolutionProducts(encoder);
    const means = productInputs(graph).map((x) => [x.name, new Float32Array(x.dims.at(-1) as number)] as const);
    const types = (["int8", "uint8"] as const).map((weightType) =>
      fingerprint(withInt8Products(graph, { weightType, means: new Map(means) })),
    );
    // If this fails, the numbers of int8 models may have changed: give int8Scheme another name, and update both here.
    expect({ int8Scheme, products: means.length, types }).toMatchInlineSnapshot(`
      {
        "int8Scheme": "int8, biases corrected",
        "products": 5,
        "types": [
          "27a2efdffdc8cc3f",
          "27d27226ec31dad4",
        ],
      }
    `);
  });

  it("names a missing tensor", () => {
    expect(() => compile((own) => void own.delete("mask_decoder.iou_token.weight"))).toThrow(
      expect.objectContaining({
        code: "tensor-missing",
        field: "mask_decoder.iou_token.weight",
        message: expect.stringContaining("model.pth has no tensor mask_decoder.iou_token.weight"),
      }),
    );
  });

  it("names a tensor that is not finite", () => {
    const name = "mask_decoder.output_upscaling.3.bias";
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() =>
        compile((own) => {
          const { dims, data } = own.get(name)!;
          own.set(name, { dims, data: data.with(2, value) });
        }),
      ).toThrow(
        expect.objectContaining({
          code: "checkpoint-invalid",
          field: name,
          message: expect.stringContaining(`model.pth: ${name} has the value ${value}`),
        }),
      );
    }
  });

  it("names a tensor of a wrong shape, with both shapes", () => {
    const wrong = { dims: [3, 16], data: new Float32Array(48) };
    expect(() =>
      compile((own) => void own.set("prompt_encoder.pe_layer.positional_encoding_gaussian_matrix", wrong)),
    ).toThrow(
      expect.objectContaining({
        code: "tensor-shape",
        message: expect.stringMatching(/is \[3, 16\], \[2, 16\] is needed/),
      }),
    );
  });

  it.each<[string, RegExp, (own: Tensors) => void]>([
    [
      "the second layer of the decoder",
      /has no tensor mask_decoder\.transformer\.layers\.1\./,
      (own) => {
        for (const name of own.keys()) if (name.includes("transformer.layers.1.")) own.delete(name);
      },
    ],
    [
      "a block's positions",
      /has no tensor image_encoder\.blocks\.0\.attn\.rel_pos_h/,
      (own) => {
        own.delete("image_encoder.blocks.0.attn.rel_pos_h");
      },
    ],
  ])("refuses a model without %s", (_what, message, edit) => {
    expect(() => compile(edit)).toThrow(message);
  });

  it("refuses another number of IoU tokens, which would move the others", () => {
    const name = "mask_decoder.iou_token.weight";
    for (const rows of [0, 2]) {
      expect(() =>
        compile((own) => {
          const [, width] = own.get(name)!.dims as [number, number];
          own.set(name, { dims: [rows, width], data: new Float32Array(rows * width) });
        }),
      ).toThrow(expect.objectContaining({ code: "tensor-shape", field: name }));
    }
  });

  it("says which part of a SAM model is not there", () => {
    const dropEncoder = (own: Tensors) => {
      for (const name of [...own.keys()]) if (name.startsWith("image_encoder")) own.delete(name);
    };
    expect(() => compile(dropEncoder)).toThrow(
      expect.objectContaining({ code: "model-unknown", message: expect.stringContaining("it has no image_encoder") }),
    );
  });

  it("says that it does not know an architecture", () => {
    const rename = (own: Tensors) => {
      own.delete("image_encoder.patch_embed.proj.weight");
      own.set("image_encoder.stem.weight", { dims: [1], data: new Float32Array(1) });
    };
    expect(() => compile(rename)).toThrow(
      expect.objectContaining({
        code: "model-unknown",
        message: expect.stringMatching(/Supported are SAM and MedSAM/),
      }),
    );
  });

  it("does not leave out tensors in silence", () => {
    const adapter = { dims: [1], data: new Float32Array(1) };
    expect(() => compile((own) => void own.set("image_encoder.blocks.0.Depth_Adapter.D_fc1.weight", adapter))).toThrow(
      expect.objectContaining({
        code: "checkpoint-invalid",
        field: "image_encoder.blocks.0.Depth_Adapter.D_fc1.weight",
      }),
    );
  });
});
