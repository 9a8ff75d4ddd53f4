import { afterAll, beforeAll, expect, it } from "vitest";
import { maskBox } from "../../src/core/mask.js";
import { sampleCase } from "../../src/datasets/samples.js";
import type { Image2d } from "../../src/io/image/image.js";
import { dice } from "../../src/metrics/overlap.js";
import { loadSam } from "../../src/predict/load-sam.js";
import type { LoadedSam } from "../../src/predict/loaded-sam.js";
import { promptEnsemble } from "../../src/predict/prompt-ensemble.js";
import { failure } from "../io/helpers.js";
import { describeWithWeights } from "../support/weights.js";

describeWithWeights("an ensemble of prompts on a slice of brain1", () => {
  let sam: LoadedSam;
  let image: Image2d;
  let other: Image2d;
  let box: [number, number, number, number];
  let truth: { width: number; height: number; data: Uint8Array };
  beforeAll(async () => {
    const sample = await sampleCase("brain1");
    if (sample.kind !== "volume") throw new Error("brain1 is a volume");
    sam = await loadSam("lite-medsam-clicks", { device: "cpu" });
    truth = sample.truth.slice(15);
    box = [...maskBox(truth)!] as typeof box;
    [image, other] = [sample.volume.slice(15), sample.volume.slice(10)];
    await sam.setImage(other);
    await sam.setImage(image);
  });
  afterAll(() => sam.dispose());

  it("has the mean of the masks, and is uncertain at their edges only", async () => {
    const ensemble = await promptEnsemble(sam, { box }, { count: 6 });
    expect(ensemble.prompts[0]).toEqual({ box });
    expect(ensemble.masks).toHaveLength(6);
    expect(dice(ensemble.mask, truth)).toBeGreaterThan(0.8);
    expect(ensemble.agreement).toBeGreaterThan(0.8);
    expect(ensemble.agreement).toBeLessThan(1);
    const votes = (n: number) => ensemble.masks.reduce((sum, { data }) => sum + data[n]!, 0);
    let [least, most, worst] = [1, 0, 0];
    for (const [n, bits] of ensemble.uncertainty.entries()) {
      const p = ensemble.probability[n]!;
      const entropy = [p, 1 - p].reduce((sum, share) => sum - (share > 0 ? share * Math.log2(share) : 0), 0);
      worst = Math.max(worst, Math.abs(bits - entropy));
      // All but sure: no prompt says otherwise.
      if (bits < 0.05) expect(votes(n)).toBe(p > 0.5 ? 6 : 0);
      least = Math.min(least, bits);
      most = Math.max(most, bits);
    }
    expect(worst).toBeLessThan(1e-6);
    expect(least).toBeLessThan(0.01);
    expect(most).toBeGreaterThan(0.9);
    expect(ensemble.mask.data).toEqual(Uint8Array.from(ensemble.probability, (p) => (p > 0.5 ? 1 : 0)));
  });

  it("is one prediction where nothing varies, and the same for the same seed", async () => {
    const single = await sam.predict({ box });
    const still = await promptEnsemble(sam, { box }, { count: 3, boxShift: 0 });
    expect(still.mask).toEqual(single.mask);
    expect(still.agreement).toBe(1);
    const varied = async (seed: number) => (await promptEnsemble(sam, { box }, { count: 3, seed })).prompts;
    expect(await varied(1)).toEqual(await varied(1));
    expect(await varied(1)).not.toEqual(await varied(2));
  });

  it("is of the image that was set when it began", async () => {
    const whole = await promptEnsemble(sam, { box }, { count: 12 });
    const running = promptEnsemble(sam, { box }, { count: 12 });
    await sam.setImage(other);
    const ensemble = await running.finally(() => sam.setImage(image));
    expect(ensemble.agreement).toBe(whole.agreement);
    expect(ensemble.masks).toEqual(whole.masks);
  });

  it("moves points and boxes inside the image", async () => {
    const points = [{ x: 0, y: 255, label: 1 as const }];
    const { prompts } = await promptEnsemble(sam, { points, box: [0, 200, 60, 255] }, { count: 20, pointShift: 9 });
    const moved = prompts.slice(1).map((prompt) => prompt.points![0]!);
    expect(new Set(moved.map(({ x }) => x)).size).toBeGreaterThan(5);
    for (const { x, y } of moved) expect([x >= 0 && x <= 9, y >= 246 && y <= 255]).toEqual([true, true]);
  });

  it.each([
    [{}, {}, "prompt"],
    [{ box: [1, 1, 9, 9] as const }, { count: 1 }, "count"],
    [{ box: [1, 1, 9, 9] as const }, { boxShift: 2 }, "boxShift"],
  ])("refuses %j %j", async (prompt, options, field) => {
    expect(await failure(promptEnsemble(sam, prompt, options), "argument-invalid")).toMatchObject({ field });
  });
});
