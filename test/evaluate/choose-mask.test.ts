import { describe, expect, it } from "vitest";
import { chooseMask, needsAlternatives, unitePredictions } from "../../src/evaluate/choose-mask.js";
import type { MaskCandidate, Prediction } from "../../src/predict/sam.js";
import { drawMask, maskRows } from "../support/draw-mask.js";

const candidate = (drawing: string, predictedIou: number, logits: readonly number[] = []): MaskCandidate => ({
  mask: drawMask(drawing),
  predictedIou,
  lowResLogits: Float32Array.from(logits),
});

const prediction = (single: MaskCandidate, ...candidates: MaskCandidate[]): Prediction => ({
  ...single,
  candidates,
  info: { provider: "CPU", milliseconds: 2 },
});

const answer = prediction(
  candidate("##..", 0.1),
  candidate("#...", 0.5),
  candidate(".###", 0.9),
  candidate("####", 0.9),
);

describe("chooseMask", () => {
  const truth = drawMask("##..");

  it("first: the single answer, or the first alternative if the strategy says so", () => {
    expect(chooseMask("first", answer, truth)).toMatchObject({ index: -1, predictedIou: 0.1 });
    expect(chooseMask("first", answer, truth, "alternative")).toMatchObject({ index: 0, predictedIou: 0.5 });
    expect(needsAlternatives("first", { firstMask: "single" })).toBe(false);
    expect(needsAlternatives("first", { firstMask: "alternative" })).toBe(true);
  });

  it("predicted-iou and oracle: the best alternative, the first among equals", () => {
    expect(chooseMask("predicted-iou", answer, truth).index).toBe(1);
    expect(chooseMask("oracle", answer, truth).index).toBe(0);
    expect(chooseMask("oracle", answer, drawMask("..##")).index).toBe(1);
    expect(needsAlternatives("oracle", { firstMask: "single" })).toBe(true);
  });

  it("refuses a prediction without the alternatives that a policy needs", () => {
    const alone = prediction(candidate("#...", 0.5));
    expect(() => chooseMask("oracle", alone, truth)).toThrow("multimask: true");
    expect(() => chooseMask("first", alone, truth, "alternative")).toThrow("multimask: true");
    expect(chooseMask("first", alone, truth).index).toBe(-1);
  });
});

describe("unitePredictions", () => {
  it("unites answers and alternatives index by index", () => {
    const other = prediction(candidate("...#", 0.3), candidate(".#..", 0.1, [1, -4]), candidate("#...", 0.7));
    const one = prediction(candidate("##..", 0.1), candidate("#...", 0.5, [-2, 3]), candidate(".###", 0.9));
    const united = unitePredictions([one, other]);
    expect(maskRows(united.mask)).toEqual(["##.#"]);
    expect(united.predictedIou).toBeCloseTo(0.2, 12);
    expect(united.candidates.map(({ mask }) => maskRows(mask)[0])).toEqual(["##..", "####"]);
    expect(united.candidates[0]).toMatchObject({ predictedIou: 0.3, lowResLogits: Float32Array.of(1, 3) });
    expect(maskRows(one.mask)).toEqual(["##.."]);
  });

  it("leaves one as it is and refuses none", () => {
    expect(unitePredictions([answer])).toBe(answer);
    expect(() => unitePredictions([])).toThrow("no predictions");
  });
});
