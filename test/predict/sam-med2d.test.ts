import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import { safetensorsPieces } from "../../src/checkpoint/write-safetensors.js";
import type { PromptSet } from "../../src/core/prompt.js";
import { distillClicks } from "../../src/distill/distill.js";
import { loadSam } from "../../src/index.js";
import { Adapter } from "../../src/models/adapter.js";
import { recognize } from "../../src/models/architecture.js";
import { compileSam, graphNames } from "../../src/models/compile.js";
import { type Loaded, Weights } from "../../src/models/weights.js";
import type { StoredEmbedding } from "../../src/predict/embedding-store.js";
import { promptTokens } from "../../src/predict/prompt-tokens.js";
import { sgd } from "../../src/train/optimizer.js";
import type { TrainingSpec } from "../../src/train/prompt-forward.js";
import { wholeWeight } from "../../src/train/trainable.js";
import { Trainer } from "../../src/train/trainer.js";
import { drawn, drawnImage, uniform } from "../support/drawn.js";
import { modelFromFile, smallSamMed2d } from "../support/light-models.js";
import { misfit } from "../support/misfit.js";
import { runGraph } from "../support/run-graph.js";
import { temporaryFolders } from "../support/temporary.js";

const prompts: readonly PromptSet[] = [
  { box: [28, 18, 92, 62] },
  { points: [{ x: 60, y: 40 }] },
  {
    points: [
      { x: 100, y: 80 },
      { x: 10, y: 90, label: 0 },
    ],
    box: [80, 50, 120, 90],
  },
];

describe("SAM-Med2D's single mask is not trained", () => {
  const folder = temporaryFolders();

  it("so it answers with the alternative of the highest predicted IoU", async () => {
    const into = await folder();
    const sam = await modelFromFile("sam-med2d", smallSamMed2d(), into);
    expect(sam.notes.join()).toContain("It answers with the alternative of the highest predicted IoU");
    await sam.setImage(drawnImage("picture", 131, 97));
    const answers = await sam.predictBatch(prompts, { multimask: true });
    for (const { candidates, predictedIou, lowResLogits } of answers) {
      const best = candidates.toSorted((a, b) => b.predictedIou - a.predictedIou)[0];
      expect(candidates).toHaveLength(3);
      expect([predictedIou, lowResLogits]).toEqual([best.predictedIou, best.lowResLogits]);
    }
    const alone = await sam.predict(prompts[0]);
    expect([alone.predictedIou, alone.candidates]).toEqual([answers[0].predictedIou, []]);
    const asSam = await loadSam(join(into, "sam-med2d.safetensors"), { device: "cpu", preprocessing: "sam" });
    await asSam.setImage(drawnImage("picture", 131, 97));
    const single = await asSam.predict(prompts[0], { multimask: true });
    for (const { predictedIou } of single.candidates) expect(single.predictedIou).not.toBe(predictedIou);
  });

  it("unless samlab has trained it, as earlier versions did, which an adapter or an export without a word on it says", async () => {
    const into = await folder();
    const sam = await modelFromFile("sam-med2d", smallSamMed2d(), into);
    const path = join(into, "sam-med2d.safetensors");
    const exported = join(into, "exported.safetensors");
    await sam.export(exported);
    expect((await loadSam(exported, { device: "cpu" })).architecture.answer).toBe("best");
    const { metadata, close } = await openSafetensors(exported);
    await close();
    const { "samlab.answer": _, ...before } = metadata;
    await writeFile(exported, Buffer.concat(safetensorsPieces(smallSamMed2d(), before)));
    const earlier = await loadSam(exported, { device: "cpu" });
    expect([earlier.architecture.answer, earlier.notes.join()]).toEqual([
      undefined,
      expect.stringContaining("single mask"),
    ]);
    const adapter = (said: Readonly<Record<string, string>>) =>
      Adapter.create(
        new Map([["mask_decoder.iou_token.weight", smallSamMed2d().get("mask_decoder.iou_token.weight")!]]),
        {
          base: path,
          baseHash: sam.hash,
          preprocessing: "sam-med2d",
          recipe: "maskDecoder",
          ...said,
        },
      );
    const onMasks = { prompts: JSON.stringify({ box: 1, corrective: 1 }) };
    const adapters = [
      { answer: "best" },
      {},
      { answer: "best", ...onMasks },
      { answer: "best", maskPrompt: "probability", ...onMasks },
    ];
    const loaded = await Promise.all(adapters.map((said) => loadSam(path, { adapter: adapter(said), device: "cpu" })));
    expect(loaded.map(({ architecture: { answer, maskPrompt } }) => [answer, maskPrompt])).toEqual([
      ["best", "probability"],
      [undefined, undefined],
      ["best", undefined],
      ["best", "probability"],
    ]);
  });

  it("so what is distilled answers with it too, and takes masks in the same way", async () => {
    const into = await folder();
    const sam = await modelFromFile("sam-med2d", smallSamMed2d(), into);
    const adapter = await distillClicks(sam, [], { synthetic: 1, steps: 1 });
    const distilled = await loadSam(join(into, "sam-med2d.safetensors"), { adapter, device: "cpu" });
    expect(distilled.architecture).toEqual(sam.architecture);
  });

  it("so that alternative is trained: the steps are those of a model whose single mask it is", async () => {
    const med2d = await steps(smallSamMed2d(), { answer: "best" });
    const { best } = med2d;
    const single = await steps(withMaskFirst(smallSamMed2d(), best), { preprocessing: "sam" });
    expect([med2d.taken.length, best > 0]).toEqual([3, true]);
    for (const [n, { loss, gradientNorm }] of med2d.taken.entries()) {
      expect(single.taken[n].loss / loss).toBeCloseTo(1, 5);
      expect(single.taken[n].gradientNorm / gradientNorm).toBeCloseTo(1, 4);
    }
    const changed = [0, 1, 2, 3].filter((mask) => med2d.changed.some((name) => name.includes(`mlps.${mask}.`)));
    expect(changed).toEqual([best]);
  });
});

describe("SAM-Med2D's mask prompts are probabilities", () => {
  const folder = temporaryFolders();
  const sigmoid = (logits: Float32Array) => logits.map((logit) => 1 / (1 + Math.exp(-logit)));

  /** The small model's norm of one channel would make every mask the same. */
  const tensors = new Map(smallSamMed2d());
  for (const [layer, dims] of [
    [0, [4, 1, 2, 2]],
    [1, [4]],
    [3, [16, 4, 2, 2]],
    [4, [16]],
    [6, [16, 16, 1, 1]],
  ] as const) {
    for (const [kind, shape] of [["weight", dims] as const, ["bias", dims.slice(0, 1)] as const]) {
      const name = `prompt_encoder.mask_downscaling.${layer}.${kind}`;
      tensors.set(name, drawn(name, shape));
    }
  }

  it("in predictions, from the logits of an answer", async () => {
    const sam = await modelFromFile("sam-med2d", tensors, await folder());
    expect(sam.architecture.maskPrompt).toBe("probability");
    const embedding = await sam.embed(drawnImage("picture", 131, 97));
    const points = [{ x: 60, y: 40 }];
    const { lowResLogits } = await sam.predict({ points }, { embedding });
    const again = await sam.predict({ points, maskInput: lowResLogits }, { embedding, multimask: true });
    const { decoder } = compileSam(Weights.from("sam-med2d.pth", tensors));
    const tokens = promptTokens({ points }, (embedding as StoredEmbedding).frame);
    const graph = await runGraph(decoder, {
      [graphNames.imageEmbedding]: (embedding as StoredEmbedding).tensor,
      [graphNames.pointCoords]: { type: "float32", dims: [1, 2, 2], data: Float32Array.from(tokens.coords) },
      [graphNames.pointLabels]: { type: "int32", dims: [1, 2], data: Int32Array.from(tokens.labels) },
      [graphNames.maskInput]: { type: "float32", dims: [1, 1, 64, 64], data: sigmoid(lowResLogits) },
      [graphNames.hasMask]: { type: "bool", dims: [], data: Uint8Array.of(1) },
    });
    const alternatives = again.candidates.flatMap((candidate) => [...candidate.lowResLogits]);
    const all = graph[graphNames.lowResLogits].data as Float32Array;
    expect(misfit(Float32Array.from(alternatives), all.subarray(4096))).toBeLessThan(1e-6);
  });

  it("in trainings", async () => {
    const mask = Float32Array.from(uniform("mask", 4096), (value) => 8 * value);
    const first = async (changes: Partial<TrainingSpec["architecture"]>, given: Float32Array) =>
      (await steps(tensors, { answer: "best", ...changes }, given)).taken[0].loss;
    const loss = await first({ maskPrompt: "probability" }, mask);
    expect(loss).toBe(await first({}, sigmoid(mask)));
    expect(loss).not.toBe(await first({}, mask));
  });
});

/** Puts the weights of a mask into the place of the single one, and those into its place. */
function withMaskFirst(of: Map<string, Loaded>, mask: number): Map<string, Loaded> {
  const swapped = (row: number) => (row === 0 ? mask : row === mask ? 0 : row);
  const renamed = [...of].map(([name, { dims, data }]): [string, Loaded] => {
    const network = /(.*output_hypernetworks_mlps\.)(\d)(.*)/.exec(name);
    if (network) return [`${network[1]}${swapped(Number(network[2]))}${network[3]}`, { dims, data }];
    if (!/mask_tokens|iou_prediction_head\.layers\.2/.test(name)) return [name, { dims, data }];
    const length = data.length / dims[0];
    const rows = Array.from({ length: dims[0] }, (_, row) =>
      data.slice(swapped(row) * length, (swapped(row) + 1) * length),
    );
    return [name, { dims, data: Float32Array.from(rows.flatMap((row) => [...row])) }];
  });
  return new Map(renamed);
}

/** Three steps on one click. */
async function steps(
  of: Map<string, Loaded>,
  changes: Partial<TrainingSpec["architecture"]>,
  mask: Float32Array | null = null,
) {
  const w = Weights.from("sam-med2d.pth", of);
  const architecture = { ...recognize(w), ...changes };
  const loss = { dice: 1, bce: 1, iou: 1 };
  const spec = { architecture, partOf: wholeWeight, withEncoder: false, batch: 1, loss, optimizer: sgd(), clip: null };
  const trainer = await Trainer.create(w, spec, "CPU");
  try {
    const image = {
      type: "float32",
      dims: [1, 16, 16, 16],
      data: Float32Array.from(uniform("embedding", 4096)),
    } as const;
    const target = Float32Array.from({ length: 4096 }, (_, n) => Number((n % 64) - 30 > 0));
    const example = {
      image,
      coords: Float32Array.of(160, 128, 0, 0),
      labels: Int32Array.of(1, -1),
      mask,
      target,
    };
    const before = trainer.table.split((await trainer.state()).parameters);
    const taken = [];
    for (let n = 0; n < 3; n++) taken.push(await trainer.step(example, 1e-3));
    const after = trainer.table.split((await trainer.state()).parameters);
    const differs = (name: string) => before.get(name)!.data.some((value, n) => value !== after.get(name)!.data[n]);
    const changed = [...before.keys()].filter(differs);
    const best = Number(/mlps\.(\d)/.exec(changed.find((name) => name.includes("mlps."))!)![1]);
    return { taken, changed, best };
  } finally {
    await trainer.dispose();
  }
}
