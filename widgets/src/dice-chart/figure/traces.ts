import type { Data, PlotData } from "plotly.js";
import type { ChartSeries } from "../../../../src/protocol/dice-chart.js";
import type { ChartFigure } from "../../../../src/protocol/dice-chart-figure.js";
import type { SelectTarget } from "../../../../src/protocol/dice-chart-intents.js";
import { plotlyText } from "../text.js";
import type { Theme } from "./theme.js";

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
export function rings(places: readonly { x: number; y: number }[], size: number, color: string, width = 2): Data {
  return {
    type: "scatter",
    mode: "markers",
    x: places.map(({ x }) => x),
    y: places.map(({ y }) => y),
    marker: { color: "rgba(0,0,0,0)", symbol: "circle", size, line: { color, width } },
    cliponaxis: false,
    showlegend: false,
    hoverinfo: "skip",
  };
}

/** Published figures below the lanes of their rows. */
export function anchorTrace(anchors: ChartFigure["anchors"], theme: Theme): Data {
  return {
    type: "scatter",
    mode: "markers",
    x: anchors.map(({ value }) => value),
    y: anchors.map(({ at }) => at),
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
