import { isSamlabError, messageOf, SamlabError } from "../../core/errors.js";
import type { ManifestCase } from "../../datasets/manifest/types.js";
import { hashOfData } from "../run/open-case.js";
import type { CaseRecord } from "./store-file.js";

/**
 * Checks that the files of a store's cases are still those that were evaluated, before it is resumed.
 * @returns notes on cases whose files cannot be read any more
 * @throws {SamlabError} `hash-mismatch` for a case whose files have changed; `canceled`
 */
export async function checkKnown(
  known: ReadonlyMap<string, CaseRecord>,
  cases: readonly ManifestCase[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const notes: string[] = [];
  for (const entry of cases) {
    const record = known.get(entry.id);
    if (!record) continue;
    try {
      if ((await hashOfData(entry, signal)) !== record.dataHash) throw changedFiles(entry.id);
    } catch (error) {
      if (!isSamlabError(error) || error.code === "canceled" || error.code === "hash-mismatch") throw error;
      notes.push(`${entry.id}: its finished results are kept, but its files were not checked: ${messageOf(error)}`);
    }
  }
  return notes;
}

/** The error for a case whose files are not those that its stored results are of. */
export function changedFiles(id: string): SamlabError {
  return new SamlabError("hash-mismatch", `The files of case ${id} have changed since this evaluation started.`, {
    field: "dataHash",
    value: id,
    remedy: "Restore the old files, or start again with another store.",
  });
}
