import { describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff/gradient.js";
import { seededRandom } from "../../src/core/random.js";
import { GraphBuilder } from "../../src/onnx/builder.js";
import { buildCandidateLoss } from "../../src/train/candidate-loss.js";
import { runGraph } from "../support/run-graph.js";

const [batch, masks, side] = [2, 4, 3];
const pixels = side * side;
const random = seededRandom("candidate loss");
const logits = Float32Array.from({ length: batch * masks * pixels }, () => 4 * random() - 2);
const target = Float32Array.from({ length: batch * pixels }, () => (random() < 0.4 ? 1 : 0));
const ious = Float32Array.from({ length: batch * masks }, () => random());

/** Dice + cross-entropy of one mask, in double precision. */
function maskLoss(at: number, values: ArrayLike<number>): number {
  const from = Math.floor(at / masks) * pixels;
  let [both, sizes, entropy] = [0, 0, 0];
  for (let n = 0; n < pixels; n++) {
    const [x, t] = [values[at * pixels + n], target[from + n]];
    const p = 1 / (1 + Math.exp(-x));
    both += p * t;
    sizes += p * p + t;
    entropy += Math.log1p(Math.exp(x)) - x * t;
  }
  return 1 - (2 * both + 1e-5) / (sizes + 1e-5) + entropy / pixels;
}

function iouError(at: number): number {
  let [both, either] = [0, 0];
  for (let n = 0; n < pixels; n++) {
    const [x, t] = [logits[at * pixels + n] > 0, target[Math.floor(at / masks) * pixels + n] > 0];
    if (x && t) both++;
    if (x || t) either++;
  }
  return (ious[at] - both / either) ** 2;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const items = Array.from({ length: batch }, (_, n) => n);

function expected(weight: number, values: ArrayLike<number> = logits): number {
  const single = mean(items.map((n) => maskLoss(n * masks, values)));
  const candidates = items.map((n) => [1, 2, 3].map((m) => maskLoss(n * masks + m, values)));
  const best = mean(candidates.map((losses) => Math.min(...losses)));
  const iou = mean(Array.from({ length: batch * masks }, (_, at) => iouError(at)));
  return single + weight * (best + 0.1 * mean(candidates.flat())) + 0.2 * iou;
}

async function computed(weight: number) {
  const b = new GraphBuilder("loss");
  const inputs = {
    logits: b.input("logits", "float32", [batch, masks, side, side]),
    target: b.input("target", "float32", [batch, 1, side, side]),
    predictedIou: b.input("ious", "float32", [batch, masks]),
  };
  const loss = buildCandidateLoss(b, inputs, { dice: 1, bce: 1, iou: 0.2 }, b.input("weight", "float32", []));
  const [slope] = gradient(b, loss, [inputs.logits]);
  if (!slope) throw new Error("the loss does not depend on the logits");
  b.output("loss", loss);
  b.output("slope", slope);
  const outputs = await runGraph(b.build(), {
    logits: { type: "float32", dims: [batch, masks, side, side], data: logits },
    target: { type: "float32", dims: [batch, 1, side, side], data: target },
    ious: { type: "float32", dims: [batch, masks], data: ious },
    weight: { type: "float32", dims: [], data: Float32Array.of(weight) },
  });
  return { loss: outputs.loss.data[0] as number, slope: outputs.slope.data as Float32Array };
}

describe.each([0, 0.4, 1])("the loss over candidates, weight %f", (weight) => {
  it("is the single mask's, the best candidate's and a tenth of all of theirs", async () => {
    expect((await computed(weight)).loss).toBeCloseTo(expected(weight), 5);
  });

  it("has the gradient of finite differences", async () => {
    const { slope } = await computed(weight);
    const step = 1e-5;
    slope.forEach((value, at) => {
      const moved = (by: number) => Float64Array.from(logits, (x, n) => (n === at ? x + by : x));
      const difference = (expected(weight, moved(step)) - expected(weight, moved(-step))) / (2 * step);
      expect(value).toBeCloseTo(difference, 5);
    });
  });
});
