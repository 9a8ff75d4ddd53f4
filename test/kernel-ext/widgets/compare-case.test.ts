import { describe, expect, it } from "vitest";
import { compareCase } from "../../../kernel-ext/widgets/compare-case.js";
import { maskBox } from "../../../src/core/mask.js";
import { samples, sampleVolume } from "../../../src/datasets/samples.js";
import { ControlledSam } from "./controlled-sam.js";
import { RecordingHost } from "./recording-host.js";

const place = {
  case: "brain1",
  label: "tumor",
  part: 0,
  plane: "axial",
  slice: 15,
  strategy: "box",
  seed: 0,
} as const;
const options = (models: object = { model: new ControlledSam({ automatic: true }) }) =>
  ({ data: samples, models, host: new RecordingHost() }) as unknown as Parameters<typeof compareCase>[1];

describe("compareCase", () => {
  it("gives each model the row's prompt on the row's slice, and the row's object as truth", async () => {
    const sam = new ControlledSam({ automatic: true });
    const w = await compareCase(place, options({ "zero-shot": sam }));
    await w.ready;
    const { truth } = await sampleVolume("brain1");
    expect([w.slice, w.plane]).toEqual([15, "axial"]);
    expect(sam.predicted.map(({ prompt }) => prompt)).toEqual([{ box: maskBox(truth.slice(15)) }]);
    expect(w.mask("truth")).toEqual(truth.slice(15));
    expect(w.sliceScores).toMatchObject([{ name: "zero-shot", dice: expect.any(Number) }]);
    w.slice = 14;
    await w.ready;
    expect(sam.predicted[1].prompt).toEqual({ box: maskBox(truth.slice(14)) });
    w.close();
  });

  it.each([
    [{ case: "nobody" }, 'There is no case "nobody" to open again.'],
    [{ label: "lung" }, 'There is no object "lung" to open again.'],
    [{ strategy: "everything" }, 'There is no prompt "everything" to open again.'],
  ])("says what it cannot find: %j", async (patch, message) => {
    await expect(compareCase({ ...place, ...patch }, options())).rejects.toThrow(message);
  });
});
