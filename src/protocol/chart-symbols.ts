import type { ChartSymbol } from "./dice-chart.js";

type Corner = readonly [x: number, y: number];

/** Corners around the center for radius 1, y downwards; areas are close to that of a circle. */
const symbolCorners: Readonly<Record<Exclude<ChartSymbol, "circle">, readonly Corner[]>> = {
  square: [
    [-0.89, -0.89],
    [0.89, -0.89],
    [0.89, 0.89],
    [-0.89, 0.89],
  ],
  diamond: [
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0],
  ],
  "triangle-up": [
    [0, -1.3],
    [1.2, 0.85],
    [-1.2, 0.85],
  ],
  "triangle-down": [
    [0, 1.3],
    [1.2, -0.85],
    [-1.2, -0.85],
  ],
  cross: [
    [-0.4, -1.2],
    [0.4, -1.2],
    [0.4, -0.4],
    [1.2, -0.4],
    [1.2, 0.4],
    [0.4, 0.4],
    [0.4, 1.2],
    [-0.4, 1.2],
    [-0.4, 0.4],
    [-1.2, 0.4],
    [-1.2, -0.4],
    [-0.4, -0.4],
  ],
  pentagon: Array.from({ length: 5 }, (_, n): Corner => {
    return [1.15 * Math.sin((n * 2 * Math.PI) / 5), -1.15 * Math.cos((n * 2 * Math.PI) / 5)];
  }),
};

/** The corners of a symbol at a place, rounded, as SVG's `points` and paths take them: `1,2 3,4`. */
export function symbolPoints(symbol: Exclude<ChartSymbol, "circle">, x: number, y: number, radius: number): string {
  const round = (value: number) => Math.round(value * 100) / 100;
  return symbolCorners[symbol].map(([dx, dy]) => `${round(x + dx * radius)},${round(y + dy * radius)}`).join(" ");
}
