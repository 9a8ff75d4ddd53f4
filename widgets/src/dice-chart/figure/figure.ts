import type { Annotations, Config, Data, Layout, Shape } from "plotly.js";
import type { ChartShown, DiceChartState } from "../../../../src/protocol/dice-chart.js";
import type { ChartColumns } from "../../../../src/protocol/dice-chart-columns.js";
import {
  type ChartFigure,
  chartFigure,
  type FigureAxis,
  type FigureRow,
  meanTexts,
  placeOf,
  rowHeight,
} from "../../../../src/protocol/dice-chart-figure.js";
import type { SelectTarget } from "../../../../src/protocol/dice-chart-intents.js";
import { withAlpha } from "../../shared/color.js";
import { plotlyText } from "../text.js";
import { markTraces } from "./marks.js";
import { fontSize, type Theme } from "./theme.js";
import { anchorTrace, rings } from "./traces.js";

/** Everything a figure depends on. */
export interface FigureInput {
  readonly state: DiceChartState;
  readonly shown: ChartShown;
  readonly columns: ChartColumns;
  readonly hidden: ReadonlySet<number>;
  readonly cursor: SelectTarget | null;
  /** Width in CSS pixels. */
  readonly width: number;
  readonly theme: Theme;
  /** A changed number resets the zoom. */
  readonly zoom?: number;
}

export const plotlyConfig: Partial<Config> = {
  displayModeBar: false,
  displaylogo: false,
  responsive: false,
  doubleClick: false,
};

/** Below this width the mean values are not printed. */
const widthForNumbers = 620;
const numbersWidth = 118;

/** Height of the plot in CSS pixels, known before plotly is loaded. */
export function plotHeight({ groups, series, anchors, kind }: DiceChartState, { view }: ChartShown): number {
  if (view !== "modalities" || kind === "prompts") return 380;
  return rowHeight(series.length, anchors.length > 0) * groups.length + 52;
}

/** The chart's figure for plotly. Data points carry a `customdata` that {@link targetOf} reads. */
export function figureOf(input: FigureInput): { readonly data: readonly Data[]; readonly layout: Partial<Layout> } {
  const { state, shown, columns, hidden, theme, width } = input;
  const figure = chartFigure(state, shown, columns, hidden);
  const isRows = figure.kind === "rows";
  const names = figure.rows.map(({ name }) => shorten(name, Math.min(240, width * 0.36), theme));
  const hasNumbers = figure.numbers.length > 0 && width >= widthForNumbers;
  const left = isRows ? 16 + Math.max(40, ...names.map((name) => theme.measure(name, fontSize.name))) : 46;
  return {
    data: [
      ...figure.marks.flatMap((mark) => markTraces(mark, { state, columns, theme, figure })),
      ...marked(input, figure),
      ...(figure.anchors.length > 0 ? [anchorTrace(figure.anchors, theme)] : []),
    ],
    layout: {
      ...baseLayout(theme),
      width,
      height: plotHeight(state, shown),
      dragmode: figure.x.isZoomable ? "zoom" : false,
      uirevision: `${shown.view} ${input.zoom ?? 0}`,
      margin: { l: left, r: hasNumbers ? numbersWidth : 14, t: isRows ? 6 : 10, b: 46 },
      xaxis: { ...axisOf(figure.x, theme), ...(isRows ? {} : { linecolor: theme.soft }) },
      yaxis: isRows ? rowAxis(figure, names, theme) : axisOf(figure.y, theme),
      shapes: [...figure.rows.slice(1).map((_, n) => separator(n + 0.5, theme)), ...levelShapes(figure, state)],
      annotations: [
        ...(hasNumbers ? numbers(figure, theme) : []),
        ...levelLabels(figure, theme),
        ...(figure.message === "" ? [] : [{ ...centered, text: figure.message }]),
      ],
    },
  };
}

const centered = { xref: "paper", yref: "paper", x: 0.5, y: 0.5, showarrow: false } as const;

function baseLayout(theme: Theme): Partial<Layout> {
  return {
    autosize: false,
    showlegend: false,
    hovermode: "closest",
    bargap: 0,
    barmode: "overlay",
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, size: fontSize.tick, color: theme.soft },
    hoverlabel: {
      align: "left",
      bgcolor: theme.surface,
      font: { family: theme.font, size: fontSize.name, color: theme.text },
    },
  };
}

function axisOf(
  { type, range, title, ticks, hasGrid, isZoomable }: FigureAxis,
  theme: Theme,
): Partial<Layout["xaxis"]> {
  // Plotly's own ticks follow the zoom, but its labels on a logarithmic axis omit the power of ten.
  const own = isZoomable && type === "linear";
  return {
    type,
    // A new array each time, since plotly modifies it.
    range: range.map((end) => (type === "log" ? Math.log10(end) : end)),
    ...(own ? {} : { tickvals: ticks.map(({ at }) => at), ticktext: ticks.map(({ text }) => text) }),
    fixedrange: !isZoomable,
    showgrid: hasGrid,
    gridcolor: theme.grid,
    zeroline: false,
    title: { text: title, standoff: 8, font: { size: fontSize.tick, color: theme.soft } },
  };
}

function rowAxis({ rows, y }: ChartFigure, names: readonly string[], theme: Theme): Partial<Layout["yaxis"]> {
  return {
    range: [...y.range],
    fixedrange: true,
    showgrid: false,
    zeroline: false,
    tickvals: rows.map((_, n) => n),
    ticktext: rows.map((row, n) => rowText(names[n], row, theme)),
    tickfont: { size: fontSize.name, color: theme.text },
    ticklen: 6,
    tickcolor: "rgba(0,0,0,0)",
  };
}

function rowText(name: string, { count }: FigureRow, theme: Theme): string {
  const small = `<span style="font-size:${fontSize.small}px;color:${theme.soft}">${count}</span>`;
  return `${plotlyText([name])}<br>${small}`;
}

/** Rings around what is selected, where color does not show it, and around the keyboard cursor. */
function marked({ state, cursor, theme }: FigureInput, figure: ChartFigure): Data[] {
  const { selection } = state;
  const placesOf = (targets: readonly SelectTarget[]) => targets.flatMap((target) => placeOf(figure, target) ?? []);
  const isOf = (kind: string) => figure.marks.some((mark) => mark.kind === kind);
  const sizes = { point: figure.kind === "scatter" ? [12, 17] : [11, 16], cell: [15, 19] } as const;
  const points = isOf("boxes") ? [] : (selection?.points ?? []).map((point) => ({ of: "point", point }) as const);
  const cells = figure.kind === "clicks" && selection?.cell ? [{ of: "cell", ...selection.cell } as const] : [];
  return [
    rings(placesOf(points), sizes.point[0], theme.text),
    ...(cells.length > 0 ? [rings(placesOf(cells), sizes.cell[0], theme.text)] : []),
    ...(cursor ? [rings(placesOf([cursor]), sizes[cursor.of][1], theme.text, 3)] : []),
  ];
}

function numbers(figure: ChartFigure, theme: Theme): Partial<Annotations>[] {
  return figure.numbers.map(({ cell, at }) => {
    const [mean, interval] = meanTexts(cell);
    return {
      xref: "paper",
      x: 1,
      xanchor: "left",
      xshift: 10,
      yref: "y",
      y: at,
      text: `${mean} <span style="color:${theme.soft}">${interval}</span>`,
      font: { size: fontSize.tick, color: theme.text },
      showarrow: false,
    };
  });
}

function separator(y: number, theme: Theme): Partial<Shape> {
  return { ...across, type: "line", y0: y, y1: y, line: { color: theme.grid, width: 1 } };
}

const across = { xref: "paper", x0: 0, x1: 1, yref: "y", layer: "below" } as const;

function levelShapes({ marks }: ChartFigure, { series }: DiceChartState): Partial<Shape>[] {
  return marks.flatMap((mark): Partial<Shape>[] => {
    if (mark.kind !== "level") return [];
    const { color } = series[mark.series];
    const { low, high, mean } = mark.cell;
    const line: Partial<Shape> = {
      ...across,
      type: "line",
      y0: mean,
      y1: mean,
      line: { color, width: 1.8, dash: "dash" },
    };
    if (low === null || high === null) return [line];
    return [
      { ...across, type: "rect", y0: low, y1: high, fillcolor: withAlpha(color, 0.14), line: { width: 0 } },
      line,
    ];
  });
}

function levelLabels({ marks }: ChartFigure, theme: Theme): Partial<Annotations>[] {
  return marks.flatMap((mark) => {
    if (mark.kind !== "level") return [];
    return {
      text: plotlyText([mark.label]),
      xref: "paper" as const,
      x: 0,
      xanchor: "left" as const,
      xshift: 8,
      yref: "y" as const,
      y: mark.cell.mean,
      yshift: 9,
      showarrow: false,
      font: { size: fontSize.tick, color: theme.text },
    };
  });
}

function shorten(name: string, width: number, theme: Theme): string {
  if (theme.measure(name, fontSize.name) <= width) return name;
  let kept = name;
  while (kept.length > 1 && theme.measure(`${kept}…`, fontSize.name) > width) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}
