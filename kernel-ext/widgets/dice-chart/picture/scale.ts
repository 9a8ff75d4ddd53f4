import { logTicks } from "../../../../src/protocol/chart-ticks.js";

/** From values to pixels, with the values to be written at the axis. */
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

/** Four to eight round values (steps of 1, 2 or 5 times a power of ten) within the range. */
export function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= rough * 0.999) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}
