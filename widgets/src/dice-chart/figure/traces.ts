import type { Data, Layout, PlotData } from "plotly.js";
import type { ChartSeries } from "../../../../src/protocol/dice-chart.js";
import type { SelectTarget } from "../../../../src/protocol/dice-chart-intents.js";
import { fontSize, type Theme } from "./theme.js";

/** A target as stored in plotly's `customdata`. */
export type Tag = readonly [point: number] | readonly [group: number, series: number];

export function tagOf(target: SelectTarget): Tag {
  return target.of === "point" ? [target.point] : [target.group, target.series];
}

/** The target in a data point's `customdata`; null if it has none. */
export function targetOf(tag: unknown): SelectTarget | null {
  if (!Array.isArray(tag)) return null;
  if (tag.length === 1) return { of: "point", point: Number(tag[0]) };
  return tag.length === 2 ? { of: "cell", group: Number(tag[0]), series: Number(tag[1]) } : null;
}

export interface Dots {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly tags?: readonly Tag[];
  readonly hover?: readonly string[];
}

/** Symbols of one series at the given positions. */
export function dots(
  { color, symbol }: ChartSeries,
  { x, y, tags, hover }: Dots,
  size: number,
  opacity = 1,
): Partial<PlotData> {
  return {
    type: "scatter",
    mode: "markers",
    x: [...x],
    y: [...y],
    marker: { color, symbol, size, opacity },
    cliponaxis: false,
    showlegend: false,
    ...hoverOf(tags, hover),
  };
}

/** Hover text, and the targets of clicks. */
export function hoverOf(tags: readonly Tag[] | undefined, hover: readonly string[] | undefined): Partial<PlotData> {
  if (!hover) return { hoverinfo: "skip" };
  return {
    hovertext: [...hover],
    hovertemplate: "%{hovertext}<extra></extra>",
    ...(tags ? { customdata: tags.map((tag) => [...tag]) } : {}),
  };
}

/** Rings around the selection or the keyboard cursor. */
export function rings(x: readonly number[], y: readonly number[], size: number, color: string, width = 2): Data {
  return {
    type: "scatter",
    mode: "markers",
    x: [...x],
    y: [...y],
    marker: { color: "rgba(0,0,0,0)", symbol: "circle", size, line: { color, width } },
    cliponaxis: false,
    showlegend: false,
    hoverinfo: "skip",
  };
}

/** Layout shared by all figures. */
export function baseLayout(theme: Theme, width: number, height: number): Partial<Layout> {
  return {
    width,
    height,
    autosize: false,
    showlegend: false,
    hovermode: "closest",
    dragmode: false,
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

/** Dice axis from 0 to 1. */
export function diceAxis(theme: Theme, title: string): Partial<Layout["xaxis"]> {
  return {
    range: [0, 1],
    tick0: 0,
    dtick: 0.2,
    fixedrange: true,
    zeroline: false,
    gridcolor: theme.grid,
    title: { text: title, standoff: 8, font: { size: fontSize.tick, color: theme.soft } },
  };
}
