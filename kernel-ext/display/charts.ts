import { jsonSafe } from "./json-safe.js";
import { type Shown, shown } from "./shown.js";

type Fields = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

const SCHEMA = /^https?:\/\/vega\.github\.io\/schema\/(vega|vega-lite)\/v(\d+)(?:[.\d]*)\.json/;

/** The newest version of each supported by JupyterLab 4. It also renders most specs written for a newer one. */
const drawn = { vega: 5, "vega-lite": 5 } as const;

/**
 * Recognizes a chart by its shape: Vega or Vega-Lite (`$schema`), or Plotly (`data` and `layout`); undefined for
 * anything else.
 */
export function showChart(value: object): Shown | undefined {
  if (!isObject(value)) return undefined;
  return showVega(value) ?? showPlotly(value);
}

function showVega(value: Fields): Shown | undefined {
  const { $schema } = value;
  const named = typeof $schema === "string" ? SCHEMA.exec($schema) : null;
  if (!named) return undefined;
  const library = named[1] as keyof typeof drawn;
  const version = Number(named[2]);
  const spec = jsonSafe(value);
  const mime = (major: number) => `application/vnd.${library.replace("-", "")}.v${major}+json`;
  const older = version > drawn[library] ? { [mime(drawn[library])]: spec } : {};
  const name = library === "vega" ? "Vega" : "Vega-Lite";
  const text = `${name} ${version} chart${titleOf(value.title)}${marksOf(value)}`;
  return shown({ [mime(version)]: spec, ...older, "text/plain": text });
}

function showPlotly(value: Fields): Shown | undefined {
  const { data, layout, frames, config } = value;
  if (!Array.isArray(data) || !data.every(isObject) || !isObject(layout)) return undefined;
  const figure = jsonSafe({ data, layout, ...(frames ? { frames } : {}), ...(config ? { config } : {}) });
  const kinds = [...new Set(data.map(({ type }) => (typeof type === "string" ? type : "scatter")))].join(", ");
  const traces = `${data.length} ${data.length === 1 ? "trace" : "traces"}${kinds ? ` (${kinds})` : ""}`;
  const title = isObject(layout.title) ? layout.title.text : layout.title;
  return shown({
    "application/vnd.plotly.v1+json": figure,
    "text/plain": `Plotly figure${titleOf(title)}, ${traces}`,
  });
}

function titleOf(title: unknown): string {
  const text = isObject(title) ? title.text : title;
  return typeof text === "string" && text !== "" ? ` “${text}”` : "";
}

function marksOf({ mark }: Fields): string {
  const kind = isObject(mark) ? mark.type : mark;
  return typeof kind === "string" ? `, ${kind}` : "";
}
