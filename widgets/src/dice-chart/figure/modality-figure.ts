import type { Annotations, Data, Shape } from "plotly.js";
import { anchorOffset, groupCount } from "../../../../src/protocol/dice-chart.js";
import { meanText, plotlyText } from "../text.js";
import { type Figure, type FigureInput, plotHeight } from "./figure-input.js";
import { Lanes } from "./lanes.js";
import { seriesTraces } from "./modality-marks.js";
import { fontSize, type Theme } from "./theme.js";
import { baseLayout, diceAxis, hoverOf, rings } from "./traces.js";

/** Below this width the mean values are not printed. */
const widthForNumbers = 620;
const numbersWidth = 118;

/** One row per group, the first on top, with one lane per series. */
export function modalityFigure(input: FigureInput): Figure {
  const { state, shown, theme, width, hidden } = input;
  const { groups, anchors } = state;
  const hasNumbers = shown.marks === "bars" && width >= widthForNumbers;
  const names = groups.map(({ name }) => shorten(name, Math.min(240, width * 0.36), theme));
  const left = 16 + Math.max(40, ...names.map((name) => theme.measure(name, fontSize.name)));
  const isDice = anchors.every(({ metric }) => metric === "Dice");
  const lanes = new Lanes(input);
  const data = state.series.flatMap((_, n) => (hidden.has(n) ? [] : seriesTraces(input, lanes, n)));
  return {
    data: [...data, ...marked(input, lanes), anchorTrace(input)],
    layout: {
      ...baseLayout(theme, width, plotHeight(state, shown)),
      margin: { l: left, r: hasNumbers ? numbersWidth : 14, t: 6, b: 46 },
      bargap: 0,
      barmode: "overlay",
      xaxis: diceAxis(theme, isDice ? "Dice" : "Dice (◇ IoU)"),
      yaxis: {
        range: [groups.length - 0.5, -0.5],
        fixedrange: true,
        showgrid: false,
        zeroline: false,
        tickvals: groups.map((_, n) => n),
        ticktext: names.map((name, n) => tickText(name, groupCount(state.cells, n), theme)),
        tickfont: { size: fontSize.name, color: theme.text },
        ticklen: 6,
        tickcolor: "rgba(0,0,0,0)",
      },
      shapes: groups.slice(1).map((_, n) => separator(n + 0.5, theme)),
      annotations: hasNumbers ? numbers(input, lanes) : [],
    },
  };
}

/** Rings around the selected points, if points are drawn, and around the keyboard cursor. */
function marked(input: FigureInput, lanes: Lanes): Data[] {
  const { state, shown, columns, cursor, theme, hidden } = input;
  const drawn = shown.marks === "points" ? (state.selection?.points ?? []) : [];
  const picked = drawn.filter((n) => !hidden.has(columns.series[n]));
  const place = (n: number) => lanes.ofPoint(n, columns.group[n], columns.series[n]);
  const cell =
    cursor?.of === "cell"
      ? state.cells.find(({ group, series }) => group === cursor.group && series === cursor.series)
      : undefined;
  return [
    rings(
      picked.map((n) => columns.dice[n]),
      picked.map(place),
      11,
      theme.text,
    ),
    ...(cursor?.of === "point" ? [rings([columns.dice[cursor.point]], [place(cursor.point)], 16, theme.text, 3)] : []),
    ...(cell
      ? [
          rings(
            [shown.marks === "boxes" ? cell.median : cell.mean],
            [lanes.middle(cell.group, cell.series)],
            18,
            theme.text,
            3,
          ),
        ]
      : []),
  ];
}

function anchorTrace({ state, theme }: FigureInput): Data {
  const { anchors } = state;
  return {
    type: "scatter",
    mode: "markers",
    x: anchors.map(({ value }) => value),
    y: anchors.map(({ group }) => group + anchorOffset),
    marker: { symbol: "diamond", size: 8.5, color: theme.surface, line: { color: theme.text, width: 1.4 } },
    showlegend: false,
    cliponaxis: false,
    ...hoverOf(
      undefined,
      anchors.map(({ name, metric, value, source }) =>
        plotlyText([
          name,
          `${metric} ${value.toFixed(3)}${metric === "Dice" ? "" : " (not Dice)"}, published`,
          ...fold(source),
        ]),
      ),
    ),
  };
}

/** Splits a long source over two lines. */
function fold(source: string): string[] {
  const at = source.indexOf(" (");
  return at < 0 ? [source] : [source.slice(0, at), source.slice(at + 1)];
}

function numbers({ state, theme, hidden }: FigureInput, lanes: Lanes): Partial<Annotations>[] {
  return state.cells
    .filter(({ series }) => !hidden.has(series))
    .map((cell) => {
      const [mean, ...interval] = meanText(cell).split(" ");
      return {
        xref: "paper",
        x: 1,
        xanchor: "left",
        xshift: 10,
        yref: "y",
        y: lanes.middle(cell.group, cell.series),
        text: `${mean} <span style="color:${theme.soft}">${interval.join(" ")}</span>`,
        font: { size: fontSize.tick, color: theme.text },
        showarrow: false,
      };
    });
}

function separator(y: number, theme: Theme): Partial<Shape> {
  return {
    type: "line",
    xref: "paper",
    x0: 0,
    x1: 1,
    yref: "y",
    y0: y,
    y1: y,
    layer: "below",
    line: { color: theme.grid, width: 1 },
  };
}

function tickText(name: string, count: string, theme: Theme): string {
  const small = `<span style="font-size:${fontSize.small}px;color:${theme.soft}">${count}</span>`;
  return `${plotlyText([name])}<br>${small}`;
}

function shorten(name: string, width: number, theme: Theme): string {
  if (theme.measure(name, fontSize.name) <= width) return name;
  let kept = name;
  while (kept.length > 1 && theme.measure(`${kept}…`, fontSize.name) > width) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}
