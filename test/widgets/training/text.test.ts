import { describe, expect, it } from "vitest";
import type { TrainingState } from "../../../src/protocol/training.js";
import { TrainingController } from "../../../widgets/src/training/controller.js";
import {
  announcement,
  bestText,
  lossText,
  phaseWord,
  statusText,
  stopText,
} from "../../../widgets/src/training/text.js";
import { TrainingPort, trainingState } from "./training-port.js";

const known = (patch: Partial<TrainingState> = {}, live = true) => {
  const port = new TrainingPort(patch);
  port.live = live;
  return new TrainingController(port, () => {}, "v");
};

describe("the status", () => {
  it.each([
    [{}, "step 4 of 10 · 1 min 5 s left"],
    [{ phase: "validating", secondsLeft: null }, "step 4 of 10"],
    [{ resumedFrom: 2 }, "step 4 of 10 · 1 min 5 s left · resumed after step 2"],
    [{ stopping: true }, "step 4 of 10"],
    [{ phase: "embedding", note: "embedding image 1 of 3" }, "embedding image 1 of 3"],
    [{ phase: "failed", note: "It failed." }, "It failed."],
  ] as const)("of %j is %s", (patch, text) => expect(statusText(known(patch))).toBe(text));

  it("says how to go on when the kernel is gone, unless the training had ended", () => {
    expect(statusText(known({}, false))).toBe(
      "The kernel is gone. It was at step 4 of 10; run the cell again to go on from the last save.",
    );
    expect(statusText(known({ step: 0 }, false))).toBe("The kernel is gone. Run the cell again.");
    expect(statusText(known({ phase: "finished", note: "10 steps." }, false))).toBe("10 steps.");
  });

  it("has one word that does not flicker", () => {
    const words = (["preparing", "embedding", "training", "validating", "saving", "stopped"] as const).map((phase) =>
      phaseWord(known({ phase })),
    );
    expect(words).toEqual(["preparing", "training", "training", "training", "saving", "stopped"]);
    expect([phaseWord(known({ stopping: true })), phaseWord(known({}, false))]).toEqual(["stopping", "interrupted"]);
  });
});

it("names the loss and the best Dice as soon as there are any, and what a stop keeps", () => {
  expect([lossText(trainingState), bestText(trainingState)]).toEqual(["loss 0.500", "best Dice 0.750 at step 2"]);
  const none = { ...trainingState, lastLoss: null, validation: [], isValidated: false };
  expect([lossText(none), bestText(none)]).toEqual(["", ""]);
  expect([stopText(trainingState), stopText(none)]).toEqual(["stop, keep the best", "stop, keep the last"]);
});

describe("a screen reader", () => {
  const told = (patch: Partial<TrainingState>) => announcement(trainingState, { ...trainingState, ...patch });

  it("hears of validations, the stop and the end, and not of every step", () => {
    expect(told({ step: 5 })).toBe("");
    const validation = [...trainingState.validation, { step: 6, dice: 0.875 }];
    expect(told({ validation })).toBe("step 6 of 10: validation Dice 0.875, the best so far");
    expect(told({ validation: [...trainingState.validation, { step: 6, dice: 0.25 }] })).toBe(
      "step 6 of 10: validation Dice 0.250",
    );
    expect(told({ stopping: true })).toBe("stopping after this step");
    expect(told({ phase: "stopped", note: "Why." })).toBe("training stopped. Why.");
  });

  it("hears the beginning and the end once", () => {
    expect(announcement({ ...trainingState, step: 0 }, trainingState)).toBe("training, 10 steps");
    const ended = { ...trainingState, phase: "finished" as const };
    expect(announcement(ended, ended)).toBe("");
  });
});
