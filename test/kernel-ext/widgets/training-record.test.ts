import { describe, expect, it } from "vitest";
import { LossCurve } from "../../../kernel-ext/widgets/training/loss-curve.js";
import { TrainingRecord } from "../../../kernel-ext/widgets/training/training-record.js";
import type { FineTuned } from "../../../src/finetune/types.js";
import { reported } from "./reported.js";

const tuned = (patch: object) =>
  ({ history: { loss: [2, 1], validation: [] }, steps: 2, bestStep: 2, notes: [], ...patch }) as unknown as FineTuned;

describe("LossCurve", () => {
  it("joins neighbors when there are too many, and keeps their mean", () => {
    const curve = new LossCurve([1, 3, 5], 4);
    expect([curve.every, curve.values]).toEqual([1, [1, 3, 5]]);
    curve.add(7);
    expect([curve.every, curve.values]).toEqual([2, [2, 6]]);
    curve.add(10);
    expect(curve.values).toEqual([2, 6]);
    curve.add(20);
    expect(curve.values).toEqual([2, 6, 15]);
    curve.add(30);
    curve.add(32);
    expect([curve.every, curve.values]).toEqual([4, [4, 23]]);
  });

  it("travels as float32, anew only when it has changed", () => {
    const curve = new LossCurve([0.5, 0.25]);
    const { wire } = curve;
    expect([...new Float32Array((wire.values as Uint8Array).slice().buffer)]).toEqual([0.5, 0.25]);
    expect(curve.wire).toBe(wire);
    curve.add(1);
    expect(curve.wire).not.toBe(wire);
  });
});

describe("TrainingRecord", () => {
  const start = { subject: "m · maskDecoder", isValidated: true };

  it("follows the reports", () => {
    const record = new TrainingRecord(start);
    expect(record.state()).toMatchObject({ phase: "preparing", step: 0, lastLoss: null, secondsLeft: null });
    record.progress(reported({ step: 0, steps: 8, note: "training" }));
    record.progress(reported({ step: 1, steps: 8, loss: 2, secondsLeft: 7 }));
    record.progress(reported({ phase: "validating", step: 1, steps: 8, loss: 2, validationDice: 0.5, secondsLeft: 7 }));
    expect(record.state()).toMatchObject({
      ...start,
      phase: "validating",
      step: 1,
      steps: 8,
      lastLoss: 2,
      validation: [{ step: 1, dice: 0.5 }],
      secondsLeft: 7,
      resumedFrom: null,
    });
    expect(record.loss.values).toEqual([2]);
  });

  it("has the curves of before when the training was taken up again", () => {
    const record = new TrainingRecord(start);
    const history = { loss: [3, 2], validation: [{ step: 2, dice: 0.5 }] };
    record.progress(reported({ step: 2, note: "Resumed after step 2.", history }));
    record.progress(reported({ step: 3, loss: 1 }));
    expect(record.loss.values).toEqual([3, 2, 1]);
    expect(record.state()).toMatchObject({ resumedFrom: 2, lastLoss: 1, validation: history.validation });
  });

  it("stops once, and not after the end", () => {
    const record = new TrainingRecord(start);
    expect([record.stop(), record.stop()]).toEqual([true, false]);
    expect(record.state().stopping).toBe(true);
    record.finished(tuned({}));
    expect(record.state().stopping).toBe(false);
    expect(record.stop()).toBe(false);
  });

  it.each([
    ["finished", "20 steps.", {}, { steps: 20, bestStep: 20 }],
    ["finished", "20 steps. The weights of step 15 are kept.", {}, { steps: 20, bestStep: 15 }],
    ["finished", "Stopped after step 9: why.", {}, { steps: 9, bestStep: 9, notes: ["Stopped after step 9: why."] }],
    [
      "stopped",
      "By hand. The weights of step 5 are kept.",
      { stop: true },
      { steps: 9, bestStep: 5, notes: ["By hand."] },
    ],
    // The stop came too late.
    ["finished", "20 steps.", { stop: true }, { steps: 20, bestStep: 20 }],
  ])("ends as %s: %s", (phase, note, { stop }: { stop?: boolean }, result) => {
    const record = new TrainingRecord(start);
    record.progress(reported({ step: 5, steps: 20, loss: 1, secondsLeft: 9 }));
    if (stop) record.stop();
    record.finished(tuned(result));
    expect(record.state()).toMatchObject({ phase, note, secondsLeft: null, step: result.steps });
    expect(record.title).toBe(note);
  });

  it("fails with a message; a stop before the first step is no failure", () => {
    const failed = new TrainingRecord(start);
    failed.progress(reported({ step: 2, loss: 1 }));
    failed.stop();
    failed.failed("Step 3 gave the loss NaN.");
    expect(failed.state()).toMatchObject({ phase: "failed", note: "Step 3 gave the loss NaN." });
    const canceled = new TrainingRecord(start);
    canceled.stop();
    canceled.failed("The fine-tuning was canceled.");
    expect(canceled.state().phase).toBe("stopped");
  });
});
