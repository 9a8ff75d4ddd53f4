import { describe, expect, it } from "vitest";
import { recognize } from "../../src/models/architecture.js";
import { isAdapterTensor } from "../../src/models/block-adapters.js";
import type { Weights } from "../../src/models/weights.js";
import { catalog } from "../../src/predict/catalog.js";
import { recipe } from "../../src/train/recipes.js";
import { filledAdapters } from "../support/adapter-weights.js";
import { formulaExample, plainTrainer } from "../support/formula-example.js";
import { goldenPath, maxDifference, readGolden } from "../support/golden.js";
import { weightsOf } from "../support/model-weights.js";
import { describeWithWeights } from "../support/weights.js";

const kinds = ["medicalSamAdapter", "samMed2dAdapter"] as const;

/**
 * Runs the steps of test/golden/adapters/make.py from the same start, and compares the trained values and the losses.
 */
async function compareSteps(w: Weights, model: "vit" | "tiny-vit", kind: (typeof kinds)[number], rate: number) {
  const golden = await readGolden("adapters/adapters.safetensors");
  const made = recipe(kind);
  const weights = w.withTensors(filledAdapters(made.newTensors(w)));
  const architecture = recognize(weights);
  const { partOf, withEncoder } = made;
  const trainer = await plainTrainer(weights, { architecture, partOf, withEncoder });
  const example = formulaExample(architecture, [70 / 256, 70 / 256, 130 / 256, 130 / 256]);
  const expected = golden.get(`${model}.${kind}.loss`).data;
  const moved = new Map<string, number>();
  try {
    for (const loss of expected)
      expect(Math.abs((await trainer.step(example, rate)).loss / loss - 1)).toBeLessThan(1e-4);
    const { parameters } = await trainer.state();
    for (const [name, { data }] of trainer.table.split(parameters)) {
      const step = maxDifference(data, weights.data(name) as Float32Array);
      const kept = data.filter((_, n) => n % 997 === 0);
      const difference = maxDifference(kept, golden.get(`${model}.${kind}.${name}`).data);
      expect(difference, name).toBeLessThan(1e-6 + 2e-3 * step);
      if (isAdapterTensor(name)) moved.set(name.replace(/.*blocks\.\d+\./, ""), step);
    }
  } finally {
    await trainer.dispose();
  }
  // Every tensor of the adapters gets a gradient.
  expect(moved.size).toBe(kind === "medicalSamAdapter" ? 8 : 6);
  for (const [name, step] of moved) expect(step, name).toBeGreaterThan(0);
}

it.each([
  ["medicalSamAdapter", false],
  ["samMed2dAdapter", true],
] as const)("%s trains adapters and mask decoder, the prompt encoder: %s", async (kind, withPrompts) => {
  const w = await weightsOf(goldenPath("tiny-sam.pth"));
  const { newTensors, partOf } = recipe(kind);
  const adapted = w.withTensors(newTensors(w));
  const isTrained = (name: string) => partOf(name, adapted.dims(name) ?? [], adapted) !== null;
  const parts = ["image_encoder.", "prompt_encoder.", "mask_decoder."].map((part) =>
    w.names().filter((name) => name.startsWith(part)),
  );
  expect(parts.map((names) => new Set(names.map(isTrained)))).toEqual([
    new Set([false]),
    new Set([withPrompts]),
    new Set([true]),
  ]);
  expect([...newTensors(w).keys()].every(isTrained)).toBe(true);
});

describe.each(kinds)("training steps of %s are PyTorch's", (kind) => {
  it("in a ViT", async () => {
    await compareSteps(await weightsOf(goldenPath("tiny-sam.pth")), "vit", kind, 0.05);
  }, 60_000);
});

describeWithWeights("training steps of adapters in LiteMedSAM are PyTorch's", () => {
  it.each(kinds)(
    "%s",
    async (kind) => {
      await compareSteps(await weightsOf(catalog[0].checkpoint()), "tiny-vit", kind, 1e-3);
    },
    180_000,
  );
});
