import { appendTo } from "../../core/append-to.js";
import type { CaseRecord, UnitRecord } from "./store-file.js";

/** Most cases that a note names. */
const mostNamed = 5;

/** Notes from reading the cases' files. Each note occurs once, preceded by the cases that it is about. */
export function readingNotes(ids: readonly string[], cases: ReadonlyMap<string, CaseRecord>): string[] {
  const about = new Map<string, string[]>();
  for (const id of ids) {
    for (const note of new Set(cases.get(id)?.notes)) appendTo(about, note, id);
  }
  return [...about].map(([note, own]) => {
    const more = own.length > mostNamed ? ` and ${own.length - mostNamed} more` : "";
    return `${own.slice(0, mostNamed).join(", ")}${more}: ${note}`;
  });
}

/** A note for each model that was trained on some of what it was evaluated on. */
export function trainingNotes(units: Iterable<UnitRecord>): string[] {
  const counts = new Map<string, { trained: number; all: number }>();
  for (const { model, isTrained } of units) {
    const { trained, all } = counts.get(model) ?? { trained: 0, all: 0 };
    counts.set(model, { trained: trained + (isTrained ? 1 : 0), all: all + 1 });
  }
  return [...counts].flatMap(([model, { trained, all }]) =>
    trained === 0
      ? []
      : [
          `${model} was trained on ${trained} of the ${all} images and volumes: its scores there do not show how it does on others.`,
        ],
  );
}
