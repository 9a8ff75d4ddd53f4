import { describe, expect, it } from "vitest";
import { finetunePlan } from "../../src/finetune/plan.js";
import type { FinetuneOptions, TrainingCase } from "../../src/finetune/types.js";
import { adamW, sgd } from "../../src/train/optimizer.js";

function square(patient?: string, pixels = 4): TrainingCase {
  const data = new Uint8Array(64);
  for (let n = 0; n < pixels; n++) data[20 + n] = 1;
  return {
    image: {
      width: 8,
      height: 8,
      channels: 1,
      data: Uint8Array.from({ length: 64 }, (_, n) => n),
      spacing: null,
      window: null,
      source: `${patient ?? "nobody"}.png`,
    },
    truth: { width: 8, height: 8, data },
    ...(patient === undefined ? {} : { patient }),
  };
}

function labeled(...labels: readonly number[]): TrainingCase {
  const one = square("a");
  return { ...one, truth: { ...one.truth, data: one.truth.data.map((_, n) => labels[n] ?? 0) } };
}

/** Of another patient, and of other pixels. */
const other: TrainingCase = { ...square("b"), image: { ...square("b").image, data: new Uint8Array(64).fill(7) } };
const wide = { ...square("a"), truth: { width: 9, height: 8, data: new Uint8Array(72) } };

describe("a fine-tuning refuses", () => {
  it.each<[string, readonly TrainingCase[], FinetuneOptions, RegExp]>([
    ["no case", [], {}, /no case to train on/],
    ["a case without truth", [{ ...square("a"), truth: undefined as never }], {}, /cases\[0\] \(a\.png\) has no truth/],
    ["truth of another grid", [square("b"), wide], {}, /cases\[1\] \(a\.png\) has 8×8 pixels, its truth 9×8/],
    ["an object that is not marked with 1", [labeled(255)], {}, /marks its object with 255.*truth\.only\(255\)/],
    ["several objects", [labeled(2, 7)], {}, /has 2 labels \(2, 7\).*trainingSlices\(source, \{ label \}\)/],
    ["a label that never occurs", [square("a", 0)], {}, /never occurs in cases\[0\] \(a\.png\)/],
    [
      "a patient on both sides",
      [square("a")],
      { validation: [square("a")] },
      /Slices of "a" are in training and in validation/,
    ],
    [
      "an image on both sides under two names",
      [other, square("a")],
      { validation: [{ ...other, patient: "d" }, square("c")] },
      /validation\[0\] \(b\.png\) has the same pixels as b\.png, which is trained on/,
    ],
    ["validation of nobody knows whom", [square("a")], { validation: [square()] }, /whose it is/],
    ["an unknown recipe", [square("a")], { recipe: "magic" as never }, /no recipe "magic".*maskDecoder/],
    ["a rank of 0", [square("a")], { recipe: "lora", rank: 0 }, /rank is a whole number/],
    [
      "an option that it does not have",
      [square("a")],
      { lerningRate: 1 } as never,
      /no option lerningRate\. Did you mean learningRate/,
    ],
    ["0 steps", [square("a")], { steps: 0 }, /steps is a whole number/],
    ["a negative learning rate", [square("a")], { learningRate: -1 }, /cannot be -1/],
    ["a loss of nothing", [square("a")], { loss: { dice: 0 } }, /no term with a positive weight/],
    ["a loss with an unknown term", [square("a")], { loss: { hinge: 1 } as never }, /a term that is not known.*focal/],
    ["prompts of no kind", [square("a")], { prompts: {} }, /No kind of prompt/],
    [
      "no round of clicks",
      [square("a")],
      { prompts: { corrective: 1, rounds: 0 } },
      /prompts\.rounds is a whole number/,
    ],
    ["tighter boxes", [square("a")], { prompts: { box: 1, jitter: -2 } }, /loosened by -2 pixels/],
    ["an unlimited learning rate", [square("a")], { learningRate: Number.POSITIVE_INFINITY }, /cannot be Infinity/],
    ["an unknown schedule", [square("a")], { schedule: { kind: "cosin" as never } }, /cosin.*Did you mean.*cosine/],
    ["a setting that prompts do not have", [square("a")], { prompts: { box: 1, jiter: 20 } as never }, /jiter.*jitter/],
    [
      "a setting that schedules do not have",
      [square("a")],
      { schedule: { kind: "cosine", warmUp: 3 } as never },
      /schedule has no option warmUp\. Did you mean warmup/,
    ],
    [
      "a setting that AdamW does not have",
      [square("a")],
      { optimizer: adamW({ weight_decay: 3 } as never) },
      /adamW has no option weight_decay\. Did you mean weightDecay/,
    ],
    ["a setting of another optimizer", [square("a")], { optimizer: sgd({ betas: [0.9, 0.9] } as never) }, /sgd.*betas/],
    ["a power of nothing", [square("a")], { schedule: { kind: "poly", power: Number.NaN } }, /the power NaN/],
    ["a warm-up of no number", [square("a")], { schedule: { kind: "poly", warmup: Number.NaN } }, /warm-up of NaN/],
    ["an unknown optimizer", [square("a")], { optimizer: { kind: "adam" } as never }, /optimizer\.kind.*adamW/],
    ["a decay of 1", [square("a")], { optimizer: adamW({ betas: [0.9, 1] }) }, /optimizer\.betas/],
    ["a negative epsilon", [square("a")], { optimizer: adamW({ epsilon: -1 }) }, /optimizer\.epsilon/],
    ["growing weights", [square("a")], { optimizer: sgd({ weightDecay: -5 }) }, /optimizer\.weightDecay/],
    ["a momentum of 2", [square("a")], { optimizer: sgd({ momentum: 2 }) }, /optimizer\.momentum/],
    ["no patience", [square("a")], { patience: Number.NaN }, /cannot wait for NaN validations/],
    ["a seed that is no number", [square("a")], { seed: Number.NaN }, /seed cannot be NaN/],
    [
      "a warm-up that is too long",
      [square("a")],
      { steps: 5, schedule: { kind: "cosine", warmup: 9 } },
      /warm-up of 9/,
    ],
  ])("%s", (_, cases, options, message) => {
    expect(() => finetunePlan(cases, options)).toThrow(message);
  });
});

describe("a fine-tuning's plan", () => {
  it("takes the recipe's defaults", () => {
    const options = { validation: [other], steps: 100, unknown: undefined };
    const plan = finetunePlan([square("a")], options);
    expect(plan).toMatchObject({
      learningRate: 5e-4,
      loss: { dice: 1, bce: 1 },
      clip: 1,
      validateEvery: 10,
      prompts: { box: 1 },
    });
    expect(plan.recipe).toMatchObject({ name: "maskDecoder", withEncoder: false });
  });

  it("splits within a patient when that is said", () => {
    expect(finetunePlan([square("a")], { validation: [square("a")], allowSamePatient: true }).validation).toHaveLength(
      1,
    );
  });

  it("knows data by pixels and truth", () => {
    const hash = (cases: TrainingCase[]) => finetunePlan(cases, {}).dataHash;
    expect(hash([square("a")])).toBe(hash([square("b")]));
    expect(hash([square("a", 4)])).not.toBe(hash([square("a", 5)]));
  });
});
