import { expect, it } from "vitest";
import { diceCurves, lossCurves, nearest } from "../../../widgets/src/training/curves.js";
import { trainingState } from "./training-port.js";

it("draws each loss, their running mean, and a dot where it has come to", () => {
  const { values, raw, line, dots } = lossCurves(trainingState);
  expect(values.top).toBe(2);
  expect(raw).toEqual([
    [1, 2],
    [2, 1],
    [3, 1],
    [4, 0.5],
  ]);
  expect(line).toEqual([
    [1, 2],
    [2, 1.5],
    [3, 4 / 3],
    [4, 1.125],
  ]);
  expect(dots).toEqual([[4, 1.125]]);
});

it("has no numbers at the loss's axis before there is a loss", () => {
  const { values, line } = lossCurves({ ...trainingState, loss: { every: 1, values: new Uint8Array(0) } });
  expect([values.ticks, line]).toEqual([[0], []]);
});

it("marks the validation whose weights are kept", () => {
  expect(diceCurves(trainingState)).toMatchObject({
    line: [
      [2, 0.75],
      [4, 0.5],
    ],
    dots: [[4, 0.5]],
    best: [2, 0.75],
  });
});

it("names the values of the step that is nearest", () => {
  const curves = lossCurves(trainingState);
  expect(nearest(curves, 2.6)).toEqual({ step: 3, text: "step 3: 1.333, this step 1.000" });
  expect(nearest(diceCurves(trainingState), 0)).toEqual({ step: 2, text: "step 2: 0.750" });
  expect(nearest({ ...curves, line: [], raw: [] }, 1)).toBeNull();
});
