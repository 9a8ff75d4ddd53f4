import { linearTicks, tickText } from "../../../../src/protocol/chart-ticks.js";
import type { FigureAxis } from "../../../../src/protocol/dice-chart-figure.js";

/** Maps values to pixels, with the ticks of the axis. */
export interface Scale {
  at(value: number): number;
  readonly ticks: FigureAxis["ticks"];
}

/** The scale of an axis whose ends are at two pixels. */
export function scaleOf(
  { type, range, ticks }: Pick<FigureAxis, "type" | "range" | "ticks">,
  from: number,
  to: number,
): Scale {
  const along = (value: number) => (type === "log" ? Math.log10(value) : value);
  const [start, end] = range.map(along);
  return { at: (value) => from + ((along(value) - start) / (end - start)) * (to - from), ticks };
}

/** A scale with round ticks. */
export function linearScale(low: number, high: number, from: number, to: number): Scale {
  const range = [low, high > low ? high : low + 1] as const;
  const ticks = linearTicks(...range).map((at) => ({ at, text: tickText(at) }));
  return scaleOf({ type: "linear", range, ticks }, from, to);
}
