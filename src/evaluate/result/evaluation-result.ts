import { extname } from "node:path";
import type { ColumnTable } from "arquero";
import { SamlabError } from "../../core/errors.js";
import { type FileBytes, writeFileAtomic } from "../../io/files/write-file.js";
import type { EvaluationPlan } from "../plan.js";
import type { EvaluationRow } from "../types.js";
import { footnoteOf } from "./footnote.js";
import { rowToJson } from "./row-codec.js";
import { type EvaluationSummary, type SummaryOptions, summarize } from "./summary.js";
import { arrowOf, csvOf, tableOf } from "./table.js";

/** Result of an evaluation: its rows, and tables, files, and summaries of them. */
export class EvaluationResult {
  /** In the order case, slice, model, strategy, object, policy, step, whatever the number of workers. */
  readonly rows: readonly EvaluationRow[];
  /** Everything that determined the rows. */
  readonly plan: EvaluationPlan;
  /**
   * Notes for the user: preprocessing that was guessed, values that reading changed, a resumed run, a lock taken over.
   */
  readonly notes: readonly string[];
  #table: ColumnTable | undefined;

  constructor(rows: readonly EvaluationRow[], plan: EvaluationPlan, notes: readonly string[] = []) {
    this.rows = rows;
    this.plan = plan;
    this.notes = notes;
  }

  /** The rows as an arquero table. */
  get table(): ColumnTable {
    this.#table ??= tableOf(this.rows);
    return this.#table;
  }

  /** Rows without scores, each with its reason. */
  get failures(): readonly EvaluationRow[] {
    return this.rows.filter(({ failure }) => failure !== "");
  }

  /** How it was scored, by which policy, and n: to show under every table and chart. */
  get footnote(): string {
    return footnoteOf(this.rows, this.plan);
  }

  /** n, mean, sd, median, bootstrap interval and failures for each group; overall means; tests between models. */
  summary(
    options: SummaryOptions = {},
  ): EvaluationSummary & Pick<EvaluationPlan, "models"> & { readonly footnote: string } {
    const { seed, models } = this.plan;
    return { ...summarize(this.rows, { seed, ...options }), models, footnote: this.footnote };
  }

  /** The rows as CSV, one header line; NaN is written `NaN`. */
  toCsv(): string {
    return csvOf(this.rows);
  }

  /** Apache Arrow IPC, file format. */
  toArrow(): Uint8Array {
    return arrowOf(this.rows);
  }

  /** A JSON array of the rows; NaN is `null`. */
  toJson(): string {
    return `[\n${jsonOf(this.rows, ",\n")}\n]\n`;
  }

  /**
   * Writes the rows atomically.
   * @param path its extension selects the format: `.csv`, `.arrow`, `.json`, or `.ndjson` (one row per line)
   * @throws {SamlabError} `format-unsupported`, `disk-full`, `file-write-failed`
   */
  async save(path: string): Promise<void> {
    await writeFileAtomic(path, writers[checkRowsPath(path)](this.rows));
  }

  toString(): string {
    return `EvaluationResult: ${this.footnote}`;
  }
}

type RowsExtension = ".csv" | ".arrow" | ".json" | ".ndjson";

const jsonOf = (rows: readonly EvaluationRow[], separator: string) =>
  rows.map((row) => JSON.stringify(rowToJson(row))).join(separator);

const writers: Readonly<Record<RowsExtension, (rows: readonly EvaluationRow[]) => FileBytes>> = {
  ".csv": (rows) =>
    inParts(rows, (part, isFirst) => {
      const text = csvOf(part);
      return isFirst ? text : text.slice(text.indexOf("\n") + 1);
    }),
  ".arrow": arrowOf,
  ".json": (rows) =>
    inParts(
      rows,
      (part, isFirst, isLast) => `${isFirst ? "[\n" : ",\n"}${jsonOf(part, ",\n")}${isLast ? "\n]\n" : ""}`,
    ),
  ".ndjson": (rows) => inParts(rows, (part) => (part.length > 0 ? `${jsonOf(part, "\n")}\n` : "")),
};

/** The text of rows, some at a time: that of all rows may be longer than a string can be. */
function* inParts(
  rows: readonly EvaluationRow[],
  textOf: (part: readonly EvaluationRow[], isFirst: boolean, isLast: boolean) => string,
): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (let start = 0; start === 0 || start < rows.length; start += partRows) {
    const end = start + partRows;
    yield encoder.encode(textOf(rows.slice(start, end), start === 0, end >= rows.length));
  }
}

const partRows = 10_000;

/**
 * The extension of a file for rows, to be checked before hours of work.
 * @throws {SamlabError} `format-unsupported`
 */
export function checkRowsPath(path: string): RowsExtension {
  const extension = extname(path).toLowerCase();
  if (Object.hasOwn(writers, extension)) return extension as RowsExtension;
  throw new SamlabError("format-unsupported", `Rows cannot be saved as ${path}.`, {
    file: path,
    field: "path",
    remedy:
      "Use the ending .csv, .arrow, .json or .ndjson. For Parquet, read the .arrow file with pandas, polars or DuckDB and write it from there.",
  });
}
