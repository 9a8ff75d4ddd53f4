import { SamlabError, show } from "../../../src/core/errors.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";
import type { ChartSeries, ChartSymbol } from "../../../src/protocol/dice-chart.js";

/** Fields that color can encode. */
export const colorFields = ["model", "strategy", "policy", "modality"] as const;
/** A field that color can encode. */
export type ColorField = (typeof colorFields)[number];

/** Okabe and Ito's colors that work on white and black; blue and orange first, as in all widgets. */
export const seriesColors = ["#0072b2", "#e69f00", "#cc79a7", "#d55e00", "#56b4e9", "#009e73", "#8c8c8c"] as const;
const symbols: readonly ChartSymbol[] = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "triangle-down",
  "cross",
  "pentagon",
];

/** More series than colors would be indistinguishable. */
const mostSeries = seriesColors.length;

export interface SeriesSplit {
  readonly series: readonly ChartSeries[];
  /** Series index of each row. */
  readonly of: Uint16Array;
  /** The fields that distinguish series. */
  readonly fields: readonly ColorField[];
  /** Fields that vary within a series, with their values: pooled, and noted in the chart. */
  readonly pooled: readonly { readonly field: ColorField; readonly values: readonly string[] }[];
  /** Values of fields that are the same in all rows. */
  readonly common: Partial<Readonly<Record<ColorField, string>>>;
}

/**
 * Splits rows into series.
 * @param color fields that distinguish series. Default: every field that varies, so nothing is pooled
 * @param told fields that the rows of the chart already tell apart
 * @throws {SamlabError} `argument-invalid` for an unknown field, or for more series than there are colors
 */
export function splitSeries(
  rows: readonly EvaluationRow[],
  color: ColorField | readonly ColorField[] | undefined,
  told: readonly ColorField[],
): SeriesSplit {
  const valuesOf = (field: ColorField) => [...new Set(rows.map((row) => row[field]))];
  const varying = colorFields.filter((field) => valuesOf(field).length > 1 && !told.includes(field));
  const wanted = color === undefined ? varying : [color].flat();
  for (const field of wanted) {
    if (!colorFields.includes(field)) {
      throw new SamlabError("argument-invalid", `${show(field)} cannot be told apart by color.`, {
        field: "color",
        value: field,
        remedy: `Choose among ${colorFields.join(", ")}.`,
      });
    }
  }
  // With a single model, still show its name in the legend.
  const fields = wanted.length > 0 ? wanted : colorFields.filter((field) => !told.includes(field)).slice(0, 1);
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const of = Uint16Array.from(rows, (row) => {
    const name = fields.map((field) => row[field]).join(" · ");
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, names.length);
    return names.push(name) - 1;
  });
  if (names.length > mostSeries) {
    throw new SamlabError("argument-invalid", `${names.length} series cannot be told apart by color.`, {
      field: "color",
      value: names,
      remedy: `Give fewer rows, or name one field: color: ${varying.map(show).join(" or ")}.`,
    });
  }
  const series = names.map((name, n) => ({ name, color: seriesColors[n], symbol: symbols[n] }));
  const pooled = varying
    .filter((field) => !fields.includes(field))
    .map((field) => ({ field, values: valuesOf(field) }));
  const same = colorFields.filter((field) => !varying.includes(field) && !told.includes(field));
  const common = Object.fromEntries(same.map((field) => [field, rows[0][field]]));
  return { series, of, fields, pooled, common };
}
