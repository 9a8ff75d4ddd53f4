import { describe, expect, it } from "vitest";
import { tickTexts } from "../../src/protocol/chart-ticks.js";
import { bestValidation, hasEnded, lossStep, smoothed, timeText } from "../../src/protocol/training.js";
import { lossAxis, stepAxis } from "../../src/protocol/training-axes.js";
import { parseTrainingIntent } from "../../src/protocol/training-intents.js";

describe("a training's messages", () => {
  it("are understood with their view and number", () => {
    const stop = { kind: "stop", view: "v", seq: 3 };
    expect(parseTrainingIntent(stop)).toEqual({ ok: true, intent: stop });
  });

  it.each([
    [null, "a message without fields"],
    [{ kind: "stop" }, "stop without a view and seq"],
    [{ kind: "stop", view: "v", seq: -1 }, "stop without a view and seq"],
    [{ kind: "toString", view: "v", seq: 1 }, 'unknown intent "toString"'],
  ])("are refused when they are %j", (content, problem) => {
    expect(parseTrainingIntent(content)).toEqual({ ok: false, problem });
  });
});

describe("a training's state", () => {
  it("has three ends", () => {
    const phases = ["preparing", "embedding", "training", "validating", "saving"] as const;
    expect(phases.filter((phase) => hasEnded({ phase }))).toEqual([]);
    expect((["finished", "stopped", "failed"] as const).every((phase) => hasEnded({ phase }))).toBe(true);
  });

  it("places a value in the middle of its steps", () => {
    expect([lossStep(0, 1), lossStep(4, 1), lossStep(0, 4), lossStep(1, 4)]).toEqual([1, 5, 2.5, 6.5]);
  });

  it("keeps the first of the best validations", () => {
    const validation = [0.5, 0.75, 0.75, 0.25].map((dice, n) => ({ step: n + 1, dice }));
    expect(bestValidation(validation)).toEqual({ step: 2, dice: 0.75 });
    expect(bestValidation([])).toBe(null);
  });

  it("is smoothed over the last ten values", () => {
    const values = Array.from({ length: 12 }, (_, n) => n);
    expect([...smoothed(values)]).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5.5, 6.5]);
  });

  it.each([
    [59.4, "59 s"],
    [185, "3 min 5 s"],
    [7800, "2 h 10 min"],
  ])("writes %d seconds as %s", (seconds, text) => expect(timeText(seconds)).toBe(text));
});

describe("a training's axes", () => {
  it("end at the round value above the highest loss, and above 0.1", () => {
    expect(lossAxis([2.1, 0.5])).toEqual({ top: 2.5, ticks: [0, 0.5, 1, 1.5, 2, 2.5] });
    expect(lossAxis([2])).toEqual({ top: 2, ticks: [0, 0.5, 1, 1.5, 2] });
    expect(lossAxis(Float32Array.of(0.01)).top).toBeCloseTo(0.1, 9);
  });

  it("have whole steps", () => {
    expect(stepAxis(3)).toEqual({ top: 3, ticks: [0, 1, 2, 3] });
  });

  it("have all ticks written with the same decimals", () => {
    expect(tickTexts([0, 0.5, 1])).toEqual(["0.0", "0.5", "1.0"]);
    expect(tickTexts([0, 20_000])).toEqual(["0", "20\u2009000"]);
  });
});
