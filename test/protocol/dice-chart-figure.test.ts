import { describe, expect, it } from "vitest";
import { drawChart } from "../../kernel-ext/widgets/dice-chart/picture/draw-chart.js";
import type { ChartShown, DiceChartState } from "../../src/protocol/dice-chart.js";
import { readColumns } from "../../src/protocol/dice-chart-columns.js";
import { chartFigure, chartLegend, meanTexts, placeOf } from "../../src/protocol/dice-chart-figure.js";
import { figureOf } from "../../widgets/src/dice-chart/figure/figure.js";
import { chartState } from "../widgets/dice-chart/chart-port.js";

const columns = readColumns(chartState.points);
const shownAs = (shown: Partial<ChartShown>): ChartShown => ({ ...chartState.shown, ...shown });
const clicks: DiceChartState = {
  ...chartState,
  kind: "prompts",
  groups: [0, 1, 3].map((count) => ({ name: String(count), modality: "", label: "", clicks: count })),
  cells: [0, 1, 2].map((group) => ({
    ...chartState.cells[0],
    group,
    series: group === 0 ? 0 : 1,
    mean: 0.7 - 0.2 * group,
  })),
};

describe("a chart's figure", () => {
  it("has the places of means, boxes, and points, and of nothing that is not drawn", () => {
    const cell = { of: "cell", group: 0, series: 1 } as const;
    const bars = chartFigure(chartState, shownAs({ marks: "bars" }), columns);
    expect(placeOf(bars, cell)).toEqual({ x: 0.4, y: expect.closeTo(0.18, 6) });
    expect(placeOf(bars, { of: "point", point: 1 })).toBeNull();
    const boxes = chartFigure(chartState, shownAs({ marks: "boxes" }), columns);
    expect(placeOf(boxes, { of: "point", point: 1 })).toBeNull();
    expect(placeOf(boxes, { of: "point", point: 3 })?.x).toBeCloseTo(0.3, 6);
    const sizes = chartFigure(chartState, shownAs({ view: "size" }), columns);
    expect(placeOf(sizes, { of: "point", point: 1 })).toEqual({ x: 1000, y: expect.closeTo(0.65, 6) });
    expect(placeOf(sizes, { of: "point", point: 3 })).toBeNull();
    const hidden = chartFigure(chartState, shownAs({}), columns, new Set([1]));
    expect(placeOf(hidden, cell)).toBeNull();
  });

  it("puts a mean without clicks to the right of those with clicks", () => {
    const figure = chartFigure(clicks, shownAs({}), columns);
    expect(figure.marks.map(({ kind, series }) => [kind, series])).toEqual([
      ["level", 0],
      ["means", 0],
      ["curve", 1],
      ["means", 1],
    ]);
    expect(placeOf(figure, { of: "cell", group: 0, series: 0 })).toEqual({ x: 3.5, y: 0.7 });
    expect(figure.x).toMatchObject({ range: [0.5, 3.75], ticks: [{ at: 1 }, { at: 3 }] });
  });

  it("keeps single values and equal ones inside their axis", () => {
    const contrast = new Uint8Array(Float32Array.from({ length: 5 }, () => 0.4).buffer);
    const points = readColumns({ ...chartState.points, contrast });
    const { x } = chartFigure(chartState, shownAs({ view: "contrast" }), points);
    expect(x.range[0]).toBeLessThan(0.4);
    expect(x.range[1]).toBeGreaterThan(0.4);
    expect(x.ticks.length).toBeGreaterThan(2);
  });

  it("has a legend with ρ where it is shown", () => {
    const correlations = [{ series: 1, measure: "size", rho: -0.5, n: 7 } as const];
    const anchors = [{ group: 0, name: "", value: 0.5, metric: "IoU", source: "" }];
    const state = { ...chartState, correlations, anchors };
    expect(chartLegend(state, shownAs({ view: "size" }))).toMatchObject({
      entries: [{ rho: "" }, { rho: "ρ −0.50 (n 7)" }],
      published: "",
    });
    expect(chartLegend(state, shownAs({})).published).toBe("published IoU");
    expect(meanTexts(chartState.cells[0])).toEqual(["0.70", "[0.60, 0.75]"]);
  });
});

const theme = {
  ...{ text: "#111111", soft: "#666666", grid: "#dddddd", surface: "#ffffff", font: "sans-serif", isDark: false },
  measure: (text: string, size: number) => text.length * size * 0.5,
};

/** Values as fractions of what they span, to compare two drawings. */
const fractions = (values: readonly number[]) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (value - low) / (high - low));
};

describe("plotly and the picture", () => {
  it.each([
    ["bars", chartState, shownAs({})],
    ["points", chartState, shownAs({ marks: "points" })],
    ["sizes", chartState, shownAs({ view: "size" })],
    ["clicks", clicks, shownAs({})],
  ] as const)("draw the same %s at the same places", (_, given, shown) => {
    const state = { ...given, shown, series: given.series.map((one) => ({ ...one, symbol: "circle" as const })) };
    const input = { state, shown, columns, hidden: new Set<number>(), cursor: null, width: 800, theme };
    const { data, layout } = figureOf(input);
    const dots = (data as { mode?: string; x: number[]; y: number[]; customdata?: unknown }[])
      .filter(({ mode, customdata }) => mode === "markers" && customdata !== undefined)
      .flatMap(({ x, y }) => x.map((at, n) => [layout.xaxis?.type === "log" ? Math.log10(at) : at, y[n]!] as const));
    // The first circles are those of the legend.
    const circles = [...drawChart(state).matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)]
      .slice(state.series.length)
      .map(([, x, y]) => [Number(x), Number(y)] as const);
    expect(circles).toHaveLength(dots.length);
    for (const n of [0, 1] as const) {
      // Rows count from the top, as pixels do.
      const isDown = n === 1 && state.kind === "modalities" && shown.view === "modalities";
      const drawn = fractions(circles.map((circle) => circle[n] * (n === 0 || isDown ? 1 : -1)));
      const wanted = fractions(dots.map((dot) => dot[n]));
      expect(drawn).toEqual(wanted.map((fraction) => expect.closeTo(fraction, 3)));
    }
  });
});
