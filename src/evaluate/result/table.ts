import { type ColumnTable, table } from "arquero";
import type { EvaluationRow } from "../types.js";
import { columnNames, columns } from "./columns.js";

/** The rows as an arquero table, one column for each field of a row. */
export function tableOf(rows: readonly EvaluationRow[]): ColumnTable {
  return table(
    columnNames.map((name) => {
      if (columns[name] === "text") return [name, rows.map((row) => row[name])];
      const numbers = rows.map((row) => Number(row[name]));
      const isInt32 = columns[name] === "whole" && numbers.every((number) => number === (number | 0));
      return [name, isInt32 ? Int32Array.from(numbers) : Float64Array.from(numbers)];
    }),
  );
}

/** CSV with a header line; numbers at full precision, NaN as `NaN`. */
export function csvOf(rows: readonly EvaluationRow[]): string {
  return tableOf(rows).toCSV();
}

/** Apache Arrow IPC, file format, which pandas, polars, R, and DuckDB read. */
export function arrowOf(rows: readonly EvaluationRow[]): Uint8Array {
  return tableOf(rows).toArrowIPC({ format: "file" });
}
