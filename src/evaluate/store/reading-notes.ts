import type { CaseRecord } from "./store-file.js";

/** Most cases that a note names. */
const mostNamed = 5;

/** Notes from reading the cases' files. Each note occurs once, preceded by the cases that it is about. */
export function readingNotes(ids: readonly string[], cases: ReadonlyMap<string, CaseRecord>): string[] {
  const about = new Map<string, string[]>();
  for (const id of ids) {
    for (const note of new Set(cases.get(id)?.notes)) about.set(note, [...(about.get(note) ?? []), id]);
  }
  return [...about].map(([note, own]) => {
    const more = own.length > mostNamed ? ` and ${own.length - mostNamed} more` : "";
    return `${own.slice(0, mostNamed).join(", ")}${more}: ${note}`;
  });
}
