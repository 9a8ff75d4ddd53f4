import { expect, it } from "vitest";
import { samples } from "../../src/datasets/samples.js";
import { evaluate } from "../../src/evaluate/evaluate.js";
import type { EvaluationRow } from "../../src/evaluate/types.js";
import { describeWithWeights } from "../support/weights.js";

/**
 * One slice of each tumor or lesion among the samples. The distillation used their images, but not their masks: this is
 * a regression test, not a measurement.
 */
const cases = async () =>
  (await samples())
    .filter(({ labels }) => /tumor|lesion/.test(labels["1"] ?? ""))
    .map((entry) => ({ ...entry, slicing: { ...entry.slicing, slices: "largest" as const } }));

const mean = (rows: readonly EvaluationRow[], strategy: string, clicks: number) => {
  const own = rows.filter((row) => row.strategy.startsWith(strategy) && row.clicks === clicks);
  expect(own).toHaveLength(5);
  return own.reduce((sum, { dice }) => sum + dice / own.length, 0);
};

describeWithWeights("the shipped decoder for clicks", () => {
  it("keeps the original's boxes and understands clicks", async () => {
    const data = await cases();
    const { rows } = await evaluate({ models: "lite-medsam-clicks", data, prompts: ["box", "clicks:5,feedback"] });
    const { rows: original } = await evaluate({ models: "lite-medsam", data, prompts: "box" });
    expect(mean(rows, "box", 0)).toBeGreaterThan(mean(original, "box", 0) - 0.01);
    // 0.71 and 0.89 when it was made; the original answers a click with nothing.
    expect(mean(rows, "clicks", 1)).toBeGreaterThan(0.65);
    expect(mean(rows, "clicks", 5)).toBeGreaterThan(0.85);
  }, 120_000);
});
