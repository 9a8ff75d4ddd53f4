import type { Scale } from "./scale.js";
import { element, ink, line, rect, text } from "./svg.js";

/** A section of the picture: elements starting at `top`, and where they end. */
export interface Part {
  readonly body: readonly string[];
  readonly bottom: number;
}

export const page = { width: 860, margin: 28 } as const;

const fonts = "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif";

/** The whole drawing, on white. @param label what it shows, for screen readers */
export function drawing(height: number, label: string, body: readonly string[]): string {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width: page.width,
      height,
      viewBox: `0 0 ${page.width} ${height}`,
      "font-family": fonts,
      role: "img",
      "aria-label": label,
    },
    rect(0, 0, page.width, height, "#fff"),
    ...body,
  );
}

/** Vertical grid lines with tick labels below. */
export function columns(scale: Scale, top: number, bottom: number, hasGrid = true): string[] {
  return scale.ticks.flatMap(({ at, text: label }) => [
    ...(hasGrid ? [line(scale.at(at), top, scale.at(at), bottom, ink.grid)] : []),
    text(scale.at(at), bottom + 16, label, { size: 11, fill: ink.soft, anchor: "middle" }),
  ]);
}

/** Horizontal grid lines from `left` to `right` with tick labels on the left. */
export function rows(scale: Scale, left: number, right: number): string[] {
  return scale.ticks.flatMap(({ at, text: label }) => [
    line(left, scale.at(at), right, scale.at(at), ink.grid),
    text(left - 8, scale.at(at) + 4, label, { size: 11, fill: ink.soft, anchor: "end" }),
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
