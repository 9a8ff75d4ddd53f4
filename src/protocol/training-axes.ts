import { linearTicks } from "./chart-ticks.js";

/** An axis from 0 to `top`, with its tick values. */
export interface Axis {
  readonly top: number;
  readonly ticks: readonly number[];
}

/** Up to the next round value above all losses, so that it rarely changes during training. */
export function lossAxis(values: ArrayLike<number>): Axis {
  const highest = Array.prototype.reduce.call(
    values,
    (most, loss) => Math.max(Number(most), Number(loss)),
    0.1,
  ) as number;
  const [first, second] = linearTicks(0, highest);
  const top = (second - first) * Math.ceil(highest / (second - first) - 1e-6);
  return { top, ticks: linearTicks(0, top) };
}

export const diceAxis: Axis = { top: 1, ticks: linearTicks(0, 1) };

/** Steps are integers. */
export function stepAxis(steps: number): Axis {
  return { top: steps, ticks: linearTicks(0, steps).filter(Number.isInteger) };
}
