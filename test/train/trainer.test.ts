import { expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.js";
import { recognize } from "../../src/models/architecture.js";
import { Weights } from "../../src/models/weights.js";
import { catalog } from "../../src/predict/catalog.js";
import { adamW, sgd } from "../../src/train/optimizer.js";
import type { TrainingSpec } from "../../src/train/prompt-forward.js";
import { recipe } from "../../src/train/recipes.js";
import { wholeWeight } from "../../src/train/trainable.js";
import { Trainer, type TrainStep } from "../../src/train/trainer.js";
import { type Golden, maxDifference, readGolden } from "../support/golden.js";
import { describeWithWeights } from "../support/weights.js";
import { exampleOf } from "./steps.js";

async function liteMedSam(): Promise<Weights> {
  const checkpoint = await openCheckpoint(catalog[0].checkpoint());
  try {
    return await Weights.load([checkpoint]);
  } finally {
    await checkpoint.close();
  }
}

/**
 * A bias added to all keys, which softmax cancels. Its gradient is 0 except for rounding, which AdamW turns into full
 * steps.
 */
const hasNoEffect = (name: string) => name.endsWith("k_proj.bias");

describeWithWeights("training steps are PyTorch's", () => {
  async function train(run: string, spec: Partial<TrainingSpec>, options: { rate: number; masks: boolean }) {
    const w = await liteMedSam();
    const golden = await readGolden("autodiff/decoder-steps.safetensors");
    const full: TrainingSpec = {
      architecture: recognize(w),
      partOf: wholeWeight,
      withEncoder: false,
      batch: 1,
      loss: { dice: 1, bce: 1 },
      optimizer: adamW(),
      clip: null,
      ...spec,
    };
    const trainer = await Trainer.create(w, full, "CPU");
    const losses: number[] = [];
    let last: TrainStep | null = null;
    try {
      for (let step = 1; step <= 5; step++) {
        const mask = options.masks && step % 3 === 0 && last ? last.lowResLogits : null;
        last = await trainer.step({ ...exampleOf(step, full.batch), mask }, options.rate);
        losses.push(last.loss);
        if ([1, 5].includes(step)) await compareParameters(trainer, golden, `${run}.${step}`);
      }
    } finally {
      await trainer.dispose();
    }
    const expected = golden.get(`${run}.loss`).data;
    losses.forEach((loss, n) => {
      expect(Math.abs(loss / expected[n] - 1), `the loss of step ${n + 1}`).toBeLessThan(1e-4);
    });
  }

  async function compareParameters(trainer: Trainer, golden: Golden, prefix: string) {
    const { parameters } = await trainer.state();
    const worst = { name: "", difference: 0 };
    for (const [name, { data }] of trainer.table.split(parameters)) {
      if (hasNoEffect(name)) continue;
      const difference = maxDifference(
        data.filter((_, n) => n % 997 === 0),
        golden.get(`${prefix}.${name}`).data,
      );
      if (difference > worst.difference) Object.assign(worst, { name, difference });
    }
    expect(worst.difference, `${prefix}: ${worst.name}`).toBeLessThan(1e-4);
  }

  it("of the mask decoder with AdamW on boxes and clicks", async () => {
    await train("adamw", { partOf: recipe("maskDecoder").partOf }, { rate: 1e-4, masks: false });
  }, 120_000);

  it("of the prompt encoder with AdamW, where boxes, clicks, and masks each have their own steps", async () => {
    await train("prompts", { partOf: recipe("promptEncoder").partOf }, { rate: 1e-3, masks: true });
  }, 120_000);

  it("of decoder and prompt encoder with SGD, clipped, two prompts a step, with the mask of the step before", async () => {
    const loss = { focal: 20, dice: 1, iou: 1 };
    const optimizer = sgd({ weightDecay: 1e-4 });
    await train("sgd", { batch: 2, loss, optimizer, clip: 1 }, { rate: 1e-3, masks: true });
  }, 180_000);
});
