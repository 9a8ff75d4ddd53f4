import { describe, expect, it } from "vitest";
import type { ChartCell } from "../../src/protocol/dice-chart.js";
import { type ChartSubject, parseChartIntent } from "../../src/protocol/dice-chart-intents.js";

const none = new Uint8Array();
const cell = { group: 1, series: 0 } as ChartCell;
const subject: ChartSubject = {
  kind: "modalities",
  cells: [cell],
  points: {
    count: 3,
    group: none,
    series: none,
    dice: none,
    size: none,
    contrast: none,
    complexity: none,
    case: none,
    label: none,
    slice: none,
    part: none,
  },
};
const from = { view: "v", seq: 1 };

describe("a chart's intents", () => {
  it.each([
    { kind: "show", shown: { view: "modalities", marks: "boxes" } },
    { kind: "show", shown: { view: "complexity", marks: "bars" } },
    { kind: "select", target: { of: "point", point: 2 } },
    { kind: "select", target: { of: "cell", group: 1, series: 0 } },
    { kind: "deselect" },
  ])("are understood: %j", (intent) => {
    expect(parseChartIntent({ ...intent, ...from }, subject)).toEqual({ ok: true, intent: { ...intent, ...from } });
  });

  it.each([
    [{ kind: "show", shown: { view: "modalities", marks: "pies" } }, "show with an invalid view or marks"],
    [{ kind: "show", shown: { view: "toString", marks: "bars" } }, "show with an invalid view or marks"],
    [{ kind: "show" }, "show with an invalid view or marks"],
    [{ kind: "select", target: { of: "point", point: 3 } }, "select with an invalid target"],
    [{ kind: "select", target: { of: "point", point: -1 } }, "select with an invalid target"],
    [{ kind: "select", target: { of: "point", point: 0.5 } }, "select with an invalid target"],
    [{ kind: "select", target: { of: "cell", group: 0, series: 0 } }, "select with an invalid target"],
    [{ kind: "select", target: null }, "select with an invalid target"],
    [{ kind: "paint" }, 'unknown intent "paint"'],
  ])("are refused: %j", (intent, problem) => {
    expect(parseChartIntent({ ...intent, ...from }, subject)).toEqual({ ok: false, problem });
  });

  it.each([null, 3, [], "show"])("must be messages: %j", (content) => {
    expect(parseChartIntent(content, subject)).toEqual({ ok: false, problem: "a message without fields" });
  });

  it("must say who sends them", () => {
    const problem = "a message without a view and seq";
    expect(parseChartIntent({ kind: "deselect" }, subject)).toEqual({ ok: false, problem });
    expect(parseChartIntent({ kind: "deselect", view: "v", seq: -1 }, subject)).toEqual({ ok: false, problem });
  });

  it("have one view only over the number of clicks", () => {
    const content = { kind: "show", shown: { view: "size", marks: "bars" }, ...from };
    expect(parseChartIntent(content, { ...subject, kind: "prompts" }).ok).toBe(false);
  });
});
