import { expect, it } from "vitest";
import { fromSam2 } from "../../src/checkpoint/sam2-names.js";
import { recognize } from "../../src/models/architecture.js";
import { Weights } from "../../src/models/weights.js";
import { recipe } from "../../src/train/recipes.js";
import { wholeWeight } from "../../src/train/trainable.js";
import { formulaExample, plainTrainer } from "../support/formula-example.js";
import { smallModel, smallSam2, smallSamus, smallTensors } from "../support/light-models.js";
import { temporaryCache } from "../support/temporary.js";
import { tinyCase } from "../support/tiny-tuned.js";

const cache = temporaryCache();

it.each(["rep-vit-sam", "edge-sam", "efficient-vit-sam-l"])("%s has no place for LoRA and adapters", (name) => {
  const w = Weights.from("light.pth", smallTensors(name));
  for (const kind of ["lora", "medicalSamAdapter", "samMed2dAdapter"] as const) {
    expect(() => recipe(kind).newTensors(w), kind).toThrow(
      expect.objectContaining({
        code: "argument-invalid",
        field: "recipe",
        message: expect.stringMatching(/light\.pth has no transformer block of one width that .* could go into/),
        remedy: expect.stringContaining("maskDecoder"),
      }),
    );
  }
});

it.each(["rep-vit-sam", "efficient-vit-sam-l"])("%s learns a mask with its encoder frozen", async (name) => {
  const sam = await smallModel(name, cache());
  const learner = tinyCase();
  const tuned = await sam.finetune([learner], { recipe: "maskDecoder", steps: 2, learningRate: 2e-3 });
  try {
    const { loss } = tuned.history;
    // The prompts alone make a difference of a hundredth.
    expect(loss.at(-1)).toBeLessThan(0.9 * loss[0]!);
    expect(tuned.sam.architecture).toEqual(sam.architecture);
    const [before, after] = await Promise.all([sam, tuned.sam].map((one) => one.embed(learner.image)));
    expect(after!.key).toBe(before!.key);
  } finally {
    await Promise.all([sam.dispose(), tuned.sam.dispose()]);
  }
});

const sam2 = smallSam2("medsam2");
const sam2Tensors = new Map(fromSam2([...sam2.keys()]).map((name, n) => [name, [...sam2.values()][n]!]));

/**
 * A small step against the gradient lowers the loss by its rate times the square of the gradient's norm. Each rate
 * lowers it by about a thousandth.
 */
it.each([
  ["edge-sam", smallTensors("edge-sam"), 2.5e-5],
  ["rep-vit-sam", smallTensors("rep-vit-sam"), 4e-5],
  ["efficient-vit-sam-l", smallTensors("efficient-vit-sam-l"), 2.5e-4],
  ["samus", smallSamus(), 7e-4],
  ["sam2", sam2Tensors, 7e-7],
])("the encoder of %s has a gradient", async (name, tensors, rate) => {
  const w = Weights.from(name, tensors);
  const architecture = recognize(w, 128);
  const trainer = await plainTrainer(w, {
    architecture,
    partOf: (tensor, dims) => (tensor.startsWith("image_encoder.") ? wholeWeight(tensor, dims, w) : null),
    withEncoder: true,
  });
  const example = formulaExample(architecture, [300 / 1024, 280 / 1024, 600 / 1024, 520 / 1024]);
  try {
    const { loss, gradientNorm } = await trainer.step(example, rate);
    const { loss: next } = await trainer.step(example, 0);
    const share = (loss - next) / (rate * gradientNorm ** 2);
    if (process.env.SAMLAB_SHOW) console.log(name, { loss, gradientNorm, fall: 1 - next / loss, share });
    expect(gradientNorm).toBeGreaterThan(0);
    expect(share).toBeCloseTo(1, 1);
  } finally {
    await trainer.dispose();
  }
});
