import { SamlabError, show } from "../../core/errors.js";
import { readLines } from "../../io/files/text.js";
import { type EvaluationPlan, withSubjects } from "../plan.js";
import { rowFromJson, rowToJson } from "../result/row-codec.js";
import type { SliceTask } from "../run/slices.js";
import type { EvaluationRow } from "../types.js";

export const storeFormat = "samlab-evaluation/1";

/** The part of an array job that a store contains: `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The first line of a store, which identifies the evaluation. */
export interface StoreHeader {
  readonly format: typeof storeFormat;
  readonly planHash: string;
  readonly shard: Shard;
  readonly plan: EvaluationPlan;
}

/** An opened case: the slices to evaluate, and failed rows for errors of the whole case. */
export interface CaseRecord {
  readonly kind: "case";
  readonly case: string;
  readonly dataHash: string;
  readonly slices: readonly SliceTask[];
  readonly rows: readonly EvaluationRow[];
  /** Notes from reading its files. */
  readonly notes: readonly string[];
}

/**
 * A finished unit: all rows of one case × slice × model. It is one line, so that it is written completely or not at
 * all.
 */
export interface UnitRecord {
  readonly kind: "unit";
  readonly case: string;
  readonly slice: number;
  readonly model: string;
  readonly rows: readonly EvaluationRow[];
  /** Set if the model's adapter was trained on the slice, or on a slice of the volume. */
  readonly isTrained?: true;
}

export type StoreRecord = CaseRecord | UnitRecord;

export interface StoreContent {
  /** With the subjects of the rows, where the plan is of an earlier version and has none. */
  readonly header: StoreHeader;
  readonly cases: ReadonlyMap<string, CaseRecord>;
  /** By {@link unitKey}. */
  readonly units: ReadonlyMap<string, UnitRecord>;
  /** Bytes up to the end of the last complete line; the rest was cut off by a crash. */
  readonly validBytes: number;
}

export function unitKey({ case: id, slice, model }: Pick<UnitRecord, "case" | "slice" | "model">): string {
  return JSON.stringify([id, slice, model]);
}

export function headerLine(header: StoreHeader): string {
  return `${JSON.stringify(header)}\n`;
}

export function recordLine(record: StoreRecord): string {
  return `${JSON.stringify({ ...record, rows: record.rows.map(rowToJson) })}\n`;
}

/**
 * A store's records with their models named as in a plan of the same models. A checkpoint given by path is named by it,
 * and the same file may have been given by another one.
 */
export function namedAs<C extends Pick<StoreContent, "header" | "cases" | "units">>(
  content: C,
  models: EvaluationPlan["models"],
): C {
  const own = content.header.plan.models;
  const cases = [...content.cases].map(([id, record]) => [id, recordNamedAs(record, own, models)] as const);
  const units = [...content.units.values()].map((record) => recordNamedAs(record, own, models));
  return { ...content, cases: new Map(cases), units: new Map(units.map((record) => [unitKey(record), record])) };
}

/** A record with the names of a plan's models in place of another's, whose models are the same in the same order. */
export function recordNamedAs<R extends StoreRecord>(
  record: R,
  own: EvaluationPlan["models"],
  wanted: EvaluationPlan["models"],
): R {
  const named = (model: string) => wanted[own.findIndex(({ name }) => name === model)].name;
  const rows = record.rows.map((row) => ({ ...row, model: named(row.model) }));
  if (record.kind === "case") return { ...record, rows };
  return { ...record, rows, model: named(record.model) };
}

/** Whether a plan has the names of all models of a record. Earlier versions also wrote other paths of them. */
function isNamedIn({ models }: EvaluationPlan, record: StoreRecord): boolean {
  const named = record.kind === "unit" ? [record, ...record.rows] : record.rows;
  return named.every(({ model }) => models.some(({ name }) => name === model));
}

/** Whether a case could not be opened, or part of a unit could not be evaluated: both are tried again on resuming. */
export function hasFailed(record: StoreRecord): boolean {
  return record.kind === "case" ? record.dataHash === "" : record.rows.some(({ failure }) => failure !== "");
}

/**
 * Reads a store (NDJSON). A last line without a newline was cut off by a crash and is ignored. A record of what failed
 * may be followed by that of a later try. A record of a model that the plan does not name is left out.
 * @returns `null` if the header was not written completely
 * @throws {SamlabError} `format-invalid` for a damaged line, a unit that occurs twice, or another kind of file; as
 * {@link readLines}
 */
export async function readStore(path: string, signal?: AbortSignal): Promise<StoreContent | null> {
  let header: StoreHeader | null = null;
  let validBytes = 0;
  let number = 0;
  const cases = new Map<string, CaseRecord>();
  const units = new Map<string, UnitRecord>();
  for await (const { text, end, isWhole } of readLines(path, signal)) {
    number++;
    if (!isWhole) {
      // A header cut off by a crash may be overwritten; another file may not.
      if (!header && !`{"format":"${storeFormat}"`.startsWith(text.slice(0, 20))) throw notAStore(path);
      break;
    }
    validBytes = end;
    if (!header) {
      const value = parsed(text);
      if (!isHeader(value)) throw notAStore(path);
      header = value;
      continue;
    }
    const record = parseRecord(parseLine(text, path, number), `${path} line ${number}`);
    if (!isNamedIn(header.plan, record)) continue;
    const [key, known]: [string, Map<string, StoreRecord>] =
      record.kind === "case" ? [record.case, cases] : [unitKey(record), units];
    const before = known.get(key);
    if (before && !hasFailed(before)) throw damaged(path, number, `${key} appears twice`);
    known.set(key, record);
  }
  if (!header) return null;
  const rows = [...cases.values(), ...units.values()].flatMap((record) => record.rows.slice(0, 1));
  const plan = withSubjects(header.plan, new Map(rows.map((row) => [row.case, row.subject])));
  return { header: { ...header, plan }, cases, units, validBytes };
}

/** All rows of a store, in the order in which they were written. Throws as {@link readStore}. */
export async function storeRows(path: string, signal?: AbortSignal): Promise<EvaluationRow[]> {
  const content = await readStore(path, signal);
  if (!content) return [];
  return [...content.cases.values(), ...content.units.values()].flatMap(({ rows }) => rows);
}

function parseLine(line: string, path: string, number: number): unknown {
  const value = parsed(line);
  if (value === undefined) throw damaged(path, number, "it is not JSON");
  return value;
}

/** `undefined` for what is not JSON. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function parseRecord(value: unknown, where: string): StoreRecord {
  const record = value as Partial<StoreRecord> | null;
  if ((record?.kind !== "case" && record?.kind !== "unit") || !Array.isArray(record.rows)) {
    throw new SamlabError("format-invalid", `${where} is not a record of an evaluation.`, {
      value,
      remedy: "Restore the file from a copy, or evaluate into another one.",
    });
  }
  const rows = record.rows.map((row: Readonly<Record<string, unknown>>) => rowFromJson(row, where));
  if (record.kind === "unit") return { ...(record as UnitRecord), rows };
  // Older stores have no notes.
  const { notes = [] } = record as Partial<CaseRecord>;
  return { ...(record as CaseRecord), rows, notes };
}

function isHeader(value: unknown): value is StoreHeader {
  if (typeof value !== "object" || value === null) return false;
  return "format" in value && value.format === storeFormat && "plan" in value && "shard" in value;
}

function notAStore(path: string): SamlabError {
  return new SamlabError("format-invalid", `${path} is not a store of an evaluation (${show(storeFormat)}).`, {
    file: path,
    remedy: "Give another name; the file was left as it is.",
  });
}

function damaged(path: string, line: number, what: string): SamlabError {
  return new SamlabError("format-invalid", `${path} is damaged in line ${line}: ${what}.`, {
    file: path,
    field: `line ${line}`,
    remedy: "Delete that line; the run will compute its rows again.",
  });
}
