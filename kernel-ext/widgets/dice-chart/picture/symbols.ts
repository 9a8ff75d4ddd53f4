import type { ChartSymbol } from "../../../../src/protocol/dice-chart.js";
import { element } from "./svg.js";

/** Corners around the center for radius 1; areas are close to that of a circle. */
const shapes: Readonly<Record<Exclude<ChartSymbol, "circle">, readonly (readonly [number, number])[]>> = {
  square: corners([-0.89, -0.89], [0.89, -0.89], [0.89, 0.89], [-0.89, 0.89]),
  diamond: corners([0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]),
  "triangle-up": corners([0, -1.3], [1.2, 0.85], [-1.2, 0.85]),
  "triangle-down": corners([0, 1.3], [1.2, -0.85], [-1.2, -0.85]),
  cross: corners(
    ...([
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
    ] as const),
  ),
  pentagon: Array.from({ length: 5 }, (_, n) => [
    1.15 * Math.sin((n * 2 * Math.PI) / 5),
    -1.15 * Math.cos((n * 2 * Math.PI) / 5),
  ]),
};

function corners(...list: (readonly [number, number])[]): readonly (readonly [number, number])[] {
  return list;
}

export interface SymbolStyle {
  readonly radius: number;
  readonly fill: string;
  readonly opacity?: number;
  readonly stroke?: string;
}

export function symbol(shape: ChartSymbol, x: number, y: number, style: SymbolStyle): string {
  const { radius, fill, opacity, stroke } = style;
  const paint = { fill, "fill-opacity": opacity, stroke, "stroke-width": stroke ? 1.4 : undefined };
  if (shape === "circle") return element("circle", { cx: x, cy: y, r: radius, ...paint });
  const points = shapes[shape].map(([dx, dy]) => `${round(x + dx * radius)},${round(y + dy * radius)}`);
  return element("polygon", { points: points.join(" "), ...paint });
}

const round = (value: number) => Math.round(value * 100) / 100;
