import { extname } from "node:path";
import { fromCSV } from "arquero";
import { messageOf, SamlabError } from "../../core/errors.js";
import { readAll } from "../../io/files/read-file.js";
import { storeRows } from "../store/store-file.js";
import type { EvaluationRow } from "../types.js";
import { rowFromJson } from "./row-codec.js";

/**
 * Reads an evaluation's rows from a file, e.g. to draw a chart.
 *
 * @param path a `.csv`, `.json` or `.ndjson` file that `result.save` wrote, or a store
 * @example
 * const rows = await readRows("rows.csv");
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `format-unknown`, `format-invalid` naming the line and the
 * column
 */
export async function readRows(
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<EvaluationRow[]> {
  const extension = extname(path).toLowerCase();
  if (![".csv", ".json", ".ndjson"].includes(extension)) {
    throw new SamlabError("format-unknown", `${path} is not a file of rows that can be read back.`, {
      file: path,
      remedy: "Give a .csv, .json or .ndjson file.",
    });
  }
  const text = new TextDecoder().decode(await readAll(path, options.signal));
  if (extension === ".csv") return rowsOfCsv(text, path);
  if (extension === ".json") return rowsOfJson(text, path);
  const lines = text.split("\n").filter((line) => line !== "");
  const values = lines.map((line, n) => parse(line, `${path} line ${n + 1}`));
  if (isObject(values[0]) && "format" in values[0]) return storeRows(text, path);
  return values.map((value, n) => rowFrom(value, `${path} line ${n + 1}`));
}

function rowsOfJson(text: string, path: string): EvaluationRow[] {
  const values = parse(text, path);
  if (!Array.isArray(values)) throw notRows(path);
  return values.map((value: unknown, n) => rowFrom(value, `${path} row ${n + 1}`));
}

function rowsOfCsv(text: string, path: string): EvaluationRow[] {
  if (text.trim() === "") return [];
  // An empty field is read as `null`, a missing one as `undefined`.
  const field = ([name, value]: [string, unknown]) => [name, value === null ? "" : value];
  return fromCSV(text, { autoType: false })
    .objects()
    .map((record, n) => rowFromJson(Object.fromEntries(Object.entries(record).map(field)), `${path} row ${n + 1}`));
}

function rowFrom(value: unknown, where: string): EvaluationRow {
  if (isObject(value)) return rowFromJson(value, where);
  throw notRows(where);
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new SamlabError("format-invalid", `${where} is not JSON: ${reason}.`, {
      file: where,
      cause,
      remedy: "Give a file that samlab evaluate wrote.",
    });
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function notRows(where: string): SamlabError {
  return new SamlabError("format-invalid", `${where} holds no rows.`, {
    remedy: "Give a file that samlab evaluate wrote.",
  });
}
