import { linearTicks, logTicks } from "../../../../src/protocol/chart-ticks.js";

/** Maps values to pixels, with the tick values of the axis. */
export interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

export function linearScale(low: number, high: number, from: number, to: number): Scale {
  const span = high > low ? high - low : 1;
  return { at: (value) => from + ((value - low) / span) * (to - from), ticks: linearTicks(low, low + span) };
}

export function logScale(low: number, high: number, from: number, to: number): Scale {
  const [bottom, top] = [Math.log10(low), Math.log10(Math.max(high, low * 1.01))];
  return {
    at: (value) => from + ((Math.log10(value) - bottom) / (top - bottom)) * (to - from),
    ticks: logTicks(low, Math.max(high, low * 1.01)),
  };
}
