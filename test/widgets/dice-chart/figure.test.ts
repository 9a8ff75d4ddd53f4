import { describe, expect, it } from "vitest";
import type { DiceChartState } from "../../../src/protocol/dice-chart.js";
import { readColumns } from "../../../src/protocol/dice-chart-columns.js";
import { type FigureInput, figureOf, plotHeight } from "../../../widgets/src/dice-chart/figure/figure.js";
import { tagOf, targetOf } from "../../../widgets/src/dice-chart/figure/traces.js";
import { cellLines } from "../../../widgets/src/dice-chart/text.js";
import { chartState } from "./chart-port.js";

const theme = {
  text: "#111111",
  soft: "#666666",
  grid: "#dddddd",
  surface: "#ffffff",
  font: "sans-serif",
  isDark: false,
  measure: (text: string, size: number) => text.length * size * 0.5,
};

/** The part of plotly's traces that is looked at here. */
interface Trace {
  readonly type: string;
  readonly mode?: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly marker?: { readonly color: unknown; readonly symbol?: string; readonly opacity?: number };
  readonly customdata?: readonly (readonly number[])[];
  readonly hovertext?: readonly string[];
  readonly error_x?: { readonly array: readonly number[]; readonly arrayminus: readonly number[] };
  readonly q1?: readonly number[];
}

function draw(patch: Partial<DiceChartState> = {}, more: Partial<FigureInput> = {}) {
  const state = { ...chartState, ...patch };
  const columns = readColumns(state.points);
  const input = {
    state,
    shown: state.shown,
    columns,
    hidden: new Set<number>(),
    cursor: null,
    width: 800,
    theme,
    ...more,
  };
  const { data, layout } = figureOf(input);
  return { traces: data as readonly Trace[], layout };
}

const tagged = (traces: readonly Trace[]) => traces.filter(({ customdata }) => customdata !== undefined);
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 6));

describe("bars", () => {
  const { traces, layout } = draw();
  const [bar, dots] = traces;

  it("end at the mean, with dots and intervals there", () => {
    expect([bar.type, bar.x, dots.x]).toEqual(["bar", [0.7, 0.2], [0.7, 0.2]]);
    expect(dots.error_x).toMatchObject({ array: close([0.05, 0]), arrayminus: close([0.1, 0]) });
  });

  it("lie in the lane of their series, the first row on top", () => {
    expect(bar.y).toEqual(close([-0.18, 0.82]));
    expect(traces[2].y).toEqual(close([0.18]));
    expect(layout.yaxis?.range).toEqual([1.5, -0.5]);
  });

  it("know what a click on them means", () => {
    expect(dots.customdata?.map(targetOf)).toEqual([
      { of: "cell", group: 0, series: 0 },
      { of: "cell", group: 1, series: 0 },
    ]);
  });

  it("say mean, interval and n under the pointer, and no more, so that their neighbors are seen", () => {
    expect(dots.hovertext?.[0]).toBe("0.70 [0.60, 0.75] · n 2");
  });

  it("say below the chart how many subjects they are from", () => {
    const [cell] = chartState.cells;
    expect(cellLines(chartState, { ...cell, n: 9, subjects: 1 }).at(-1)).toBe("n 9 from 1 subject");
    expect(cellLines(chartState, { ...cell, n: 9, subjects: 4 }).at(-1)).toBe("n 9 from 4 subjects");
  });

  it("have names with their n, in which no tag counts as one", () => {
    const names = layout.yaxis?.ticktext as string[];
    expect(names[0]).toMatch(/^CT · liver<br><span[^>]*>n 2<\/span>$/);
    expect(names[1]).toMatch(/^MR · &lt;b&gt;<br>/);
  });

  it("have their means in figures where there is room", () => {
    expect(layout.annotations?.map(({ text }) => text?.replace(/<[^>]*>/g, ""))).toEqual([
      "0.70 [0.60, 0.75]",
      "0.40 ",
      "0.20 ",
    ]);
    expect(draw({}, { width: 480 }).layout.annotations).toEqual([]);
  });

  it("stand out when they are picked", () => {
    const selection = { points: [], cell: { group: 1, series: 0 }, text: "" };
    const [first, second] = draw({ selection }).traces[0].marker!.color as string[];
    expect(first).toBe((bar.marker!.color as string[])[0]);
    expect(second).not.toBe(first);
  });
});

describe("boxes", () => {
  const { traces } = draw({ shown: { view: "modalities", marks: "boxes" } });

  it("are drawn from the kernel's quartiles", () => {
    expect(traces.find(({ type }) => type === "box")).toMatchObject({ q1: close([0.65, 0.15]) });
  });

  it("have the points beyond the whiskers, and only those", () => {
    const points = tagged(traces).flatMap(({ customdata = [] }) => customdata.filter((tag) => tag.length === 1));
    expect(points).toEqual([[3]]);
  });

  it("can be clicked on from whisker to whisker", () => {
    const touch = traces.find(({ type }) => type === "bar")!;
    expect(touch).toMatchObject({ base: close([0.6, 0.1]), x: close([0.2, 0.2]) });
    expect(targetOf(touch.customdata?.[0])).toEqual({ of: "cell", group: 0, series: 0 });
  });
});

describe("points", () => {
  const { traces } = draw({ shown: { view: "modalities", marks: "points" } });

  it("are all there, each with its Dice", () => {
    expect(tagged(traces).flatMap(({ customdata = [] }) => customdata)).toEqual([[0], [1], [4], [2], [3]]);
    const text = tagged(traces).flatMap(({ hovertext = [] }) => hovertext);
    expect(text[1]).toBe("Dice 0.650");
  });

  it("are opaque on dark ground", () => {
    const opacities = [false, true].flatMap((isDark) =>
      (["modalities", "size"] as const).map((view) => {
        const drawn = draw({ shown: { view, marks: "points" } }, { theme: { ...theme, isDark } });
        return tagged(drawn.traces)[0].marker?.opacity;
      }),
    );
    expect(opacities).toEqual([0.65, 0.65, 1, 1]);
  });

  it("stay in the lane of their series", () => {
    for (const { y, customdata } of tagged(traces)) {
      for (const [n, [point]] of (customdata ?? []).entries()) {
        const lane = (point === 4 ? 1 : 0) + (point === 2 || point === 3 ? 0.18 : -0.18);
        expect(Math.abs(y[n] - lane)).toBeLessThan(0.18);
      }
    }
  });

  it("of a hidden series are gone", () => {
    const shown = { view: "modalities", marks: "points" } as const;
    expect(tagged(draw({ shown }, { shown, hidden: new Set([0]) }).traces).flatMap(({ x }) => x)).toEqual(
      close([0.5, 0.3]),
    );
  });
});

describe("against a measure", () => {
  const shown = { view: "size", marks: "bars" } as const;

  it("are the points that have it, on a logarithmic axis for sizes", () => {
    const { traces, layout } = draw({ shown });
    expect(tagged(traces).map(({ x }) => x)).toEqual([[100, 1000, 5], [10]]);
    expect(layout.xaxis).toMatchObject({ type: "log", tickvals: [5, 10, 20, 50, 100, 200, 500, 1000] });
    expect(draw({ shown: { ...shown, view: "contrast" } }).layout.xaxis?.type).toBe("linear");
  });

  it("is said when no row has it", () => {
    const points = {
      ...chartState.points,
      size: new Uint8Array(Float32Array.from({ length: 5 }, () => Number.NaN).buffer),
    };
    expect(draw({ shown, points }).layout.annotations).toMatchObject([{ text: "No row says its size." }]);
  });

  it("has rings round what is picked", () => {
    const { traces } = draw({ shown, selection: { points: [1, 3], cell: null, text: "" } });
    expect(traces.at(-1)).toMatchObject({ x: [1000], y: close([0.65]) });
  });
});

describe("over the number of clicks", () => {
  const groups = [0, 1, 3].map((clicks) => ({ name: String(clicks), modality: "", label: "", clicks }));
  const [first] = chartState.cells;
  const cells = [
    { ...first, group: 0, series: 0 },
    { ...first, group: 1, series: 1, mean: 0.3 },
    { ...first, group: 2, series: 1, mean: 0.6 },
  ];
  const { traces, layout } = draw({ kind: "prompts", groups, cells });

  it("are a line with its means", () => {
    expect(traces.filter(({ mode }) => mode === "lines").at(-1)).toMatchObject({ x: [1, 3], y: [0.3, 0.6] });
    expect(layout.xaxis?.tickvals).toEqual([1, 3]);
  });

  it("are a level without clicks", () => {
    expect(layout.shapes?.map(({ type, y0 }) => [type, y0])).toEqual([
      ["rect", 0.6],
      ["line", 0.7],
    ]);
    expect(layout.annotations?.[0].text).toBe("box 0.70");
  });
});

describe("anchors", () => {
  const anchors = [{ group: 1, name: "MRI, Heart", value: 0.57, metric: "IoU", source: "A paper, 2023 (box)" }];
  const { traces, layout } = draw({ anchors });

  it("are marked as what they are", () => {
    expect(traces.at(-1)).toMatchObject({
      x: [0.57],
      hovertext: ["MRI, Heart<br>IoU 0.570 (not Dice), published<br>A paper, 2023<br>(box)"],
    });
    expect(layout.xaxis?.title).toMatchObject({ text: "Dice (◇ IoU)" });
  });

  it("stand below the lanes of their row, which grows", () => {
    expect(traces.at(-1)!.y[0]).toBeGreaterThan(traces[2].y[0] + 0.1);
    expect(plotHeight({ ...chartState, anchors }, chartState.shown)).toBeGreaterThan(
      plotHeight(chartState, chartState.shown),
    );
  });
});

describe("tags", () => {
  it("bring targets back", () => {
    for (const target of [
      { of: "point", point: 3 },
      { of: "cell", group: 2, series: 1 },
    ] as const) {
      expect(targetOf(tagOf(target))).toEqual(target);
    }
    expect([targetOf(undefined), targetOf([])]).toEqual([null, null]);
  });
});
