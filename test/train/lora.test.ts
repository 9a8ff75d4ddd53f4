import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { isLoraFactor, loraTarget } from "../../src/models/lora.js";
import { Weights } from "../../src/models/weights.js";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { loraPart } from "../../src/train/lora.js";
import { maxDifference } from "../support/golden.js";
import { runGraph } from "../support/run-graph.js";

const random = seededRandom("lora test");
const noise = (count: number) => Float32Array.from({ length: count }, () => random() - 0.5);

/**
 * A layer's joint projection of width 8: in TinyViT's order when it has attention biases for 2 heads, else in ViT's.
 */
function layer(isTinyVit: boolean): Weights {
  const tensors = new Map([["b.attn.qkv.weight", { dims: [24, 8], data: noise(192) }]]);
  if (isTinyVit) tensors.set("b.attn.attention_biases", { dims: [2, 9], data: noise(18) });
  return Weights.from("test", tensors);
}

describe.each([
  ["ViT", false, (row: number) => Math.floor(row / 8)],
  ["TinyViT", true, (row: number) => Math.floor(row / 4) % 3],
] as const)("LoRA on a joint projection of %s", (_, isTinyVit, kindOf) => {
  const w = layer(isTinyVit);
  const name = "b.attn.qkv.weight";
  const make = (options = { rank: 2, seed: 1 }) => {
    const part = loraPart(name, [24, 8], w, options);
    if (!part) throw new Error("there is no LoRA of it");
    return part;
  };
  const stored = w.data(name) ?? new Float32Array(0);

  it("changes nothing at first", () => {
    const part = make();
    expect(part.tensors.map(({ name: tensor, dims }) => [tensor.slice(name.length), dims])).toEqual([
      [".lora_a.q", [2, 8]],
      [".lora_b.q", [8, 2]],
      [".lora_a.v", [2, 8]],
      [".lora_b.v", [8, 2]],
    ]);
    expect(
      part.merge(
        stored,
        part.tensors.map((tensor) => tensor.initial()),
      ),
    ).toEqual(stored);
    expect(part.tensors[0].initial()).not.toEqual(make({ rank: 2, seed: 2 }).tensors[0].initial());
  });

  it("changes queries and values, never keys, in the graph as in the merged weight", async () => {
    const part = make();
    const factors = part.tensors.map(({ dims }) => noise(dims[0] * dims[1]));
    const merged = part.merge(stored, factors);
    const changed = Array.from(
      { length: 24 },
      (_unused, row) => maxDifference(merged.slice(8 * row, 8 * row + 8), stored.slice(8 * row, 8 * row + 8)) > 0,
    );
    expect(changed).toEqual(changed.map((_unused, row) => kindOf(row) !== 1));

    const b = new GraphBuilder("lora");
    const inputs = part.tensors.map(({ dims }, n) => b.input(`f${n}`, "float32", dims));
    b.output(
      "weight",
      part.value(b, () => b.constant(stored, [24, 8]), inputs),
    );
    const feeds = Object.fromEntries(
      part.tensors.map(({ dims }, n) => [`f${n}`, { type: "float32", dims, data: factors[n] } as const]),
    );
    const { weight } = await runGraph(b.build(), feeds);
    expect(maxDifference(weight.data as Float32Array, merged)).toBeLessThan(1e-6);
  });
});

it("LoRA leaves other weights alone, and its factors know their weight", () => {
  const w = layer(false);
  expect(loraPart("b.mlp.lin1.weight", [8, 8], w, { rank: 2, seed: 0 })).toBeNull();
  expect(loraPart("d.q_proj.weight", [4, 8], w, { rank: 2, seed: 0 })?.tensors).toHaveLength(2);
  expect(isLoraFactor("b.attn.qkv.weight.lora_b.v")).toBe(true);
  expect(loraTarget("b.attn.qkv.weight.lora_b.v")).toBe("b.attn.qkv.weight");
});
