import { expect, it } from "vitest";
import { type StopMeasures, stopReason, stopRuleOf } from "../../src/volume/stop-rule.js";

const measures: StopMeasures = {
  area: 50,
  pixelArea: 4,
  startArea: 100,
  predictedIou: 0.6,
  startPredictedIou: 0.7,
  iou: 0.8,
  likeness: () => 0.9,
};

it("ends an object at the first bound that is broken, and says which", () => {
  expect(stopReason({}, measures)).toBeNull();
  const bounds = {
    minIou: [0.8, 0.81],
    minPredictedIou: [0.6, 0.61],
    minPredictedShare: [0.85, 0.86],
    minArea: [200, 201],
    minAreaShare: [0.5, 0.51],
    minLikeness: [0.9, 0.91],
  } as const;
  for (const [name, [kept, broken]] of Object.entries(bounds)) {
    expect(stopReason({ [name]: kept }, measures), name).toBeNull();
    expect(stopReason({ [name]: broken }, measures)).toBe(name);
  }
});

it("takes the rule's own bounds where none are given, and none where that is said", () => {
  expect(stopRuleOf("laptop", undefined)).toEqual({});
  expect(stopRuleOf("box", undefined)).toEqual({ minIou: 0.5 });
  expect(stopRuleOf("consensus", undefined)).toEqual(stopRuleOf("samlab", undefined));
  expect(stopRuleOf("samlab", false)).toEqual({});
  expect(stopRuleOf("samlab", { minArea: 5 })).toEqual({ minArea: 5 });
});
