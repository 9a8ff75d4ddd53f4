import { tickText } from "../../../../src/protocol/chart-ticks.js";
import type { DiceChartState } from "../../../../src/protocol/dice-chart.js";
import type { Scale } from "./scale.js";
import { element, ink, line, text } from "./svg.js";

/** A section of the picture: elements starting at `top`, and where they end. */
export interface Part {
  readonly body: readonly string[];
  readonly bottom: number;
}

export type Plot = (state: DiceChartState, top: number) => Part;

export const page = { width: 860, margin: 28 } as const;

/** Vertical grid lines with tick labels below. */
export function columns(scale: Scale, top: number, bottom: number): string[] {
  return scale.ticks.flatMap((tick) => [
    line(scale.at(tick), top, scale.at(tick), bottom, ink.grid),
    text(scale.at(tick), bottom + 16, tickText(tick), { size: 11, fill: ink.soft, anchor: "middle" }),
  ]);
}

/** Horizontal grid lines from `left` to `right` with tick labels on the left. */
export function rows(scale: Scale, left: number, right: number): string[] {
  return scale.ticks.flatMap((tick) => [
    line(left, scale.at(tick), right, scale.at(tick), ink.grid),
    text(left - 8, scale.at(tick) + 4, tickText(tick), { size: 11, fill: ink.soft, anchor: "end" }),
  ]);
}

/** X axis title, centered below the axis. */
export function xTitle(left: number, right: number, y: number, name: string): string {
  return text((left + right) / 2, y, name, { size: 11.5, fill: ink.soft, anchor: "middle" });
}

/** `Dice` as the Y axis title. */
export function yTitle(top: number, bottom: number): string {
  const [x, y] = [page.margin + 8, (top + bottom) / 2];
  const style = {
    x,
    y,
    "font-size": 11.5,
    fill: ink.soft,
    "text-anchor": "middle",
    transform: `rotate(-90 ${x} ${y})`,
  };
  return element("text", style, "Dice");
}
