import { svg } from "./dom.js";

const line = {
  fill: "none",
  stroke: "currentColor",
  "stroke-width": 1.6,
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
};

/** Icons of 16 × 16 units, drawn in the text color. */
const shapes = {
  include: () => [svg("circle", { ...line, cx: 8, cy: 8, r: 6 }), svg("path", { ...line, d: "M5 8h6M8 5v6" })],
  exclude: () => [svg("path", { ...line, d: "M8 1.2 14.8 8 8 14.8 1.2 8ZM5.2 8h5.6" })],
  box: () => [svg("rect", { ...line, x: 2, y: 3.5, width: 12, height: 9, rx: 0.5 })],
  brush: () => [
    svg("path", {
      ...line,
      d: "M13.5 2.5 7.2 8.8M6.2 8.6a2.6 2.6 0 0 1 1.6 3.4c-.6 1.5-2.6 2-5.3 1.6 1.2-.7 1-1.6 1.2-2.7a2.3 2.3 0 0 1 2.5-2.3Z",
    }),
  ],
  eraser: () => [svg("path", { ...line, d: "M6 13.2 2.4 9.6l6.8-6.8 4.4 4.4-6 6ZM5.6 6.4l4.4 4.4M6 13.2h7.5" })],
  scribble: () => [
    svg("path", {
      ...line,
      d: "M2 11.5c2.5-8 4.2-8.6 4.6-6.4.4 2.6-2.4 6.4-.4 6.8 2 .4 3-5.8 5-5.6 1.6.2-.6 4.2.8 5 .6.4 1.4 0 2-.8",
    }),
  ],
  lasso: () => [
    svg("path", {
      ...line,
      d: "M5 10.6C3.1 9.8 2 8.4 2 6.9 2 4.2 4.7 2.2 8 2.200s6 2 6 4.7-2.7 4.7-6 4.700c-1 0-2-.2-2.9-.5",
      "stroke-dasharray": "2.6 2.2",
    }),
    svg("path", { ...line, d: "M5.6 10.800c.8 1.2.6 2.4-.8 3" }),
  ],
  fill: () => [
    svg("circle", { ...line, cx: 8, cy: 8, r: 6 }),
    svg("circle", { cx: 8, cy: 8, r: 2.6, fill: "currentColor" }),
  ],
  largest: () => [
    svg("circle", { ...line, cx: 6.5, cy: 9, r: 4.5, fill: "currentColor" }),
    svg("circle", { ...line, cx: 12.8, cy: 3.6, r: 1.4, "stroke-dasharray": "1.5 2" }),
  ],
  undo: () => [svg("path", { ...line, d: "M5.5 2.5 2 6l3.5 3.5M2.5 6H10a3.8 3.8 0 0 1 0 7.6H6.5" })],
  redo: () => [svg("path", { ...line, d: "M10.5 2.5 14 6l-3.5 3.5M13.5 6H6a3.8 3.8 0 0 0 0 7.6h3.5" })],
  remove: () => [svg("path", { ...line, d: "M4.5 4.5l7 7M11.5 4.5l-7 7" })],
  clear: () => [svg("path", { ...line, d: "M2.5 4.5h11M6 4.5V2.8h4v1.7M4 4.5l.7 9h6.6l.7-9M6.6 7v4M9.4 7v4" })],
  check: () => [svg("path", { ...line, d: "M3 8.5 6.5 12 13 4.5" })],
  lock: () => [
    svg("rect", { ...line, x: 3.5, y: 7, width: 9, height: 6.5, rx: 1 }),
    svg("path", { ...line, d: "M5.5 7V5a2.5 2.5 0 0 1 5 0v2" }),
  ],
  unlock: () => [
    svg("rect", { ...line, x: 3.5, y: 7, width: 9, height: 6.5, rx: 1 }),
    svg("path", { ...line, d: "M5.5 7V4.6a2.5 2.5 0 0 1 4.8-.9" }),
  ],
  full: () => [svg("path", { ...line, d: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10" })],
  plus: () => [svg("path", { ...line, d: "M8 3.5v9M3.5 8h9" })],
} as const;

export type IconName = keyof typeof shapes;

export function icon(name: IconName): SVGElement {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, class: "sl-icon", "aria-hidden": "true" },
    ...shapes[name](),
  );
}
