import type { Data } from "plotly.js";
import { logTicks, tickText } from "../../../../src/protocol/chart-ticks.js";
import { type ChartMeasure, measureAxes } from "../../../../src/protocol/dice-chart.js";
import { plotlyText, pointLabel } from "../text.js";
import { type Figure, type FigureInput, plotHeight, wholeDice } from "./figure-input.js";
import { fontSize, pointOpacity } from "./theme.js";
import { baseLayout, diceAxis, dots, rings, type Tag } from "./traces.js";

/** Dice of each object against one of its measures. Drag to zoom, double-click to reset. */
export function scatterFigure(input: FigureInput, measure: ChartMeasure): Figure {
  const { state, columns, theme, width, hidden, cursor, shown } = input;
  const x = columns[measure];
  const isLogarithmic = measure === "size";
  const isDrawn = (n: number) =>
    !hidden.has(columns.series[n]) && Number.isFinite(x[n]) && (!isLogarithmic || x[n] > 0);
  const drawn = Array.from(x, (_, n) => n).filter(isDrawn);
  const traces = state.series.map((series, of): Data => {
    const own = drawn.filter((n) => columns.series[n] === of);
    return dots(
      series,
      {
        x: own.map((n) => x[n]),
        y: own.map((n) => columns.dice[n]),
        tags: own.map((n): Tag => [n]),
        hover: own.map((n) => plotlyText([pointLabel(columns, n)])),
      },
      6.5,
      pointOpacity(theme),
    );
  });
  const picked = (state.selection?.points ?? []).filter(isDrawn);
  const ringed = rings(
    picked.map((n) => x[n]),
    picked.map((n) => columns.dice[n]),
    12,
    theme.text,
  );
  const at = cursor?.of === "point" ? [rings([x[cursor.point]], [columns.dice[cursor.point]], 17, theme.text, 3)] : [];
  return {
    data: [...traces, ringed, ...at],
    layout: {
      ...baseLayout(theme, width, plotHeight(state, shown)),
      dragmode: "zoom",
      uirevision: `${measure} ${input.zoom ?? 0}`,
      margin: { l: 46, r: 14, t: 10, b: 46 },
      xaxis: {
        type: isLogarithmic ? "log" : "linear",
        ...(isLogarithmic ? logAxis(drawn.map((n) => x[n])) : {}),
        linecolor: theme.soft,
        gridcolor: theme.grid,
        zeroline: false,
        title: { text: measureAxes[measure], standoff: 8, font: { size: fontSize.tick, color: theme.soft } },
      },
      yaxis: { ...diceAxis(theme, "Dice"), range: wholeDice(), fixedrange: false },
      annotations:
        drawn.length > 0
          ? []
          : [{ text: `No row says its ${measure}.`, xref: "paper", yref: "paper", x: 0.5, y: 0.5, showarrow: false }],
    },
  };
}

/** Round tick values for a log axis; plotly's default labels omit the power of ten. */
function logAxis(values: readonly number[]): { tickvals: number[]; ticktext: string[] } {
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, 0]);
  const ticks = high > 0 ? logTicks(low / 1.1, high * 1.1) : [];
  return { tickvals: ticks, ticktext: ticks.map(tickText) };
}
