import type { EvaluationRow } from "../types.js";

/** The case that a row is of. Ids are unique within one data set, so the files' hash belongs to it. */
export const caseKey = ({ case: id, dataHash }: EvaluationRow): string => JSON.stringify([id, dataHash]);

/** The object that a row is of, whatever was asked about it. */
export function objectKey(row: EvaluationRow): string {
  return JSON.stringify([row.case, row.dataHash, row.plane, row.slice, row.label, row.part]);
}

/**
 * The rows, with the start of the hash after a model's name where several models have that name. Rows without a hash
 * keep the name.
 */
export function withDistinctModels(rows: readonly EvaluationRow[]): readonly EvaluationRow[] {
  const shared = sharedNames(rows);
  if (shared.size === 0) return rows;
  return rows.map((row) =>
    shared.has(row.model) && row.modelHash ? { ...row, model: `${row.model} (${row.modelHash.slice(0, 8)})` } : row,
  );
}

/** Says what rows of several evaluations have in common that is not the same: names of models, ids of cases. */
export function identityNotes(rows: readonly EvaluationRow[]): string[] {
  const models = [...sharedNames(rows)].map(
    ([name, count]) => `${name} is the name of ${count} models, told apart here by their hashes.`,
  );
  const [first, ...others] = severalOf(rows, "case", "dataHash").keys();
  if (first === undefined) return models;
  const ids =
    others.length > 0 ? `The case ids ${first} and ${others.length} more stand` : `The case id ${first} stands`;
  return [
    ...models,
    `${ids} for several images (their dataHash differs), as in several data sets or after files have changed: they count as different cases, ` +
      "but a subject's name counts as one subject. If they are of different patients, give them different names (subject in the manifests).",
  ];
}

const sharedNames = (rows: readonly EvaluationRow[]) => severalOf(rows, "model", "modelHash");

/** The names for which a column has several values, with their number. Rows made by hand may have none. */
function severalOf(
  rows: readonly EvaluationRow[],
  name: "model" | "case",
  column: "modelHash" | "dataHash",
): Map<string, number> {
  const values = new Map<string, Set<string>>();
  for (const row of rows) {
    if (row[column]) values.set(row[name], (values.get(row[name]) ?? new Set()).add(row[column]));
  }
  return new Map([...values].filter(([, own]) => own.size > 1).map(([one, own]) => [one, own.size]));
}
