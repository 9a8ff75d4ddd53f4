import { describe, expect, it } from "vitest";
import { mul } from "../../src/autodiff/arithmetic.js";
import { Weights } from "../../src/models/weights.js";
import { GraphTrainer } from "../../src/train/graph-trainer.js";
import { adamW, type Optimizer, sgd } from "../../src/train/optimizer.js";
import { wholeWeight } from "../../src/train/trainable.js";
import type { Forward } from "../../src/train/training-graph.js";
import { maxDifference } from "../support/golden.js";

const start = [0.8, -0.5, 1.2, -0.9];
const dims = [start.length];
const rate = 0.01;
const steps = 20;

/** Of the loss Σ slope × parameter. The last is as small as AdamW's epsilon. */
const slopesOf = (step: number) => [Math.sin(step), 0.3 * step, step % 3 === 0 ? 4 : -0.1, 1e-8 * (1 + (step % 2))];

/** The parameters after the steps, from a training graph. */
async function trained(optimizer: Optimizer, clip: number | null): Promise<Float32Array> {
  const w = Weights.from("four numbers", new Map([["p", { dims, data: Float32Array.from(start) }]]));
  const forward = (b: Parameters<typeof mul>[0], weights: Weights) => {
    const product = mul(b, b.input("slopes", "float32", dims), weights.value(b, "p", dims));
    return { outputs: {}, loss: () => b.reshape(b.reduceSum(product, [0]), []) };
  };
  const trainer = await GraphTrainer.create(w, { linear: forward }, { partOf: wholeWeight, optimizer, clip }, "CPU");
  try {
    for (let step = 1; step <= steps; step++) {
      const slopes = { type: "float32", dims, data: Float32Array.from(slopesOf(step)) } as const;
      await trainer.step("linear", { slopes }, rate);
    }
    return (await trainer.state()).parameters;
  } finally {
    await trainer.dispose();
  }
}

/** As torch.optim documents both optimizers, one parameter after the other. */
const documented = {
  adamw(gradients: readonly number[], p: number, [beta1, beta2] = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0.01) {
    let [first, second] = [0, 0];
    for (const [n, slope] of gradients.entries()) {
      p -= rate * weightDecay * p;
      first = beta1 * first + (1 - beta1) * slope;
      second = beta2 * second + (1 - beta2) * slope ** 2;
      const [unbiased, spread] = [first / (1 - beta1 ** (n + 1)), second / (1 - beta2 ** (n + 1))];
      p -= (rate * unbiased) / (Math.sqrt(spread) + epsilon);
    }
    return p;
  },
  sgd(gradients: readonly number[], p: number, momentum = 0.9, weightDecay = 0) {
    let velocity = 0;
    for (const slope of gradients) {
      velocity = momentum * velocity + slope + weightDecay * p;
      p -= rate * velocity;
    }
    return p;
  },
};

/** Each parameter's gradients, step by step. */
function gradients(clip: number | null): readonly (readonly number[])[] {
  const bySteps = Array.from({ length: steps }, (_, n) => {
    const slopes = slopesOf(n + 1);
    return slopes.map((slope) => slope * (clip === null ? 1 : Math.min(1, clip / Math.hypot(...slopes))));
  });
  return start.map((_, n) => bySteps.map((slopes) => slopes[n]!));
}

describe("twenty steps go as documented", () => {
  it.each([
    ["AdamW with its defaults", adamW(), documented.adamw, null],
    [
      "AdamW with other settings",
      adamW({ betas: [0.8, 0.95], epsilon: 1e-3, weightDecay: 0.1 }),
      (slopes: readonly number[], p: number) => documented.adamw(slopes, p, [0.8, 0.95], 1e-3, 0.1),
      1,
    ],
    ["SGD with its defaults", sgd(), documented.sgd, null],
    [
      "SGD with other settings",
      sgd({ momentum: 0.5, weightDecay: 0.1 }),
      (slopes: readonly number[], p: number) => documented.sgd(slopes, p, 0.5, 0.1),
      1,
    ],
  ] as const)("%s", async (name, optimizer, reference, clip) => {
    const own = gradients(clip);
    const expected = start.map((p, n) => reference(own[n]!, p));
    const off = maxDifference(await trained(optimizer, clip), Float32Array.from(expected));
    if (process.env.SAMLAB_SHOW) console.log(name, off);
    expect(off).toBeLessThan(2e-6);
  });
});

it("the norm of the gradient is exact for millions of values", async () => {
  const rows = 3000;
  const ones = { type: "float32", dims: [rows, 2000], data: new Float32Array(rows * 2000).fill(0.1) } as const;
  const w = Weights.from("millions", new Map([["p", { dims: ones.dims, data: new Float32Array(rows * 2000) }]]));
  const forward: Forward = (b, weights) => {
    const product = mul(b, b.input("slopes", "float32", ones.dims), weights.value(b, "p", ones.dims));
    return { outputs: {}, loss: () => b.reshape(b.reduceSum(product, [0, 1]), []) };
  };
  const spec = { partOf: wholeWeight, optimizer: sgd(), clip: 1 };
  const trainer = await GraphTrainer.create(w, { linear: forward }, spec, "CPU");
  try {
    const { gradientNorm } = await trainer.step("linear", { slopes: ones }, rate);
    expect(gradientNorm / (Math.fround(0.1) * Math.sqrt(rows * 2000))).toBeCloseTo(1, 5);
  } finally {
    await trainer.dispose();
  }
});
