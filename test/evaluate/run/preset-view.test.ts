import { expect, it } from "vitest";
import { settingsOf } from "../../../src/evaluate/options.js";
import { cvpr24Laptop, mazurowski, samSzu } from "../../../src/evaluate/prompts/presets.js";
import { presetOfPlan } from "../../../src/evaluate/run/preset-view.js";

it("finds the preset of an evaluation in its plan", () => {
  expect(presetOfPlan(settingsOf({ models: "m", data: [], prompts: "box" }))).toBeUndefined();
  for (const preset of [samSzu({ lowPercentile: 5 }), mazurowski(), mazurowski({ oracle: true }), cvpr24Laptop()]) {
    const { scoring } = settingsOf({ models: "m", data: [], preset });
    expect(presetOfPlan({ scoring })?.name).toBe(preset.name);
  }
});
