import { describe, expect, it } from "vitest";
import { planeView } from "../../src/core/plane.js";
import { parseIntent } from "../../src/protocol/slice-prompter-intents.js";
import type { Subject } from "../../src/protocol/slices.js";

const affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const subject: Subject = {
  kind: "volume",
  source: "test",
  format: { type: "uint8", slope: 1, intercept: 0 },
  frames: [planeView([10, 8, 5], affine, "axial"), planeView([10, 8, 5], affine, "coronal")],
  affine,
  unit: "mm",
  valueUnit: "",
};
const place = { plane: "axial", index: 4 };
const sent = { view: "v", seq: 1 };

describe("understands", () => {
  it.each([
    { kind: "goto", place },
    { kind: "point", place, x: 0, y: 7, label: 0 },
    { kind: "point", place, x: -0.5, y: 7.5, label: 1 },
    { kind: "point", place, object: 3, x: 0, y: 7, label: 0 },
    { kind: "press", place, x: 0, y: 7, label: 0 },
    { kind: "box", place, box: [0, 0, 10, 8] },
    { kind: "move-point", place, prompt: 3, x: 1, y: 2 },
    { kind: "remove", place, prompt: 3 },
    { kind: "remove", place },
    { kind: "clear", place, object: 3 },
    { kind: "undo" },
    { kind: "redo" },
    { kind: "choose", place, candidate: -1 },
    { kind: "choose", place, candidate: 2, toggle: true },
    { kind: "confirm", place, confirmed: false },
    { kind: "confirm", place, confirmed: true, toggle: true },
    { kind: "window", low: -160, high: 240, name: "CT" },
    { kind: "model-window", low: -160, high: 240, name: "CT" },
    { kind: "repredict" },
    { kind: "reset" },
    { kind: "dismiss-restored" },
    { kind: "overlap", rule: "lower" },
    { kind: "object-lock", object: 1, locked: true },
    { kind: "object-lock", object: 1, locked: true, toggle: true },
    { kind: "object-add" },
    { kind: "object-select", object: 2 },
    { kind: "object-next" },
    { kind: "object-rename", object: 2, name: "liver" },
    { kind: "object-remove", object: 2 },
    { kind: "object-move", object: 2, to: 0 },
    { kind: "object-step", object: 2, by: -1 },
    { kind: "scribble", place, path: [1, 2], label: 0 },
    { kind: "lasso", place, path: [1, 2, 3.5, 4, -5, 6], erase: true },
    { kind: "overview", open: true },
    { kind: "crosshair", place, x: 1, y: 2 },
    { kind: "stop" },
    { kind: "cancel" },
    { kind: "retry" },
  ])("$kind", (intent) => {
    const message = { ...intent, ...sent };
    expect(parseIntent(message, subject)).toEqual({ ok: true, intent: message });
  });
});

describe("refuses, with the reason,", () => {
  it.each([
    [null, "a message without fields"],
    [[1], "a message without fields"],
    ["undo", "a message without fields"],
    [{}, "unknown intent undefined"],
    [{ kind: "toString", ...sent }, 'unknown intent "toString"'],
    [{ kind: "scribble", place, path: [1], label: 1, ...sent }, "scribble with an invalid path"],
    [{ kind: "lasso", place, path: [1, 2, 3, 4], erase: true, ...sent }, "lasso with an invalid path"],
    [{ kind: "fill-holes", place, object: "a", ...sent }, "fill-holes with an invalid object"],
    [{ kind: "crosshair", place, x: 10, y: 2, ...sent }, "crosshair with an invalid x, y"],
    [{ kind: "undo" }, "undo without a view and seq"],
    [{ kind: "undo", view: "v", seq: -1 }, "undo without a view and seq"],
    [{ kind: "undo", view: "v".repeat(65), seq: 1 }, "undo without a view and seq"],
    [{ kind: "goto", place: { plane: "axial", index: 5 }, ...sent }, "goto with an invalid place"],
    [{ kind: "goto", place: { plane: "axial", index: 0.5 }, ...sent }, "goto with an invalid place"],
    [{ kind: "goto", place: { plane: "sagittal", index: 0 }, ...sent }, "goto with an invalid place"],
    [{ kind: "goto", place: { plane: null, index: 0 }, ...sent }, "goto with an invalid place"],
    [{ kind: "goto", place: "axial 4", ...sent }, "goto with an invalid place"],
    [{ kind: "point", place, x: 9.6, y: 0, label: 1, ...sent }, "point with an invalid x, y"],
    [{ kind: "point", place, x: "1", y: 0, label: 1, ...sent }, "point with an invalid x, y"],
    [{ kind: "point", place, x: Number.NaN, y: 0, label: 1, ...sent }, "point with an invalid x, y"],
    [{ kind: "point", place, x: 1, y: 1, label: 2, ...sent }, "point with an invalid label"],
    [{ kind: "box", place, box: [3, 3, 3, 5], ...sent }, "box with an invalid box"],
    [{ kind: "box", place, box: [0, 0, 10.5, 5], ...sent }, "box with an invalid box"],
    [{ kind: "box", place, box: [0, 0, 5], ...sent }, "box with an invalid box"],
    [{ kind: "move-point", place, prompt: 1, x: 1, ...sent }, "move-point with an invalid y"],
    [{ kind: "remove", place, prompt: "1", ...sent }, "remove with an invalid prompt"],
    [{ kind: "choose", place, candidate: 3, ...sent }, "choose with an invalid candidate"],
    [{ kind: "choose", place, candidate: 1, toggle: 1, ...sent }, "choose with an invalid toggle"],
    [{ kind: "confirm", place, confirmed: true, toggle: 1, ...sent }, "confirm with an invalid toggle"],
    [{ kind: "clear", ...sent }, "clear with an invalid place"],
    [{ kind: "window", low: 5, high: 5, name: "", ...sent }, "window with an invalid high"],
    [{ kind: "overlap", rule: "both", ...sent }, "overlap with an invalid rule"],
    [{ kind: "object-lock", object: 1, locked: 1, ...sent }, "object-lock with an invalid locked"],
    [{ kind: "object-step", object: 1, by: 2, ...sent }, "object-step with an invalid by"],
    [{ kind: "object-rename", object: 1, name: "  ", ...sent }, "object-rename with an invalid name"],
    [{ kind: "object-rename", object: 1, name: 5, ...sent }, "object-rename with an invalid name"],
  ])("%j", (message, problem) => {
    expect(parseIntent(message, subject)).toEqual({ ok: false, problem });
  });
});
