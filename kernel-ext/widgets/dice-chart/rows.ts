import { SamlabError, show } from "../../../src/core/errors.js";
import { objectKey } from "../../../src/evaluate/result/row-identity.js";
import type { EvaluationRow } from "../../../src/evaluate/types.js";

/** Rows with a Dice, and why the others have none. */
export interface SortedRows {
  readonly scored: readonly EvaluationRow[];
  /** Reasons as text, most frequent first. */
  readonly excluded: readonly { readonly reason: string; readonly n: number }[];
  readonly total: number;
}

const wordFields = ["case", "modality", "label", "model", "strategy", "policy"] as const;
const remedy = "Give the rows of evaluate(), or rows read with readRows; Dice is a number from 0 to 1.";

/**
 * Splits rows with a Dice from those without: the Dice of a failure is unknown, not 0.
 * @throws {SamlabError} `argument-invalid` if there are no rows, no row has a Dice (listing the reasons), or a row does
 * not come from an evaluation
 */
export function sortRows(rows: readonly EvaluationRow[]): SortedRows {
  if (!Array.isArray(rows) || rows.length === 0) {
    throw new SamlabError("argument-invalid", "There are no rows to chart.", { field: "rows", value: rows, remedy });
  }
  const scored: EvaluationRow[] = [];
  const reasons = new Map<string, number>();
  for (const [n, row] of rows.entries()) {
    checkRow(row, n);
    const reason = row.failure || (Number.isNaN(row.dice) ? "Dice is NaN, without a reason" : "");
    if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    else scored.push(row);
  }
  const excluded = [...reasons].map(([reason, n]) => ({ reason, n })).sort((a, b) => b.n - a.n);
  if (scored.length === 0) {
    throw new SamlabError("argument-invalid", `None of the ${rows.length} rows has a Dice: ${reasonList(excluded)}.`, {
      field: "rows",
      remedy: "Look at the rows' failure field.",
    });
  }
  return { scored, excluded, total: rows.length };
}

function checkRow(row: EvaluationRow, n: number): void {
  const invalid = (field: keyof EvaluationRow) => {
    const value = row?.[field];
    return new SamlabError("argument-invalid", `Row ${n} has ${show(value)} as ${field}.`, { field, value, remedy });
  };
  for (const field of wordFields) if (typeof row?.[field] !== "string") throw invalid(field);
  if (typeof row.failure !== "string" && row.failure !== undefined) throw invalid("failure");
  // Tolerates float32 rounding.
  if (typeof row.dice !== "number" || row.dice < 0 || row.dice > 1 + 1e-6) throw invalid("dice");
}

/** `12 unreadable image; 3 empty truth`: the first three, and how many more. */
export function reasonList(reasons: SortedRows["excluded"]): string {
  const first = reasons.slice(0, 3).map(({ reason, n }) => `${n} × ${reason.replace(/\.$/, "")}`);
  const rest = reasons.slice(3).reduce((sum, { n }) => sum + n, 0);
  return [...first, ...(rest > 0 ? [`${rest} for other reasons`] : [])].join("; ");
}

/** Identifies one object under one model, strategy and policy, regardless of the number of clicks. */
function askedKey(row: EvaluationRow): string {
  const { model, modelHash, strategy, policy, seed } = row;
  return JSON.stringify([objectKey(row), model, modelHash, strategy, policy, seed]);
}

/** For iterative strategies, keeps the last step of each object. `dropped`: number of earlier steps removed. */
export function lastSteps(rows: readonly EvaluationRow[]): { rows: readonly EvaluationRow[]; dropped: number } {
  const last = new Map<string, number>();
  const keys = rows.map(askedKey);
  for (const [n, row] of rows.entries()) last.set(keys[n], Math.max(row.clicks, last.get(keys[n]) ?? row.clicks));
  const kept = rows.filter((row, n) => row.clicks === last.get(keys[n]));
  return { rows: kept, dropped: rows.length - kept.length };
}
