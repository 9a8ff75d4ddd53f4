import { expect, it } from "vitest";
import { planeView } from "../../src/core/plane.js";
import { parseCompareIntent } from "../../src/protocol/mask-compare-intents.js";
import type { Subject } from "../../src/protocol/slices.js";

const affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const subject: Subject = {
  kind: "volume",
  source: "",
  format: { type: "uint8", slope: 1, intercept: 0 },
  frames: [planeView([10, 8, 5], affine, "axial")],
  affine,
  unit: "mm",
  valueUnit: "",
};
const from = { view: "v", seq: 1 };

it.each([
  { kind: "goto", place: { plane: "axial", index: 4 } },
  { kind: "window", low: 0, high: 1, name: "x" },
  { kind: "display", layout: "swipe", paint: "agreement" },
  { kind: "predict-all" },
  { kind: "cancel" },
  { kind: "retry" },
])("understands %j", (intent) => {
  expect(parseCompareIntent({ ...intent, ...from }, subject)).toEqual({ ok: true, intent: { ...intent, ...from } });
});

it.each([
  [{ kind: "goto", place: { plane: "axial", index: 5 } }, "goto with an invalid place"],
  [{ kind: "goto", place: { plane: "coronal", index: 0 } }, "goto with an invalid place"],
  [{ kind: "window", low: 2, high: 1, name: "x" }, "window with an invalid high"],
  [{ kind: "window", low: Number.NaN, high: 1, name: "x" }, "window with an invalid low"],
  [{ kind: "display", layout: "tower", paint: "masks" }, "display with an invalid layout"],
  [{ kind: "display", layout: "blink", paint: 1 }, "display with an invalid paint"],
  [{ kind: "point" }, 'unknown intent "point"'],
])("refuses %j", (intent, problem) => {
  expect(parseCompareIntent({ ...intent, ...from }, subject)).toEqual({ ok: false, problem });
});

it("refuses what names no view", () => {
  expect(parseCompareIntent({ kind: "cancel" }, subject)).toEqual({
    ok: false,
    problem: "cancel without a view and seq",
  });
});
