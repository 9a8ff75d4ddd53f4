import { escapeMarkup } from "../../../display/escape-markup.js";

type Attributes = { readonly [name: string]: string | number | undefined };

const written = (value: string | number) =>
  typeof value === "number" ? String(Math.round(value * 100) / 100) : escapeMarkup(value);

/** An element as text. `children` are serialized elements, not text. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const list = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${written(value)}"`],
  );
  return children.length === 0
    ? `<${name}${list.join("")}/>`
    : `<${name}${list.join("")}>${children.join("")}</${name}>`;
}

export const ink = { text: "#1f2328", soft: "#656d76", grid: "#e4e7eb", axis: "#8b949e", warning: "#a03c00" } as const;

export interface TextStyle {
  readonly size?: number;
  readonly fill?: string;
  readonly anchor?: "start" | "middle" | "end";
  readonly bold?: boolean;
}

export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 12, fill = ink.text, anchor = "start", bold = false } = style;
  return element(
    "text",
    { x, y, "font-size": size, fill, "text-anchor": anchor, "font-weight": bold ? "600" : undefined },
    escapeMarkup(content),
  );
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1, dash?: string): string {
  return element("line", { x1, y1, x2, y2, stroke, "stroke-width": width, "stroke-dasharray": dash });
}

export function rect(x: number, y: number, width: number, height: number, fill: string, opacity = 1): string {
  return element("rect", { x, y, width: Math.max(0, width), height, fill, "fill-opacity": opacity });
}
