import { extname } from "node:path";
import { fromCSV } from "arquero";
import { messageOf, SamlabError } from "../../core/errors.js";
import { fileSize } from "../../io/files/read-file.js";
import { readLines, readText } from "../../io/files/text.js";
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
  if (extension === ".ndjson") return rowsOfLines(path, options.signal);
  const text = await readText(path, "Save the rows as .ndjson, which is read line by line.", options.signal);
  return extension === ".csv" ? rowsOfCsv(text, path) : rowsOfJson(text, path);
}

async function rowsOfLines(path: string, signal?: AbortSignal): Promise<EvaluationRow[]> {
  await fileSize(path);
  const rows: EvaluationRow[] = [];
  let number = 0;
  for await (const { text } of readLines(path, signal)) {
    const where = `${path} line ${++number}`;
    if (text.trim() === "") continue;
    const value = parse(text, where);
    if (rows.length === 0 && isObject(value) && "format" in value) return storeRows(path, signal);
    rows.push(rowFrom(value, where));
  }
  return rows;
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
