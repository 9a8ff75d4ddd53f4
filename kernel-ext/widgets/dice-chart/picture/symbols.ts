import { symbolPoints } from "../../../../src/protocol/chart-symbols.js";
import type { ChartSymbol } from "../../../../src/protocol/dice-chart.js";
import { element } from "./svg.js";

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
  return element("polygon", { points: symbolPoints(shape, x, y, radius), ...paint });
}
