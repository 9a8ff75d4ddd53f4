import { extname } from "node:path";
import type { ColumnTable } from "arquero";
import { SamlabError } from "../../core/errors.js";
import { writeFileAtomic } from "../../io/files/write-file.js";
import type { EvaluationPlan } from "../plan.js";
import type { EvaluationRow } from "../types.js";
import { footnoteOf } from "./footnote.js";
import { rowToJson } from "./row-codec.js";
import { type EvaluationSummary, type SummaryOptions, summarize } from "./summary.js";
import { arrowOf, csvOf, tableOf } from "./table.js";

/** What an evaluation found: its rows, and what is made of them. */
export class EvaluationResult {
  /** In the order case, slice, model, strategy, object, policy, step; the same however many workers there were. */
  readonly rows: readonly EvaluationRow[];
  /** Everything that decided the rows. */
  readonly plan: EvaluationPlan;
  /**
   * For people: how models are fed where that is a guess, what reading the files changed, a run gone on with, a lock
   * taken over.
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

  /** How it was scored, by which policy, and n: to stand under every table and chart. */
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
    return `[\n${this.rows.map((row) => JSON.stringify(rowToJson(row))).join(",\n")}\n]\n`;
  }

  /**
   * Writes the rows, whole or not at all.
   * @param path its ending says how: `.csv`, `.arrow`, `.json`, or `.ndjson` (one row a line)
   * @throws {SamlabError} `format-unsupported`, `disk-full`, `file-write-failed`
   */
  async save(path: string): Promise<void> {
    const encoder = new TextEncoder();
    const writers: Readonly<Record<string, () => Uint8Array>> = {
      ".csv": () => encoder.encode(this.toCsv()),
      ".arrow": () => this.toArrow(),
      ".json": () => encoder.encode(this.toJson()),
      ".ndjson": () => encoder.encode(this.rows.map((row) => `${JSON.stringify(rowToJson(row))}\n`).join("")),
    };
    const write = writers[checkRowsPath(path)];
    await writeFileAtomic(path, write());
  }

  toString(): string {
    return `EvaluationResult: ${this.footnote}`;
  }
}

/**
 * The ending of a file for rows, checked before hours of work are spent.
 * @throws {SamlabError} `format-unsupported`
 */
export function checkRowsPath(path: string): string {
  const extension = extname(path).toLowerCase();
  if ([".csv", ".arrow", ".json", ".ndjson"].includes(extension)) return extension;
  throw new SamlabError("format-unsupported", `Rows cannot be saved as ${path}.`, {
    file: path,
    field: "path",
    remedy:
      "Use the ending .csv, .arrow, .json or .ndjson. For Parquet, read the .arrow file with pandas, polars or DuckDB and write it from there.",
  });
}
