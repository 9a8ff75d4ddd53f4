import { messageOf, SamlabError, show } from "../../core/errors.js";
import { readAll } from "../../io/files/read-file.js";

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads a JSON file that must hold an object.
 * @throws {SamlabError} `manifest-invalid`, `file-missing`, `file-unreadable`, `file-truncated`, `canceled`
 */
export async function readFields(file: string, signal?: AbortSignal): Promise<Fields> {
  const bytes = await readAll(file, signal);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = messageOf(cause);
    throw new SamlabError("manifest-invalid", `${file} is not JSON: ${reason}.`, { file, cause });
  }
  if (isFields(json)) return json;
  throw wrongField(file, "", json, "must be a JSON object");
}

/** The error for a field of a data set's own description, e.g. `dataset.json: labels.liver must be …`. */
export function wrongField(file: string, field: string, value: unknown, what: string, remedy?: string): SamlabError {
  const given = value === undefined ? "" : ` (it is ${show(value)})`;
  return new SamlabError("manifest-invalid", `${file}: ${field}${field ? " " : ""}${what}${given}.`, {
    file,
    field,
    value,
    remedy,
  });
}

/** @throws {SamlabError} `manifest-invalid` when the field is missing or no object */
export function fieldsOf(json: Fields, name: string, file: string): Fields {
  const value = json[name];
  if (isFields(value)) return value;
  throw wrongField(file, name, value, value === undefined ? "is missing" : "must be an object");
}

/** @throws {SamlabError} `manifest-invalid` when the field is missing or no list */
export function listOf(json: Fields, name: string, file: string): readonly unknown[] {
  const value = json[name];
  if (Array.isArray(value)) return value;
  throw wrongField(file, name, value, value === undefined ? "is missing" : "must be a list");
}

/**
 * @throws {SamlabError} `manifest-invalid` when the field is missing or no text; `field` is its full name for the
 * message
 */
export function textOf(json: Fields, name: string, file: string, field = name): string {
  const value = json[name];
  if (typeof value === "string" && value.trim() !== "") return value;
  throw wrongField(file, field, value, value === undefined ? "is missing" : "must be text");
}

/** An optional text; values of other types count as missing. */
export function optionalText(json: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = json[name];
    if (typeof value === "string" && value.trim() !== "") return value.trim();
  }
  return undefined;
}
