import { SamlabError, show } from "../../core/errors.js";
import type { EvaluationRow } from "../types.js";
import { type ColumnName, columnNames, columns } from "./columns.js";

/** Columns that older files lack, with their defaults. */
const laterColumns: Readonly<Record<string, string>> = {
  adapterHash: "",
  preprocessing: "",
  seconds: "NaN",
  propagation: "",
};

/** A row in JSON: NaN is `null`, infinity is a string. */
export type RowJson = Readonly<Record<ColumnName, string | number | null>>;

export function rowToJson(row: EvaluationRow): RowJson {
  const entries = columnNames.map((name) => {
    const value = row[name];
    if (typeof value !== "number" || Number.isFinite(value)) return [name, value];
    return [name, Number.isNaN(value) ? null : String(value)];
  });
  return Object.fromEntries(entries) as RowJson;
}

/**
 * The inverse of {@link rowToJson}; also takes the fields of a CSV file, where every number is a string and NaN is
 * `NaN` or empty.
 * @param where for the message, e.g. `rows.csv line 7`
 * @throws {SamlabError} `format-invalid` naming the column
 */
export function rowFromJson(values: Readonly<Record<string, unknown>>, where: string): EvaluationRow {
  const entries = columnNames.map((name) => {
    const value = name in values ? values[name] : name === "subject" ? values.case : laterColumns[name];
    if (value === undefined) throw invalid(where, name, value, "is missing");
    if (columns[name] === "text") {
      if (typeof value !== "string") throw invalid(where, name, value, "is not a string");
      return [name, value];
    }
    const number = value === null || value === "" || value === "NaN" ? Number.NaN : Number(value);
    const isNumber = typeof value === "number" || value === null || typeof value === "string";
    if (!isNumber || (Number.isNaN(number) && value !== null && value !== "" && value !== "NaN")) {
      throw invalid(where, name, value, "is not a number");
    }
    return [name, number];
  });
  return Object.fromEntries(entries) as EvaluationRow;
}

function invalid(where: string, field: string, value: unknown, what: string): SamlabError {
  return new SamlabError(
    "format-invalid",
    `${where}: ${field} ${what}${value === undefined ? "" : ` (${show(value)})`}.`,
    {
      field,
      value,
      remedy: "Give a file that samlab evaluate wrote.",
    },
  );
}
